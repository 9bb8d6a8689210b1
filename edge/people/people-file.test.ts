import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CredentialStore, openCredentials } from "../config/credential-store.ts";
import { addPerson, checkPin, readPeople } from "./people-file.ts";

let home: string;
let credentials: CredentialStore;
test.before.each(() => {
  home = mkdtempSync(join(tmpdir(), "edge-people-"));
  credentials = openCredentials(home);
});
test.after.each(() => rmSync(home, { recursive: true }));

test("a home begins with nobody, and nobody can sign in", async () => {
  assert.equal(readPeople(credentials), []);
  assert.is(await checkPin(credentials, "admin", "000000"), null);
});

test("a person signs in with the PIN, however the name is cased, and not with another PIN", async () => {
  assert.equal(await addPerson(credentials, " Miriam  K ", "246810"), { kind: "added", name: "Miriam K" });
  assert.is(await checkPin(credentials, "miriam k", "246810"), "Miriam K");
  assert.is(await checkPin(credentials, "Miriam K", "246811"), null);
  assert.not.match(credentials.read("people")!, "246810");
});

test("adding a known name gives it a new PIN", async () => {
  await addPerson(credentials, "Miriam", "246810");
  assert.is((await addPerson(credentials, "MIRIAM", "135791")).kind, "changed");
  assert.is(await checkPin(credentials, "Miriam", "246810"), null);
  assert.is(readPeople(credentials).length, 1);
});

test("a PIN of five digits, of letters or none is refused", async () => {
  for (const pin of ["12345", "abcdef", ""]) assert.is((await addPerson(credentials, "Miriam", pin)).kind, "refused");
});

test("a damaged file of people is named and not quoted", () => {
  credentials.write("people", '[{"name":"Miriam","pinHash":"$argon2id');
  assert.throws(
    () => readPeople(credentials),
    (error: Error) => /people is damaged/.test(error.message) && !/argon2id/.test(error.message),
  );
});

test("secrets are readable by their owner only", async () => {
  await addPerson(credentials, "Miriam", "246810");
  assert.is(statSync(join(home, "config/.credentials")).mode & 0o777, 0o700);
  assert.is(statSync(credentials.pathOf("people")).mode & 0o777, 0o600);
});

test("a credential's name cannot leave the folder", () => {
  for (const name of ["../x", "", "a/b", ".hidden"]) assert.throws(() => credentials.read(name), /cannot name a credential/);
});

test.run();

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { centralIdOf, UNKNOWN_CENTRAL } from "../../shared/protocol/signed-bytes.ts";
import { openPinnedCentral, parseCentralKeys, writePin } from "./pinned-central.ts";

const KEYS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const OTHERS = [new Uint8Array(32).fill(3), new Uint8Array(32).fill(4)] as const;
let dir = "";
let file = "";
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), "pin-"));
  file = join(dir, "credentials/central-keys.json");
});
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

test("the first central is pinned, in a file that only its owner reads, and is known after a restart", () => {
  assert.is(openPinnedCentral(file).centralId(), UNKNOWN_CENTRAL);
  assert.ok(openPinnedCentral(file).accept(KEYS));
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.is(openPinnedCentral(file).centralId(), centralIdOf(KEYS[0]));
});

test("another central is not accepted later, and the pin stays", () => {
  openPinnedCentral(file).accept(KEYS);
  const again = openPinnedCentral(file);
  assert.not.ok(again.accept(OTHERS));
  assert.ok(again.accept(KEYS));
});

test("keys as `collector add` prints them are read from base64url and from hex", () => {
  const base64 = KEYS.map((key) => Buffer.from(key).toString("base64url")).join(":");
  const hex = KEYS.map((key) => Buffer.from(key).toString("hex")).join(":");
  assert.equal(parseCentralKeys(base64), parseCentralKeys(hex));
  writePin(file, parseCentralKeys(base64)!);
  assert.is(openPinnedCentral(file).centralId(), centralIdOf(KEYS[0]));
  for (const wrong of ["", "abc", `${base64}x:`, hex.slice(2), `${hex}:${hex}`, base64.replace(/./, "!")])
    assert.is(parseCentralKeys(wrong), undefined, wrong);
});

test("a pin that cannot be read, or holds keys of another length, stops the start as well", () => {
  mkdirSync(file, { recursive: true });
  assert.throws(() => openPinnedCentral(file), /does not hold central's keys/);
  rmSync(file, { recursive: true });
  writePin(file, { ed25519: "ab", x25519: "cd" });
  assert.throws(() => openPinnedCentral(file), /does not hold central's keys/);
});

test("a pin that cannot be written pins nothing", () => {
  mkdirSync(dirname(file), { recursive: true });
  const pinned = openPinnedCentral(file);
  rmSync(dirname(file), { recursive: true });
  writeFileSync(dirname(file), "in the way");
  assert.throws(() => pinned.accept(KEYS));
  assert.is(pinned.centralId(), UNKNOWN_CENTRAL);
});

test("a damaged pin file stops the start instead of pinning a stranger", () => {
  openPinnedCentral(file).accept(KEYS);
  writeFileSync(file, readFileSync(file, "utf8").slice(0, 20));
  assert.throws(() => openPinnedCentral(file), /does not hold central's keys/);
});

test.run();

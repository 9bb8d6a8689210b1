import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { ensureSealedKey } from "./sealed-keys.ts";
import { loadSecretKey } from "./secret-key.ts";

await loadSodium();
test.after(closeTestDb);

const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count));

test("the secret key is made once, for its owner's eyes only; a careless or damaged file stops the start", () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-key-"));
  const file = join(folder, "secret-key");
  const key = loadSecretKey(folder, null, random);
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.equal(loadSecretKey(folder, null, random), key);
  chmodSync(file, 0o644);
  assert.throws(() => loadSecretKey(folder, null, random), /^CHAVERIM_SECRET_KEY: .* may be read by others|may be read by others/);
  chmodSync(file, 0o600);
  writeFileSync(file, "cut short");
  assert.throws(() => loadSecretKey(folder, null, random), /does not hold 64 hex digits/);
  assert.equal(loadSecretKey(folder, new Uint8Array(32), random), new Uint8Array(32));
  rmSync(folder, { recursive: true });
});

test("a key in the database is the same at every start, is not there in the clear, and opens with its own secret key only", async () => {
  const db = await testDb();
  const deps = { db, secretKey: random(32), randomBytes: random, nowMs: Date.now };
  const [key, same] = await Promise.all([ensureSealedKey(deps, "token-key", 32), ensureSealedKey(deps, "token-key", 32)]);
  assert.equal(key, same, "two starts at once end with one key");
  const { value } = await db.selectFrom("settings").select("value").where("name", "=", "token-key").executeTakeFirstOrThrow();
  assert.not.ok(Buffer.from(value).includes(Buffer.from(key)));
  try {
    await ensureSealedKey({ ...deps, secretKey: random(32) }, "token-key", 32);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^CHAVERIM_SECRET_KEY: this is not the key/);
  }
});

test.run();

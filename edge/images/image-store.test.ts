import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Sha256 } from "../../shared/model/ids.ts";
import { imageFile } from "../log/image-file.ts";
import { openImageStore } from "./image-store.ts";

let home: string;
test.before.each(() => {
  home = mkdtempSync(join(tmpdir(), "edge-images-"));
});
test.after.each(() => rmSync(home, { recursive: true, force: true }));

const sleep = async (ms: number, signal: AbortSignal) => void (await delay(ms, undefined, { signal }).catch(() => {}));
const never = (_ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
const picture = (size = 20_000) => {
  const bytes = randomBytes(size);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") as Sha256 };
};

test("a picture lies under its own hash and is read back whole", async () => {
  const store = openImageStore({ home, sleep: never });
  const { bytes, sha256 } = picture();
  assert.equal(await store.put(sha256, bytes), { kind: "stored" });
  assert.equal(await store.get(sha256), bytes);
  assert.ok(imageFile(home, sha256).endsWith(`/${sha256.slice(0, 2)}/${sha256}.jpg`));
  assert.equal(readdirSync(join(home, "data/images/tmp")), []);
});

test("the same picture twice, at once and later, is one file", async () => {
  const store = openImageStore({ home, sleep: never });
  const { bytes, sha256 } = picture();
  const all = await Promise.all([store.put(sha256, bytes), store.put(sha256, bytes)]);
  assert.equal(all, [{ kind: "stored" }, { kind: "stored" }]);
  assert.equal(await openImageStore({ home, sleep: never }).put(sha256, bytes), { kind: "stored" });
});

test("bytes that the disk has changed are never handed out", async () => {
  const store = openImageStore({ home, sleep: never });
  const { bytes, sha256 } = picture();
  await store.put(sha256, bytes);
  writeFileSync(imageFile(home, sha256), "something else");
  assert.is(await store.get(sha256), "mismatch");
  assert.is(await store.get("0".repeat(64) as Sha256), null);
});

test("what a power cut left half written under a picture's name is written anew when the picture comes again", async () => {
  const { bytes, sha256 } = picture();
  openImageStore({ home, sleep: never });
  writeFileSync(imageFile(home, sha256), bytes.subarray(0, 512));
  const store = openImageStore({ home, sleep: never });
  assert.equal(await store.put(sha256, bytes), { kind: "stored" });
  assert.equal(await store.get(sha256), bytes);
});

test("a picture that takes too long is dropped, and its late bytes leave no file", async () => {
  const store = openImageStore({ home, sleep: async () => {} });
  const { bytes, sha256 } = picture(4_000_000);
  assert.equal(await store.put(sha256, bytes), { kind: "dropped", why: "the disk took too long" });
  await sleep(200, new AbortController().signal);
  assert.is(await store.get(sha256), null);
  assert.equal(readdirSync(join(home, "data/images/tmp")), []);
});

test("a picture that cannot be written is dropped with its reason, not thrown", async () => {
  const store = openImageStore({ home, sleep: never });
  rmSync(join(home, "data/images"), { recursive: true });
  writeFileSync(join(home, "data/images"), "a file where the folder was");
  const { bytes, sha256 } = picture();
  const outcome = await store.put(sha256, bytes);
  assert.is(outcome.kind, "dropped");
});

test("what was half written when the power went is removed at the next start", () => {
  openImageStore({ home, sleep: never });
  writeFileSync(join(home, "data/images/tmp/1-1"), "half");
  openImageStore({ home, sleep: never });
  assert.equal(readdirSync(join(home, "data/images/tmp")), []);
});

test.run();

import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { folderStore } from "./folder-store.ts";
import { imageStoreConformance, samplePicture } from "./image-store.conformance.ts";

const root = await fs.mkdtemp(path.join(os.tmpdir(), "chaverim-images-"));
const NOW_MS = Date.now();
const store = folderStore(root, () => NOW_MS);

imageStoreConformance("folder", async () => ({
  store,
  tamper: (key, bytes) => fs.writeFile(path.join(root, key), bytes),
}));

test("a picture lies under the UTC day of its first put, readable by its owner alone", async () => {
  const { key, bytes } = samplePicture(30);
  await store.put(key, bytes);
  assert.match(key, /^images\/2026\/11\/22\/[0-9a-f]{64}\.jpg$/);
  assert.is((await fs.stat(path.join(root, key))).mode & 0o777, 0o600);
  assert.is((await fs.stat(path.join(root, "images"))).mode & 0o777, 0o700);
});

test("nothing temporary stays behind a put, and a start clears what a crash left, but not what another process writes now", async () => {
  const incoming = path.join(root, "incoming");
  assert.equal(await fs.readdir(incoming), []);
  await fs.writeFile(path.join(incoming, "1-0.tmp"), "half");
  await fs.writeFile(path.join(incoming, "2-0.tmp"), "in use");
  const longAgo = new Date(NOW_MS - 2 * 3600 * 1000);
  await fs.utimes(path.join(incoming, "1-0.tmp"), longAgo, longAgo);
  assert.equal(await store.prepare(), { kind: "ready" });
  assert.equal(await fs.readdir(incoming), ["2-0.tmp"]);
});

test("a folder that cannot be made is said in one line, and nothing throws", async () => {
  await fs.writeFile(path.join(root, "a-file"), "");
  const broken = folderStore(path.join(root, "a-file", "below"), () => NOW_MS);
  const { key, bytes } = samplePicture(30);
  for (const outcome of [await broken.prepare(), await broken.put(key, bytes)]) {
    assert.is(outcome.kind, "unavailable");
    assert.match(outcome.kind === "unavailable" ? outcome.reason : "", "ENOTDIR");
  }
});

test("a full disk is said as such and leaves no half picture", async () => {
  if (
    !(await fs.stat("/dev/full").then(
      () => true,
      () => false,
    ))
  )
    return;
  // /dev/full refuses every write with ENOSPC: the temporary file of the next put is made to be it.
  const full = path.join(root, "full");
  const fullStore = folderStore(full, () => NOW_MS);
  await fullStore.prepare();
  await fs.symlink("/dev/full", path.join(full, "incoming", `${process.pid}-0.tmp`));
  const { key, bytes } = samplePicture(30_000);
  const outcome = await fullStore.put(key, bytes);
  assert.is(outcome.kind, "unavailable");
  assert.match(outcome.kind === "unavailable" ? outcome.reason : "", "ENOSPC");
  assert.equal(await fullStore.head(key), { kind: "missing" });
  assert.equal(await fs.readdir(path.join(full, "incoming")), []);
  assert.is((await fullStore.put(key, bytes)).kind, "stored");
});

test.after(() => fs.rm(root, { recursive: true, force: true }));

test.run();

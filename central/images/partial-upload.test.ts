import { createHash, randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Sha256 } from "../../shared/model/ids.ts";
import { folderStore } from "./folder-store.ts";
import { appendAt, beginOrResume, discardAbandoned, finish, UPLOAD_ABANDONED_AFTER_MS } from "./partial-upload.ts";
import { finishing } from "./upload-steps.ts";

const root = await fs.mkdtemp(path.join(os.tmpdir(), "chaverim-uploads-"));
const AT_MS = Date.UTC(2026, 10, 22, 3);
const store = folderStore(path.join(root, "store"), () => AT_MS);
await store.prepare();
let worlds = 0;

function upload(sizeBytes = 50_000) {
  const bytes = randomBytes(sizeBytes);
  return { dir: path.join(root, `uploads-${worlds++}`), bytes, sha256: createHash("sha256").update(bytes).digest("hex") as Sha256 };
}

async function* pieces(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* cutAfter(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
  throw new Error("the line went dead");
}

test("a picture in one piece is stored under the day it arrived and leaves no part behind", async () => {
  const { dir, bytes, sha256 } = upload();
  assert.equal(await beginOrResume(dir, sha256), { offset: 0 });
  assert.equal(await appendAt(dir, sha256, 0, pieces(bytes.subarray(0, 7), bytes.subarray(7)), bytes.length), {
    kind: "ok",
    offset: 50_000,
  });
  const key = `images/2026/11/22/${sha256}.jpg`;
  assert.equal(await finish(dir, sha256, store, bytes.length, AT_MS), { kind: "stored", key, sizeBytes: 50_000 });
  assert.is((await fs.readFile(path.join(root, "store", key))).equals(bytes), true);
  assert.equal(await fs.readdir(dir), []);
});

test("an upload goes on where the line broke, however often it breaks", async () => {
  const { dir, bytes, sha256 } = upload();
  for (let at = 0; at < 40_000; at += 10_000) {
    assert.equal(await beginOrResume(dir, sha256), { offset: at });
    const outcome = await appendAt(dir, sha256, at, cutAfter(bytes.subarray(at, at + 10_000)), bytes.length);
    assert.equal(outcome, { kind: "cut-off", offset: at + 10_000 });
    assert.equal(await finish(dir, sha256, store, bytes.length, AT_MS), { kind: "incomplete", offset: at + 10_000 });
  }
  assert.is((await appendAt(dir, sha256, 40_000, pieces(bytes.subarray(40_000)), bytes.length)).kind, "ok");
  assert.is((await finish(dir, sha256, store, bytes.length, AT_MS)).kind, "stored");
});

test("a wrong offset writes nothing and tells the right one", async () => {
  const { dir, bytes, sha256 } = upload();
  await appendAt(dir, sha256, 0, pieces(bytes.subarray(0, 100)), bytes.length);
  for (const offset of [0, 99, 101, 50_000]) {
    assert.equal(await appendAt(dir, sha256, offset, pieces(bytes), bytes.length), { kind: "wrong-offset", offset: 100 });
  }
  assert.equal(await beginOrResume(dir, sha256), { offset: 100 });
});

test("more bytes than were announced discard the part, and the rest of the stream is not read", async () => {
  const { dir, bytes, sha256 } = upload();
  let asked = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      asked += 1;
      yield bytes.subarray(0, 20_000);
    }
  }
  assert.equal(await appendAt(dir, sha256, 0, endless(), bytes.length), { kind: "too-long" });
  assert.is(asked, 3);
  assert.equal(await beginOrResume(dir, sha256), { offset: 0 });
});

test("bytes that are not the picture they claim to be are discarded, and the true ones are taken afterwards", async () => {
  const { dir, bytes, sha256 } = upload();
  const wrong = Uint8Array.from(bytes);
  wrong[0] = wrong[0]! ^ 1;
  await appendAt(dir, sha256, 0, pieces(wrong), bytes.length);
  assert.equal(await finish(dir, sha256, store, bytes.length, AT_MS), { kind: "mismatch" });
  assert.equal(await beginOrResume(dir, sha256), { offset: 0 });
  await appendAt(dir, sha256, 0, pieces(bytes), bytes.length);
  assert.is((await finish(dir, sha256, store, bytes.length, AT_MS)).kind, "stored");
});

test("a part that is longer than the announced picture is no picture", async () => {
  const { dir, bytes, sha256 } = upload();
  await appendAt(dir, sha256, 0, pieces(bytes), bytes.length);
  assert.equal(await finish(dir, sha256, store, bytes.length - 1, AT_MS), { kind: "mismatch" });
});

test("an old connection that hangs and its successor write the same picture, not a mixture", async () => {
  const { dir, bytes, sha256 } = upload();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* hanging(): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, 1000);
    await held;
    yield bytes.subarray(1000, 3000);
  }
  const old = appendAt(dir, sha256, 0, hanging(), bytes.length);
  while ((await beginOrResume(dir, sha256)).offset < 1000) await new Promise((resolve) => setImmediate(resolve));
  assert.is((await appendAt(dir, sha256, 1000, pieces(bytes.subarray(1000)), bytes.length)).kind, "ok");
  release();
  assert.equal(await old, { kind: "ok", offset: 3000 });
  assert.is((await finish(dir, sha256, store, bytes.length, AT_MS)).kind, "stored");
});

test("a store that is unavailable keeps the part, and finishing later needs no new upload", async () => {
  const { dir, bytes, sha256 } = upload();
  await appendAt(dir, sha256, 0, pieces(bytes), bytes.length);
  await fs.writeFile(path.join(root, "not-a-folder"), "");
  const broken = folderStore(path.join(root, "not-a-folder"), () => AT_MS);
  assert.is((await finish(dir, sha256, broken, bytes.length, AT_MS)).kind, "unavailable");
  assert.is((await finish(dir, sha256, store, bytes.length, AT_MS)).kind, "stored");
});

test("parts that nobody goes on with are thrown away, fresh ones stay", async () => {
  const one = upload();
  const two = { ...upload(), dir: one.dir };
  for (const { dir, sha256, bytes } of [one, two]) await appendAt(dir, sha256, 0, pieces(bytes.subarray(0, 10)), bytes.length);
  const nowMs = Date.now();
  const old = new Date(nowMs - UPLOAD_ABANDONED_AFTER_MS - 1000);
  await fs.utimes(path.join(one.dir, `${one.sha256}.part`), old, old);
  assert.is(await discardAbandoned(one.dir, nowMs), 1);
  assert.equal(await beginOrResume(one.dir, one.sha256), { offset: 0 });
  assert.equal(await beginOrResume(two.dir, two.sha256), { offset: 10 });
});

test.after(() => fs.rm(root, { recursive: true, force: true }));

test("of two PUTs that end at once the second finds the part gone, and is told to begin again", () => {
  const { bytes, sha256 } = upload(100);
  const steps = finishing(sha256, bytes.length, bytes.length, AT_MS);
  assert.equal(steps.next().value, { do: "read" });
  assert.equal(steps.next(undefined), { done: true, value: { kind: "incomplete", offset: 0 } });
});

test.run();

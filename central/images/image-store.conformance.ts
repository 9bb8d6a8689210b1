import { createHash, randomBytes } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Sha256 } from "../../shared/model/ids.ts";
import { IMAGE_BYTES_MAX, type ImageKey, type ImageStore, imageKey } from "./image-store.ts";

/** What a medium gives the suite beside the store itself: a way to reach behind its back. */
export interface StoreUnderTest {
  readonly store: ImageStore;
  /** Overwrites the stored object with other bytes, not through the port. */
  tamper(key: ImageKey, bytes: Uint8Array): Promise<void>;
}

const FIRST_PUT_AT_MS = Date.UTC(2026, 10, 22, 23, 59, 59);

/** A picture of random bytes and its key: the store never looks inside. */
export function samplePicture(sizeBytes: number): { readonly key: ImageKey; readonly bytes: Uint8Array } {
  const bytes = randomBytes(sizeBytes);
  return { bytes, key: imageKey(createHash("sha256").update(bytes).digest("hex") as Sha256, FIRST_PUT_AT_MS) };
}

/** The suite that every image store passes; `open` is called once, in the first test. */
export function imageStoreConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  let opened: Promise<StoreUnderTest> | undefined;
  const world = () => (opened ??= open());

  test(`${name}: it prepares its place, and again`, async () => {
    const { store } = await world();
    assert.equal(await store.prepare(), { kind: "ready" });
    assert.equal(await store.prepare(), { kind: "ready" });
  });

  for (const sizeBytes of [1, 20_000, 80_000, 5_500_000]) {
    test(`${name}: a picture of ${sizeBytes} bytes comes back as it was put`, async () => {
      const { store } = await world();
      const { key, bytes } = samplePicture(sizeBytes);
      assert.equal(await store.put(key, bytes), { kind: "stored", sizeBytes });
      assert.equal(await store.head(key), { kind: "found", sizeBytes });
      const got = await store.get(key);
      assert.is(got.kind, "found");
      assert.ok(got.kind === "found" && Buffer.from(got.bytes).equals(bytes));
    });
  }

  test(`${name}: a view into a larger buffer is stored as the view, not as the buffer`, async () => {
    const { store } = await world();
    const { key, bytes } = samplePicture(3000);
    const larger = Buffer.concat([randomBytes(100), bytes, randomBytes(100)]);
    assert.equal(await store.put(key, larger.subarray(100, 3100)), { kind: "stored", sizeBytes: 3000 });
    assert.is((await store.get(key)).kind, "found");
  });

  test(`${name}: what was never put is missing, not an error`, async () => {
    const { store } = await world();
    const { key } = samplePicture(10);
    assert.equal(await store.get(key), { kind: "missing" });
    assert.equal(await store.head(key), { kind: "missing" });
  });

  test(`${name}: bytes that do not hash to their name are not stored`, async () => {
    const { store } = await world();
    const { key, bytes } = samplePicture(500);
    assert.equal(await store.put(key, bytes.subarray(1)), { kind: "mismatch" });
    assert.equal(await store.put(key, new Uint8Array()), { kind: "mismatch" });
    assert.equal(await store.head(key), { kind: "missing" });
  });

  test(`${name}: a picture over the limit is refused before it is written`, async () => {
    const { store } = await world();
    const { key, bytes } = samplePicture(IMAGE_BYTES_MAX + 1);
    assert.equal(await store.put(key, bytes), { kind: "too-long", maxBytes: IMAGE_BYTES_MAX });
    assert.equal(await store.head(key), { kind: "missing" });
  });

  test(`${name}: putting the same picture again changes nothing, and ten at once are one`, async () => {
    const { store } = await world();
    const { key, bytes } = samplePicture(40_000);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.put(key, bytes)));
    assert.ok(outcomes.every((outcome) => outcome.kind === "stored"));
    assert.equal(await store.put(key, bytes), { kind: "stored", sizeBytes: 40_000 });
    assert.is((await store.get(key)).kind, "found");
  });

  test(`${name}: an object changed behind its back is never given out, and a new put heals it`, async () => {
    const { store, tamper } = await world();
    const { key, bytes } = samplePicture(2000);
    await store.put(key, bytes);
    const other = Uint8Array.from(bytes);
    other[1000] = other[1000]! ^ 1;
    await tamper(key, other);
    assert.equal(await store.get(key), { kind: "tampered", sizeBytes: 2000 });
    await tamper(key, bytes.subarray(0, 1999));
    assert.equal(await store.get(key), { kind: "tampered", sizeBytes: 1999 });
    assert.is((await store.put(key, bytes)).kind, "stored");
    assert.is((await store.get(key)).kind, "found");
  });

  test(`${name}: an object that grew past any limit is tampered with, not read into memory`, async () => {
    const { store, tamper } = await world();
    const { key, bytes } = samplePicture(100);
    await store.put(key, bytes);
    await tamper(key, Buffer.alloc(IMAGE_BYTES_MAX + 1));
    assert.is((await store.get(key)).kind, "tampered");
    await store.remove(key);
  });

  test(`${name}: a removed picture is missing, removing it again is the same, and its neighbour stays`, async () => {
    const { store } = await world();
    const [one, two] = [samplePicture(50), samplePicture(60)];
    await store.put(one.key, one.bytes);
    await store.put(two.key, two.bytes);
    assert.equal(await store.remove(one.key), { kind: "removed" });
    assert.equal(await store.remove(one.key), { kind: "removed" });
    assert.equal(await store.get(one.key), { kind: "missing" });
    assert.is((await store.get(two.key)).kind, "found");
  });
}

import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SessionId } from "../../shared/model/ids.ts";
import type { BundleExport } from "../sync/export-bundle.ts";
import { writeDurably } from "../write-durably.ts";
import { type OutgoingBundle, openOutgoingBundle } from "./outgoing-bundle.ts";
import { newFolder, removeFolders } from "./test-neighbour-world.ts";

test.after(removeFolders);

const BUNDLE_ID = "31".repeat(16) as SessionId;

function exported(pieces: readonly string[], records = 3, breaks = false): BundleExport {
  const counts = { records, images: 0, bytes: 0, isCut: false, missing: 0 };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) {
      counts.bytes += piece.length;
      yield new TextEncoder().encode(piece);
    }
    if (breaks) throw new Error("records went from the disk");
  }
  return { kind: "bundle", bundleId: BUNDLE_ID, bytes: bytes(), counts, records, images: 0 };
}

function outgoing(make: () => BundleExport, folder = newFolder()): { readonly bundle: OutgoingBundle; readonly folder: string } {
  return { folder, bundle: openOutgoingBundle({ folder, exportBundle: make, writeDurably, now: () => 7 }) };
}

test("a bundle is made once, read from any place, and is the same one after a restart", async () => {
  const { bundle, folder } = outgoing(() => exported(["abc", "defgh"]));
  const made = (await bundle.make())!;
  assert.equal([made.bundleId, made.bytes, made.records, made.madeMs], [BUNDLE_ID, 8, 3, 7]);
  assert.is(Buffer.from(await bundle.read(2, 4)).toString(), "cdef");
  const again = outgoing(() => exported([]), folder).bundle;
  assert.equal(again.current(), made);
  assert.is(Buffer.from(await again.read(6, 100)).toString(), "gh");
  again.drop();
  assert.equal(readdirSync(folder), []);
});

test("one flipped bit, and a file that is gone, are told from what was made", async () => {
  const { bundle, folder } = outgoing(() => exported(["abc"]));
  assert.not.ok(await bundle.isSound());
  await bundle.make();
  assert.ok(await bundle.isSound());
  const file = join(folder, "outgoing.alprbundle");
  writeFileSync(file, "abb");
  assert.not.ok(await bundle.isSound());
  rmSync(file);
  assert.not.ok(await bundle.isSound());
});

test("a file that is not whole any more is no bundle; neither is one with nothing in it, or one whose making broke off", async () => {
  const { bundle, folder } = outgoing(() => exported(["abc"]));
  await bundle.make();
  truncateSync(join(folder, "outgoing.alprbundle"), 2);
  assert.is(outgoing(() => exported([]), folder).bundle.current(), null);
  const empty = outgoing(() => exported(["head and end"], 0));
  assert.is(await empty.bundle.make(), null);
  const broken = outgoing(() => exported(["abc"], 3, true));
  let words = "";
  await broken.bundle.make().catch((error: Error) => (words = error.message));
  assert.match(words, /went from the disk/);
  const refused = outgoing(() => ({ kind: "refused", words: "nothing" }));
  assert.is(await refused.bundle.make(), null);
  for (const one of [empty, broken, refused])
    assert.equal([one.bundle.current(), existsSync(join(one.folder, "outgoing.alprbundle.part"))], [null, false]);
});

test.run();

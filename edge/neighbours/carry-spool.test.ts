import { existsSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CarrySpool, Taken } from "./carry-spool.ts";
import { bundleFile, device, random, removeFolders, type TestBundleFile, testSpool } from "./test-neighbour-world.ts";

test.after(removeFolders);

const [A, B, C] = [device("A").collectorId, device("B").collectorId, device("C").collectorId];
const ANSWER = { state: "delivered", words: "ok", receipt: random(5) } as const;
const shortly = (taken: Taken): string => (taken.kind === "no-room" ? taken.words : `${taken.standing.state} ${taken.standing.offset}`);

async function put(spool: CarrySpool, origin: typeof A, bundle: TestBundleFile): Promise<string> {
  const offered = spool.offer(origin, bundle);
  if (offered.kind === "no-room") return offered.words;
  return shortly(await spool.append(origin, bundle.sha256, 0, bundle.content));
}

test("a newer bundle takes the place of the older one of the same site, and of no other", async () => {
  const { spool, folder } = testSpool();
  await put(spool, A, bundleFile(10));
  await put(spool, B, bundleFile(10));
  const newer = bundleFile(20);
  assert.is(await put(spool, A, newer), "held 20");
  assert.equal(
    spool
      .bundles()
      .map((one) => one.bytes)
      .sort(),
    [10, 20],
  );
  assert.is(readdirSync(folder).filter((name) => name.endsWith(".bundle")).length, 2);
});

test("the quota counts files and promised bytes; what is full says so, and a replacement is weighed without what it replaces", async () => {
  const { spool } = testSpool({ bytesMax: 100, bundlesMax: 2 });
  assert.is(shortly(spool.offer(A, bundleFile(60))), "wanted 0");
  assert.match(shortly(spool.offer(B, bundleFile(41))), /as many bundles/);
  assert.match(shortly(spool.offer(B, bundleFile(101))), /larger than/);
  assert.is(shortly(spool.offer(B, bundleFile(40))), "wanted 0");
  assert.match(shortly(spool.offer(C, bundleFile(1))), /as many bundles/);
  assert.is(await put(spool, A, bundleFile(60)), "held 60");
  spool.settle(spool.bundles().find((one) => one.origin === A)!, ANSWER);
  assert.is(shortly(spool.offer(C, bundleFile(60))), "wanted 0");
});

test("the disk that this site's own log needs is left alone, before a bundle and in the midst of one", async () => {
  let free = 1_000;
  const { spool } = testSpool({ freeBytes: () => free, keepFreeBytes: 900 });
  assert.match(shortly(spool.offer(A, bundleFile(101))), /no room/);
  const bundle = bundleFile(100);
  assert.is(shortly(spool.offer(A, bundle)), "wanted 0");
  assert.match(shortly(spool.offer(B, bundleFile(1))), /no room/, "what was promised to A counts");
  free = 905;
  assert.match(shortly(await spool.append(A, bundle.sha256, 0, bundle.content.subarray(0, 10))), /no room/);
  free = 2_000;
  assert.is(shortly(await spool.append(A, bundle.sha256, 0, bundle.content)), "held 100");
});

test("a bundle that arrived in part goes on where it stopped after a restart; what is held, and receipts, are still there", async () => {
  const { spool, reopen } = testSpool();
  const [part, held, done] = [bundleFile(10), bundleFile(20), bundleFile(30)];
  spool.offer(A, part);
  await spool.append(A, part.sha256, 0, part.content.subarray(0, 6));
  await put(spool, B, held);
  await put(spool, C, done);
  spool.settle(spool.bundles().find((one) => one.origin === C)!, ANSWER);
  const again = reopen();
  assert.is(shortly(again.offer(A, part)), "wanted 6");
  assert.is(shortly(await again.append(A, part.sha256, 6, part.content.subarray(6))), "held 10");
  assert.is(again.standing(B, held.sha256)?.state, "held");
  assert.equal(again.standing(C, done.sha256)?.receipt, ANSWER.receipt);
});

test("a file that was torn or cut on this disk is not what was offered: it begins again", async () => {
  const { spool, folder, reopen } = testSpool();
  const bundle = bundleFile(10);
  spool.offer(A, bundle);
  await spool.append(A, bundle.sha256, 0, bundle.content.subarray(0, 6));
  const file = join(folder, `${A}.bundle`);
  writeFileSync(file, new Uint8Array(6));
  assert.is(shortly(await reopen().append(A, bundle.sha256, 6, bundle.content.subarray(6))), "wanted 0");
  await spool.append(A, bundle.sha256, 0, bundle.content.subarray(0, 6));
  truncateSync(file, 2);
  assert.is(shortly(reopen().offer(A, bundle)), "wanted 2");
});

test("rubbish in the folder is no bundle, and goes", () => {
  const { folder, reopen } = testSpool();
  for (const name of ["x.json", `${A}.json`, `${B}.bundle`, "y"]) writeFileSync(join(folder, name), "{");
  assert.equal(reopen().bundles(), []);
  assert.equal(readdirSync(folder), []);
});

test("what is given up first is what came first; an answer for a bundle that was replaced meanwhile is no answer for the new one", async () => {
  let nowMs = 1;
  const { spool, folder } = testSpool({ now: () => nowMs++ });
  await put(spool, A, bundleFile(10));
  await put(spool, B, bundleFile(10));
  assert.is(spool.giveUp(), 1);
  assert.equal(
    spool.bundles().map((one) => one.origin),
    [B],
  );
  const delivering = spool.next(() => true)!;
  const newer = bundleFile(11);
  await put(spool, B, newer);
  spool.settle(delivering, ANSWER);
  assert.is(spool.standing(B, newer.sha256)?.state, "held");
  assert.is(spool.giveUp() + spool.giveUp(), 1);
  assert.not.ok(existsSync(join(folder, `${B}.bundle`)));
});

test("receipts that nobody fetches go after a week, bundles that stopped arriving after a day, held ones stay", async () => {
  let nowMs = 1_000;
  const { spool } = testSpool({ now: () => nowMs });
  await put(spool, A, bundleFile(10));
  await put(spool, B, bundleFile(10));
  spool.settle(spool.bundles().find((one) => one.origin === A)!, ANSWER);
  spool.offer(C, bundleFile(10));
  nowMs += 24 * 3_600_000 + 1;
  spool.sweep();
  assert.equal(
    spool
      .bundles()
      .map((one) => one.origin)
      .sort(),
    [A, B].sort(),
  );
  nowMs += 7 * 24 * 3_600_000;
  spool.sweep();
  assert.equal(
    spool.bundles().map((one) => one.origin),
    [B],
  );
});

test.run();

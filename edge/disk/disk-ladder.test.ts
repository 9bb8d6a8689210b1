/** The ladder over a real store and real files; only what the file system says of its room is given by the test. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeImageDropped, decodeMissingRange } from "../../shared/log/payloads/site-payloads.ts";
import { decodeTail, RECORD_KINDS, SALT_BYTES } from "../../shared/log/record.ts";
import type { ImageRole } from "../../shared/model/detection.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import { imageFile } from "../log/image-file.ts";
import { KEPT_MS } from "../log/prune.ts";
import { draftOf, makeTestStore, readingOf, sha256Of, type TestStore, watch } from "../log/test-store.ts";
import { openBallast } from "./ballast.ts";
import type { DiskLevel, DiskLimits } from "./decide-step.ts";
import { makeDiskLadder } from "./disk-ladder.ts";

const LIMITS: DiskLimits = { ballastBytes: 2_000_000, lowBytes: 512, veryLowBytes: 256, stopBytes: 64 };
const sleep = async (ms: number): Promise<void> => void (await delay(ms));

/** A disk that says it has `disk.free` bytes, and gains `gain` with each thing that goes. */
function ladderOn(site: TestStore, disk: { free: number | null; gain: number }, neighbours = 0) {
  let carried = neighbours;
  const levels: DiskLevel[] = [];
  const went: Record<string, number> = {};
  const give = (name: string, count: number): Promise<number> => {
    went[name] = (went[name] ?? 0) + count;
    if (disk.free !== null) disk.free += count * disk.gain;
    return Promise.resolve(count);
  };
  const ballast = openBallast(site.home, LIMITS.ballastBytes, sleep);
  const ladder = makeDiskLadder({
    limits: LIMITS,
    ballast,
    freeBytes: () => disk.free,
    freeInsideBytes: () => 0,
    giveUp: {
      "carried-bundles": () => (carried-- > 0 ? give("carried-bundles", 1) : Promise.resolve(0)),
      "stored-scenes": () => give("stored-scenes", site.store.verb("freeStored", "scenes")),
      "stored-crops": () => give("stored-crops", site.store.verb("freeStored", "crops")),
      "unsent-scenes": () => give("unsent-scenes", site.store.verb("dropUnsentScenes", site.now())),
      "old-detections": () => give("old-detections", site.store.verb("pruneAcknowledged", site.now())),
    },
    onLevel: (level) => levels.push(level),
    onTrouble: (error) => {
      throw error;
    },
  });
  return { ladder, ballast, levels, went };
}

function putPicture(site: TestStore, name: string, role: ImageRole, plate: string, isSent: boolean): Sha256 {
  const sha256 = sha256Of(name);
  const path = imageFile(site.home, sha256);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, name);
  site.store.verb("appendDetection", draftOf(plate, site.now, { reading: readingOf(plate, { images: [{ role, sha256, bytes: 4 }] }) }));
  if (isSent) site.store.verb("noteImageSent", sha256, "stored");
  return sha256;
}
const log = (site: TestStore) => site.rows.logs.activeLogs().find((one) => one.class === "detections")!;
const isHere = (site: TestStore, sha256: Sha256): boolean => existsSync(imageFile(site.home, sha256));
const payloadsOf = (site: TestStore, kind: "image-dropped" | "pruned"): Uint8Array[] =>
  site.rows.logs
    .recordsFrom(log(site).n, 0, 1_000)
    .filter((one) => decodeTail(one.tail)!.kind === RECORD_KINDS[kind])
    .map((one) => one.payload!.subarray(SALT_BYTES));

test("a disk that fills gives up stored scenes, then stored crops, and stops as soon as there is room", async () => {
  const site = await makeTestStore();
  const scene = putPicture(site, "scene", "full", "ABC1", true);
  const crop = putPicture(site, "crop", "crop", "ABC2", true);
  const waiting = putPicture(site, "waiting", "full", "ABC3", false);
  const { ladder, levels, went } = ladderOn(site, { free: 500, gain: 20 });
  await ladder.look();
  assert.equal(went, { "stored-scenes": 1 });
  assert.equal([isHere(site, scene), isHere(site, crop), isHere(site, waiting)], [false, true, true]);
  assert.equal(levels, ["low", "fine"]);
  assert.is(site.rows.images.byHash(scene)!.state, "freed");
  assert.equal(payloadsOf(site, "image-dropped"), [], "central has it: nothing was lost");
  site.remove();
});

test("what neighbours left here goes before anything of this site's own, the ballast too", async () => {
  const site = await makeTestStore();
  const scene = putPicture(site, "scene", "full", "ABC1", true);
  const { ladder, ballast, went } = ladderOn(site, { free: 490, gain: 11 }, 3);
  await ballast.make(new AbortController().signal);
  await ladder.look();
  assert.equal([went, isHere(site, scene), ballast.isThere()], [{ "carried-bundles": 2 }, true, true]);
  site.remove();
});

test("very low: unsent scenes leave a record each, old acknowledged detections a range; alerts, crops and what central has not stay", async () => {
  const site = await makeTestStore();
  watch(site, "XYZ999");
  const scene = putPicture(site, "scene", "full", "ABC1", false);
  const crop = putPicture(site, "crop", "crop", "ABC2", false);
  const { pass } = site.store.verb("appendDetection", draftOf("XYZ999", site.now));
  site.clock.wallMs += KEPT_MS + 1;
  site.clock.monoMs += KEPT_MS + 1;
  site.store.verb("appendDetection", draftOf("ABC4", site.now));
  const { logId, n } = log(site);
  const urgent = site.rows.logs.activeLogs().find((one) => one.class === "urgent")!;
  site.store.verb("noteAcknowledged", logId, 3, 0);
  site.store.verb("noteAcknowledged", urgent.logId, urgent.head.next, 0);
  const { ladder, levels, went } = ladderOn(site, { free: 10, gain: 0 });
  await ladder.look();
  assert.equal(went, { "stored-scenes": 0, "stored-crops": 0, "unsent-scenes": 1, "old-detections": 2 });
  assert.equal([isHere(site, scene), isHere(site, crop)], [false, true]);
  assert.is(decodeImageDropped(payloadsOf(site, "image-dropped")[0]!)!.sha256, scene);
  const range = decodeMissingRange(payloadsOf(site, "pruned")[0]!)!;
  assert.equal([range.logId, range.from, range.to], [logId, 1, 3]);
  assert.is(site.rows.logs.logById(logId)!.first, 3);
  assert.ok(site.rows.logs.recordAt(n, 3)!.payload !== null, "not acknowledged");
  assert.is(site.rows.logs.activeLogs().find((one) => one.class === "urgent")!.first, 0);
  assert.ok(site.rows.alerts.itemOf(pass) !== undefined);
  assert.is(ladder.level(), "full");
  assert.equal(levels, ["full"]);
  site.remove();
});

test("the ballast is really there, goes first, and comes back when there is room for it twice over", async () => {
  const site = await makeTestStore();
  const scene = putPicture(site, "scene", "full", "ABC1", true);
  const disk = { free: 10_000_000 as number | null, gain: 0 };
  const { ladder, ballast, went } = ladderOn(site, disk);
  await ladder.look();
  const file = join(site.home, "data", "ballast");
  assert.ok(statSync(file).blocks * 512 >= LIMITS.ballastBytes, "allocated, no hole");
  const release = ballast.release;
  disk.free = 100;
  Object.assign(ballast, {
    release() {
      release();
      disk.free = 600;
    },
  });
  await ladder.look();
  assert.equal([existsSync(file), isHere(site, scene), went], [false, true, {}]);
  disk.free = 1_000;
  await ladder.look();
  assert.is(existsSync(file), false);
  disk.free = null;
  await ladder.look();
  assert.is(ladder.level(), "fine", "a system that does not say how much is free: the store's own trouble starts the ladder");
  disk.free = 10_000_000;
  await ladder.look();
  assert.is(existsSync(file), true);
  site.remove();
});

test("T-72 a store that refuses because it is full takes detections again after the ladder has made room inside it", async () => {
  const site = await makeTestStore();
  for (let n = 0; n < 300; n++) site.store.verb("appendDetection", draftOf(`ABC${n}`, site.now));
  site.store.verb("noteAcknowledged", log(site).logId, 301, 0);
  site.clock.wallMs += KEPT_MS + 1;
  site.clock.monoMs += KEPT_MS + 1;
  const pages = site.store.db.pragma("page_count", { simple: true }) as number;
  site.store.db.pragma(`max_page_count = ${pages}`);
  let stored = 0;
  const fill = (): string | null => {
    for (;;) {
      const [outcome] = site.store.run([{ verb: "appendDetection", args: [draftOf("ABC123", site.now)] }]).outcomes;
      if (!outcome!.ok) return outcome!.words;
      stored += 1;
    }
  };
  assert.match(fill()!, /^The disk is full\./);
  const before = stored;
  const { ladder, went } = ladderOn(site, { free: 0, gain: 0 });
  await ladder.look();
  assert.is(went["old-detections"], 300);
  assert.match(fill()!, /^The disk is full\./);
  assert.ok(stored - before > 100, `${stored - before}`);
  site.remove();
});

test("a ballast that finds no room after all leaves nothing behind", async () => {
  const home = mkdtempSync(join(tmpdir(), "edge-ballast-"));
  const ballast = openBallast(join(home, "nowhere"), 1_000_000, sleep);
  assert.is(
    await ballast.make(new AbortController().signal).then(
      () => "made",
      (error: NodeJS.ErrnoException) => error.code,
    ),
    "ENOENT",
  );
  assert.is(ballast.isThere(), false);
  rmSync(home, { recursive: true });
});

test.run();

/** What the image ledger does when central was put back to a backup, against a real file. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EMPTY_LOG } from "../../shared/log/chain.ts";
import type { Incarnation } from "../../shared/model/ids.ts";
import { makeEdgeLogReader } from "./edge-log-reader.ts";
import type { StoredPlace } from "./image-rows.ts";
import { draftOf, makeTestStore, readingOf, sha256Of, type TestStore } from "./test-store.ts";

const FIRST = "1".repeat(32) as Incarnation;
const SECOND = "2".repeat(32) as Incarnation;

/** A site whose pictures are all at a central that lives under FIRST. */
async function delivered(count: number): Promise<TestStore> {
  const site = await makeTestStore();
  offerAll(site, FIRST);
  const images = Array.from({ length: count }, (_, at) => sha256Of(`picture ${at}`));
  images.forEach((sha256, at) => {
    site.clock.monoMs += 20_000;
    const plate = `ABC${at}`;
    const reading = readingOf(plate, { images: [{ role: "crop", sha256, bytes: 10 }] });
    site.store.verb("appendDetection", draftOf(plate, site.now, { reading }));
    site.store.verb("noteImageSent", sha256, "stored");
  });
  return site;
}

/** Answers how many commands it took. */
function offerAll({ store }: TestStore, incarnation: Incarnation): number {
  let turns = 1;
  for (let at: StoredPlace | null = store.verb("offerImagesAgain", incarnation, null); at !== null; turns++)
    at = store.verb("offerImagesAgain", incarnation, at);
  return turns;
}

const readerOf = ({ home, db, rows, now }: TestStore) => makeEdgeLogReader({ home, db, rows, sign: () => new Uint8Array(64), now });

test("what a central before had taken waits again, once for each life of central", async () => {
  const site = await delivered(3);
  offerAll(site, FIRST);
  assert.is(readerOf(site).waitingImageCount(), 0);
  offerAll(site, SECOND);
  assert.is(readerOf(site).waitingImageCount(), 3);
  site.store.verb("noteImageSent", sha256Of("picture 1"), "stored");
  offerAll(site, SECOND);
  assert.is(readerOf(site).waitingImageCount(), 2);
});

test("many pictures wait again some at a time, and a turn that was the last one says so", async () => {
  const site = await delivered(600);
  assert.is(offerAll(site, SECOND), 3);
  assert.is(readerOf(site).waitingImageCount(), 600);
});

test("a program that ended in the midst of it begins again", async () => {
  const site = await delivered(300);
  assert.ok(site.store.verb("offerImagesAgain", SECOND, null) !== null);
  assert.is(offerAll(site, SECOND), 1);
  assert.is(readerOf(site).waitingImageCount(), 300);
});

test("so it is when central has less of a log than it had said, though it lives on: what was taken may lie at a copy of it", async () => {
  const site = await delivered(3);
  const { logId } = site.rows.logs.activeLogs().find((one) => one.class === "detections")!;
  const says = (next: number) => site.store.verb("noteAcknowledged", logId, next, 0);
  assert.equal([says(3), says(4), says(4)], [false, false, false]);
  offerAll(site, FIRST);
  assert.is(readerOf(site).waitingImageCount(), 0);
  assert.is(says(2), true);
  offerAll(site, FIRST);
  assert.is(readerOf(site).waitingImageCount(), 3);
});

test("a picture that was removed here for room and comes again is offered: central may have lost it meanwhile, and says at once if not", async () => {
  const site = await delivered(1);
  assert.is(site.store.verb("freeStored", "crops"), 1);
  offerAll(site, SECOND);
  assert.is(readerOf(site).waitingImageCount(), 0, "its bytes are not here");
  const reading = readingOf("XYZ9", { images: [{ role: "crop", sha256: sha256Of("picture 0"), bytes: 10 }] });
  site.store.verb("appendDetection", draftOf("XYZ9", site.now, { reading }));
  assert.is(readerOf(site).waitingImageCount(), 1);
});

test("a picture that a left log named goes with the new one", async () => {
  const site = await delivered(2);
  const old = site.rows.logs.activeLogs().find((one) => one.class === "detections")!;
  site.store.verb("beginAgain", old.logId, EMPTY_LOG, "fork", site.now());
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
  const fresh = site.rows.logs.activeLogs().find((one) => one.class === "detections")!;
  site.store.verb("noteAcknowledged", fresh.logId, 1, 0);
  offerAll(site, SECOND);
  assert.equal(
    readerOf(site)
      .waitingImages(9)
      .map(({ sha256, logId }) => [sha256, logId])
      .sort(),
    [sha256Of("picture 0"), sha256Of("picture 1")].map((sha256) => [sha256, fresh.logId]).sort(),
  );
});

test("a picture whose record central has goes with each new log, also when the one before is left from its beginning", async () => {
  const site = await delivered(1);
  const detections = () => site.rows.logs.activeLogs().find((one) => one.class === "detections")!;
  const leave = (): void => {
    site.store.verb("beginAgain", detections().logId, EMPTY_LOG, "fork", site.now());
    while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
  };
  leave();
  offerAll(site, SECOND);
  leave();
  site.store.verb("noteAcknowledged", detections().logId, 1, 0);
  const [waiting] = readerOf(site).waitingImages(9);
  assert.equal(waiting && [waiting.sha256, waiting.logId], [sha256Of("picture 0"), detections().logId]);
});

test.run();

import { rmSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chainItems, EMPTY_LOG } from "../../shared/log/chain.ts";
import { openCheckpoint } from "../../shared/log/checkpoint.ts";
import { decodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { decodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import { decodeGenesis } from "../../shared/log/payloads/site-payloads.ts";
import { chainRecord, kindOfNumber } from "../../shared/log/record.ts";
import type { LogId } from "../../shared/model/ids.ts";
import { alertOpsOf } from "./apply-edits.ts";
import { makeEdgeLogReader } from "./edge-log-reader.ts";
import { CAMERA, COLLECTOR, draftOf, LIST, makeTestStore, readingOf, sha256Of, type TestStore, watch } from "./test-store.ts";

let world: TestStore;
test.before.each(async () => {
  world = await makeTestStore();
});
test.after.each(() => world.remove());

const reader = () => makeEdgeLogReader({ home: world.home, db: world.db, rows: world.rows, sign: world.sign, now: world.now });
const logOf = (name: "urgent" | "detections") =>
  reader()
    .logs()
    .find((log) => log.class === name)!;
const kindsOf = (logId: LogId) => {
  const chained = chainItems(logId, EMPTY_LOG, reader().items(logId, 0, 1000, 1 << 20));
  if (chained.kind !== "ok") throw new Error(chained.why);
  return chained.records.map((record) => kindOfNumber(record.tail.kind));
};

test("both logs are born with a genesis record that names the device key and the collector", () => {
  for (const name of ["urgent", "detections"] as const) {
    const [item] = reader().items(logOf(name).logId, 0, 1, 1000);
    const genesis = decodeGenesis(item!.payload!.subarray(16))!;
    assert.equal([genesis.collector, genesis.class, genesis.previous], [COLLECTOR, name, null]);
    assert.equal(Buffer.from(genesis.deviceKey), Buffer.from(world.publicKey));
  }
});

test("a file of another collector or another key is refused in one sentence", () => {
  world.store.db.prepare("update meta set value = 'someone else' where key = 'collector'").run();
  assert.throws(() => world.reopen(), /belongs to collector someone else/);
  // reopen has closed both connections before it threw.
  const { home } = world;
  world = { ...world, remove: () => rmSync(home, { recursive: true }) };
});

test("the writing connection uses synchronous FULL at every open", () => {
  assert.is(world.store.db.pragma("synchronous", { simple: true }), 2);
  world = world.reopen();
  assert.is(world.store.db.pragma("synchronous", { simple: true }), 2);
  assert.is(world.store.db.pragma("journal_mode", { simple: true }), "wal");
});

test("a detection is in the log, chained and readable by the other connection", () => {
  const stored = world.store.verb("appendDetection", draftOf("ABC 123", world.now));
  assert.is(stored.kind, "stored");
  const { logId, head } = logOf("detections");
  assert.equal(kindsOf(logId), ["genesis", "detection"]);
  const [item] = reader().items(logId, 1, 10, 1000);
  const detection = decodeDetection(stored.rid, item!.payload!.subarray(16))!;
  assert.equal([detection.plate, detection.plateRead, detection.pass], ["ABC123", "ABC 123", stored.rid]);
  assert.equal(reader().hashAt(logId, 1), head.head);
});

test("a message that the camera repeats makes one detection, also after a restart", () => {
  const draft = draftOf("ABC123", world.now);
  const first = world.store.verb("appendDetection", draft);
  world = world.reopen();
  const again = world.store.verb("appendDetection", draft);
  assert.equal([again.kind, again.rid, again.pass], ["known", first.rid, first.pass]);
  assert.is(logOf("detections").head.next, 2);
});

test("the same source key of another camera is another message", () => {
  const draft = draftOf("ABC123", world.now);
  world.store.verb("appendDetection", draft);
  const other = { ...draft, reading: readingOf("ABC123", { camera: "01990000-0000-7000-8000-0000000000c2" as typeof CAMERA }) };
  assert.is(world.store.verb("appendDetection", other).kind, "stored");
});

test("a source key is known for 24 hours, however the wall clock is set meanwhile", () => {
  const draft = draftOf("ABC123", world.now);
  world.store.verb("appendDetection", draft);
  world.clock.wallMs += 40 * 24 * 3_600_000;
  assert.is(world.store.verb("appendDetection", { ...draft, moment: world.now() }).kind, "known");
  world.clock.monoMs += 23 * 3_600_000;
  assert.is(world.store.verb("appendDetection", { ...draft, moment: world.now() }).kind, "known");
  world.clock.monoMs += 2 * 3_600_000;
  assert.is(world.store.verb("appendDetection", { ...draft, moment: world.now() }).kind, "stored");
});

test("a clock that wakes up from 1970 does not make a repeated message new", () => {
  world.clock.clockQuality = 0;
  const draft = draftOf("ABC123", () => ({ ...world.now(), wallMs: 40_000 }));
  world.store.verb("appendDetection", draft);
  world.clock.clockQuality = 3;
  assert.is(world.store.verb("appendDetection", { ...draft, moment: world.now() }).kind, "known");
});

test("a known event under a new source key is a revision of its detection and keeps its pass", () => {
  const first = world.store.verb("appendDetection", draftOf("A8C123", world.now, { eventKey: "cam/77" }));
  const second = world.store.verb("appendDetection", draftOf("ABC123", world.now, { eventKey: "cam/77" }));
  assert.equal([second.kind, second.rid, second.pass], ["revised", first.rid, first.pass]);
  assert.equal(kindsOf(logOf("detections").logId), ["genesis", "detection", "revision"]);
});

test("reads of one car within 15 seconds are one pass, also across a restart", () => {
  const first = world.store.verb("appendDetection", draftOf("ABC123", world.now));
  world = world.reopen();
  world.clock.monoMs += 8_000;
  const second = world.store.verb("appendDetection", draftOf("A8C123", world.now));
  assert.is(second.pass, first.pass);
  world.clock.monoMs += 20_000;
  const later = world.store.verb("appendDetection", draftOf("A8C124", world.now));
  assert.is(later.pass, later.rid);
});

test("a watched plate raises one alert per pass, with the signed bytes of its detection", () => {
  const entry = watch(world, "ABC-123");
  const stored = world.store.verb("appendDetection", draftOf("A8C123", world.now));
  assert.is(stored.raised.length, 1);
  assert.is(stored.raised[0]!.entry, entry);
  assert.equal(stored.raised[0]!.explanation.differences, [{ at: 1, read: "8", wanted: "B" }]);
  const urgent = logOf("urgent");
  const items = reader().items(urgent.logId, 0, 100, 1 << 20);
  const { finding, detection } = decodeAlert(items.at(-1)!.payload!.subarray(16))!;
  const carried = chainRecord(detection.logId, detection.prevHash, detection.tail, detection.payload)!;
  assert.equal(carried.hash, reader().hashAt(logOf("detections").logId, 1));
  assert.equal(finding.listVersion, { generation: "0".repeat(32), cursor: 0, overlay: 2 });
  world.clock.monoMs += 3_000;
  assert.equal(world.store.verb("appendDetection", draftOf("A8C123", world.now)).raised, []);
});

test("a surer read of the same pass adds a finding and rings no second time", () => {
  watch(world, "ABC123");
  const first = world.store.verb("appendDetection", draftOf("A8C123", world.now));
  const before = logOf("urgent").head.next;
  assert.equal(world.store.verb("appendDetection", draftOf("ABC123", world.now)).raised, []);
  assert.is(logOf("urgent").head.next, before + 1);
  assert.is(world.rows.alerts.alertsOfPass(first.pass)[0]!.kind, "exact");
});

test("a checkpoint stands for both logs in the commit of an alert", () => {
  watch(world, "ABC123");
  world.store.verb("appendDetection", draftOf("ABC123", world.now));
  for (const name of ["urgent", "detections"] as const) {
    const log = world.rows.logs.activeLogs().find((one) => one.class === name)!;
    assert.is(world.rows.logs.newestCheckpoint(log.n), log.head.next);
  }
});

test("no record is further than 64 from a stored checkpoint, whatever the batch", () => {
  world.store.run(Array.from({ length: 200 }, (_, n) => ({ verb: "appendDetection" as const, args: [draftOf(`P${n}`, world.now)] })));
  const rows = world.db.prepare("select next from checkpoints where log = 2 order by next").pluck().all() as number[];
  let last = 0;
  for (const next of [...rows, logOf("detections").head.next]) {
    assert.ok(next - last <= 65, `${last}..${next}`);
    last = next;
  }
});

test("a checkpoint is due 5 seconds after the last one, when there is something to say", () => {
  world.store.verb("appendDetection", draftOf("ABC123", world.now));
  world.store.checkpointIfDue();
  const newest = () => world.rows.logs.newestCheckpoint(2);
  const before = newest();
  world.clock.monoMs += 5_000;
  world.store.checkpointIfDue();
  assert.is(newest(), 2);
  assert.ok(before < 2);
});

test("the reader signs a checkpoint for any cut of the log", () => {
  for (const plate of ["A1", "B2", "C3"]) world.store.verb("appendDetection", draftOf(plate, world.now));
  const { logId } = logOf("detections");
  for (const next of [1, 2, 4]) {
    const checkpoint = openCheckpoint(reader().checkpoint(logId, next), world.publicKey)!;
    assert.equal([checkpoint.logId, checkpoint.next], [logId, next]);
    assert.equal(checkpoint.headHash, reader().hashAt(logId, next - 1));
  }
  assert.throws(() => reader().checkpoint(logId, 5), /no record 4/);
});

test("items stop at the byte limit and always hold at least one", () => {
  for (let n = 0; n < 20; n++) world.store.verb("appendDetection", draftOf(`P${n}`, world.now));
  const { logId } = logOf("detections");
  assert.is(reader().items(logId, 5, 100, 1).length, 1);
  assert.ok(reader().items(logId, 1, 100, 700).length < 6);
  assert.is(reader().items(logId, 0, 7, 1 << 20).length, 7);
});

test("a command that fails takes nothing of its batch along, and leaves no hole in the chain", () => {
  const { outcomes } = world.store.run([
    { verb: "appendDetection", args: [draftOf("AAA111", world.now)] },
    { verb: "appendCameraStatus", args: ["not a camera", "silent", "", 0, world.now()] },
    { verb: "appendDetection", args: [{ ...draftOf("BBB222", world.now), reading: { ...readingOf("BBB222"), camera: "broken" } }] },
    { verb: "appendDetection", args: [draftOf("CCC333", world.now)] },
  ]);
  assert.equal(
    outcomes.map((outcome) => outcome.ok),
    [true, false, false, true],
  );
  assert.equal(kindsOf(logOf("detections").logId), ["genesis", "detection", "detection"]);
});

test("on a full disk a detection is refused in words, and stored when there is room again", () => {
  watch(world, "ABC123");
  const pages = world.store.db.pragma("page_count", { simple: true }) as number;
  world.store.db.pragma(`max_page_count = ${pages}`);
  const drafts = Array.from({ length: 120 }, (_, n) => draftOf(`F${n}`, world.now));
  const full = world.store.run(drafts.map((draft) => ({ verb: "appendDetection" as const, args: [draft] })));
  const refused = full.outcomes.filter((outcome) => !outcome.ok);
  assert.ok(refused.length > 0);
  assert.match(refused[0]!.ok ? "" : refused[0]!.words, /^The disk is full\./);
  assert.ok(full.news.some((news) => news.kind === "trouble"));
  const kept = logOf("detections").head.next;
  assert.is(kept - 1, full.outcomes.length - refused.length);
  world.store.db.pragma("max_page_count = 1000000");
  const again = world.store.run(drafts.map((draft) => ({ verb: "appendDetection" as const, args: [draft] })));
  assert.ok(again.outcomes.every((outcome) => outcome.ok));
  assert.is(kindsOf(logOf("detections").logId).length, 121);
  assert.is(world.store.verb("appendDetection", draftOf("ABC123", world.now)).raised.length, 1);
});

test("a dropped picture leaves a record and is never offered", () => {
  const image = { role: "crop" as const, sha256: sha256Of("crop"), bytes: 4 };
  const scene = { role: "full" as const, sha256: sha256Of("scene"), bytes: 5 };
  const reading = readingOf("ABC123", { images: [image, scene] });
  world.store.verb("appendDetection", draftOf(null, world.now, { reading, dropped: [{ sha256: scene.sha256, why: "the disk is full" }] }));
  const { logId } = logOf("detections");
  assert.equal(kindsOf(logId), ["genesis", "detection", "image-dropped"]);
  world.store.verb("noteAcknowledged", logId, 3, 0);
  assert.equal(
    reader()
      .waitingImages(9)
      .map((one) => [one.sha256, one.priority]),
    [[image.sha256, 2]],
  );
});

test("pictures are offered once a record that names them is acknowledged, alerts' crops first", () => {
  watch(world, "ABC123");
  const images = (name: string) => [
    { role: "full" as const, sha256: sha256Of(`${name} full`), bytes: 5 },
    { role: "crop" as const, sha256: sha256Of(`${name} crop`), bytes: 4 },
  ];
  world.store.verb("appendDetection", draftOf(null, world.now, { reading: readingOf("ZZZ999", { images: images("plain") }) }));
  world.store.verb("appendDetection", draftOf(null, world.now, { reading: readingOf("ABC123", { images: images("alert") }) }));
  assert.equal(reader().waitingImages(9), []);
  assert.is(reader().waitingImageCount(), 4);
  const { logId, head } = logOf("urgent");
  world.store.verb("noteAcknowledged", logId, head.next, 0);
  const hashes = () =>
    reader()
      .waitingImages(9)
      .map((one) => one.sha256);
  assert.equal(hashes(), [sha256Of("alert crop"), sha256Of("alert full")]);
  world.store.verb("noteAcknowledged", logOf("detections").logId, 3, 0);
  assert.equal(hashes(), [sha256Of("alert crop"), sha256Of("alert full"), sha256Of("plain crop"), sha256Of("plain full")]);
  world.store.verb("noteImageSent", sha256Of("alert crop"), "stored");
  assert.is(hashes()[0], sha256Of("alert full"));
  assert.is(reader().waitingImageCount(), 3);
  world.store.verb("noteImageSent", sha256Of("alert crop"), "stored");
  assert.is(reader().waitingImageCount(), 3);
});

test("the spool is what central has not acknowledged", () => {
  const { logId } = logOf("detections");
  world.store.verb("noteAcknowledged", logId, 1, 0);
  world.store.verb("noteAcknowledged", logOf("urgent").logId, 1, 0);
  assert.is(reader().spoolBytes(), 0);
  world.store.verb("appendDetection", draftOf("ABC123", world.now));
  const [item] = reader().items(logId, 1, 1, 1000);
  assert.is(reader().spoolBytes(), item!.tail.length + item!.payload!.length);
  world.store.verb("noteAcknowledged", logId, 99, 0);
  assert.is(reader().spoolBytes(), 0);
  assert.is(logOf("detections").acknowledged, 2);
});

test("a camera's state is written once per change", () => {
  const status = (state: string) => world.store.verb("appendCameraStatus", CAMERA, state, "no answer", 1, world.now());
  const before = logOf("urgent").head.next;
  for (const state of ["watching", "watching", "silent", "silent", "watching"]) status(state);
  assert.is(logOf("urgent").head.next, before + 3);
});

test("an alert is worked: seen, verified, handed on; never handed on before it was verified", () => {
  watch(world, "ABC123");
  const { pass } = world.store.verb("appendDetection", draftOf("ABC123", world.now));
  const act = (verb: "acknowledge" | "verify" | "escalate" | "note", args = {}) =>
    world.store.verb("applyAlertOp", { pass, verb, seen: null, args, author: "Miriam", moment: world.now() });
  assert.is(act("acknowledge").kind, "done");
  assert.is(act("escalate", { to: "coordinator" }).kind, "verify-first");
  assert.is(act("verify", { outcome: "it-is-them" }).kind, "done");
  assert.is(act("note").kind, "invalid");
  assert.is(act("escalate", { to: "coordinator", how: "telephone" }).kind, "done");
  const other = {
    pass: LIST as string as typeof pass,
    verb: "verify" as const,
    seen: null,
    args: {},
    author: "Miriam",
    moment: world.now(),
  };
  assert.is(world.store.verb("applyAlertOp", other).kind, "unknown-alert");
});

test("an op whose bytes a worn card changed, so that they name another pass, holds up none of the item's next ones", () => {
  watch(world, "WORN77");
  const { pass } = world.store.verb("appendDetection", draftOf("WORN77", world.now));
  const act = (verb: "acknowledge" | "verify") =>
    world.store.verb("applyAlertOp", { pass, verb, seen: null, args: {}, author: "Miriam", moment: world.now() });
  assert.is(act("acknowledge").kind, "done");
  const [op] = world.rows.alerts.opsOfPass(pass);
  const payload = Buffer.from(world.rows.logs.recordAt(op!.log, op!.seq)!.payload!);
  payload[payload.indexOf(Buffer.from(pass.replaceAll("-", ""), "hex")) + 15]! ^= 1;
  world.store.db.prepare("update records set payload = ? where log = ? and seq = ?").run(payload, op!.log, op!.seq);
  assert.is(act("verify").kind, "done");
  assert.is(alertOpsOf(world.rows, pass).length, 1);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../crypto/load-sodium.ts";
import type { BootId, LogId, Rid } from "../model/ids.ts";
import { appendRecord, beginLog, chainItems, EMPTY_LOG, logIdOfGenesis, type RecordDraft, type WireItem } from "./chain.ts";
import { sampleLog } from "./golden/sample-log.ts";
import { encodePositional, type Positional } from "./positional.ts";
import { chainRecord, decodeTail, encodeTail, kindOfNumber, payloadBytesMax, RECORD_KINDS, SALT_BYTES, sealPayload } from "./record.ts";

await loadSodium();
const log = sampleLog();
const items: readonly WireItem[] = log.records.map((one) => ({ tail: one.tailBytes, payload: one.payload }));
const MOMENT = { boot: "b007b007b007b007" as BootId, monoMs: 1, wallMs: 1_795_305_600_000, clockQuality: 3 };
const draft = (kind: RecordDraft["kind"], bytes: number): RecordDraft => ({
  kind,
  version: 1,
  rid: "01999999-0000-7000-8000-00000000d00d" as Rid,
  moment: MOMENT,
  salt: new Uint8Array(SALT_BYTES),
  fields: new Uint8Array(bytes),
});
const refusal = (changed: readonly WireItem[], logId: LogId = log.logId) => {
  const chained = chainItems(logId, EMPTY_LOG, changed);
  return chained.kind === "ok" ? "ok" : `${chained.at}: ${chained.why}`;
};
const withTail = (at: number, tail: Uint8Array): WireItem[] => items.map((item, index) => (index === at ? { ...item, tail } : item));

test("a log is named by its genesis record, and by nothing else", () => {
  assert.is(logIdOfGenesis(log.records[0]!.header), log.logId);
  const other = log.records[0]!.header.slice();
  other[40]! ^= 1;
  assert.is.not(logIdOfGenesis(other), log.logId);
  assert.throws(() => beginLog(draft("detection", 3)), /genesis/);
});

test("received items are chained into the very records that were written", () => {
  const chained = chainItems(log.logId, EMPTY_LOG, items);
  assert.is(chained.kind, "ok");
  if (chained.kind !== "ok") return;
  assert.equal(
    chained.records.map((one) => [...one.hash]),
    log.records.map((one) => [...one.hash]),
  );
  assert.equal(chained.head, log.head);
});

test("no items leave the log where it stands", () => {
  assert.equal(chainItems(log.logId, log.head, []), { kind: "ok", records: [], head: log.head });
});

test("an erased payload is vouched for by its digest: the hashes stay the same", () => {
  const erased = items.map((item, at) => (at === 1 ? { tail: item.tail, payload: null, digest: log.records[1]!.payloadDigest } : item));
  const chained = chainItems(log.logId, EMPTY_LOG, erased);
  assert.ok(chained.kind === "ok" && chained.records[1]!.payload === null);
  assert.ok(chained.kind === "ok" && chained.head.head.every((byte, at) => byte === log.head.head[at]));
});

test("another digest, another payload, another log or another predecessor gives another hash", () => {
  const hashOf = (changed: readonly WireItem[], logId = log.logId, from = EMPTY_LOG) => {
    const chained = chainItems(logId, from, changed);
    return chained.kind === "ok" ? Buffer.from(chained.head.head).toString("hex") : "refused";
  };
  const digest = items.map((item, at) => (at === 1 ? { tail: item.tail, payload: null, digest: new Uint8Array(32) } : item));
  const payload = items.map((item, at) => (at === 1 ? { ...item, payload: new Uint8Array([...item.payload!, 0]) } : item));
  const hashes = [
    hashOf(items),
    hashOf(digest),
    hashOf(payload),
    hashOf(items, "11".repeat(16) as LogId),
    hashOf(items, log.logId, { next: 0, head: new Uint8Array(32).fill(1) }),
  ];
  assert.is(new Set(hashes).size, hashes.length);
  assert.not.ok(hashes.includes("refused"));
});

test("a missing record, a doubled one and exchanged ones are refused where they stand", () => {
  assert.match(refusal([items[0]!, items[2]!]), /^1: seq 2 where 1 was due/);
  assert.match(refusal([items[0]!, items[0]!]), /^1: seq 0 where 1 was due/);
  assert.match(refusal([items[1]!, items[0]!]), /^0: seq 1 where 0 was due/);
});

test("a payload that is nil without a digest of 32 bytes is refused", () => {
  for (const digest of [undefined, new Uint8Array(31), new Uint8Array(33)]) {
    const item = { tail: items[0]!.tail, payload: null, ...(digest === undefined ? {} : { digest }) };
    assert.match(refusal([item]), /^0: tail or digest/);
  }
});

test("a tail of another form, or of more than 128 bytes, is refused", () => {
  const tail = (...fields: Positional[]) => encodePositional(fields);
  const rid = new Uint8Array(16);
  const boot = new Uint8Array(8);
  assert.ok(decodeTail(tail(0, 2, 1, rid, boot, 0, 0, 0)));
  const wrong = [
    tail(0, 2, 1, rid, boot, 0, 0),
    tail(-1, 2, 1, rid, boot, 0, 0, 0),
    tail(0.5, 2, 1, rid, boot, 0, 0, 0),
    tail(0, "detection", 1, rid, boot, 0, 0, 0),
    tail(0, 2, 1, rid.subarray(1), boot, 0, 0, 0),
    tail(0, 2, 1, rid, boot.subarray(1), 0, 0, 0),
    tail(0, 2, 1, rid, boot, 2n ** 60n, 0, 0),
    tail(0, 2, 1, rid, boot, 0, null, 0),
    tail(0, 2, 1, rid, boot, 0, 0, 0, new Uint8Array(100)),
    encodePositional("tail"),
    new Uint8Array(),
  ];
  for (const bytes of wrong) {
    assert.is(decodeTail(bytes), undefined);
    assert.match(refusal(withTail(0, bytes)), /^0: tail or digest/);
  }
});

test("a tail keeps what a later release appends to it, unread", () => {
  const longer = encodePositional([0, 2, 1, new Uint8Array(16), new Uint8Array(8), 0, 0, 0, "later"]);
  const record = chainRecord(log.logId, EMPTY_LOG.head, longer, new Uint8Array(20));
  assert.equal(record?.tailBytes, longer);
  assert.is(record?.tail.kind, RECORD_KINDS.detection);
});

test("a tail of our own beyond 128 bytes cannot happen, and a salt has 16 bytes", () => {
  const largest = { seq: 2 ** 32 - 1, kind: 255, version: 255, rid: draft("gap", 0).rid, ...MOMENT, clockQuality: 4 };
  assert.ok(encodeTail(largest).length <= 128);
  assert.throws(() => sealPayload(new Uint8Array(15), new Uint8Array()), /salt/);
});

test("kinds that this release does not know have no name, and are chained all the same", () => {
  assert.is(kindOfNumber(99), undefined);
  assert.is(kindOfNumber(RECORD_KINDS["alert-op"]), "alert-op");
  const unknown = encodePositional([0, 99, 1, new Uint8Array(16), new Uint8Array(8), 0, 0, 0]);
  assert.is(refusal([{ tail: unknown, payload: new Uint8Array(20) }]), "ok");
});

test("a record larger than its kind may be is a bug here, before it can stop the log at central", () => {
  assert.is(payloadBytesMax("detection"), 8 * 1024);
  assert.is(payloadBytesMax("alert"), 16 * 1024);
  for (const kind of ["detection", "alert"] as const) {
    const most = payloadBytesMax(kind) - SALT_BYTES;
    assert.is(appendRecord(log.logId, log.head, draft(kind, most)).head.next, log.head.next + 1);
    assert.throws(() => appendRecord(log.logId, log.head, draft(kind, most + 1)), /more than/);
  }
});

test.run();

import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../crypto/load-sodium.ts";
import { bytesToHex, hexToBytes, type LogId } from "../../model/ids.ts";
import { decodeRehome, encodeRehome, REHOME_HOPS_MAX, rehomedFrom } from "../payloads/rehome-payload.ts";
import { chainRecord, type LogRecord, payloadBytesMax, RECORD_KINDS, sealPayload } from "../record.ts";
import { sampleLog } from "./sample-log.ts";

await loadSodium();
const golden = JSON.parse(readFileSync(new URL("./rehome-v1.json", import.meta.url), "utf8")) as { carried: string; erased: string; again: string };
const log = sampleLog();
const [, detection, alert] = log.records as [LogRecord, LogRecord, LogRecord];
const erased: LogRecord = { ...detection, payload: null };

/** The record that carries `fields` in a log of its own, as number `seq`. */
function carrying(fields: Uint8Array, logId: LogId, seq: number): LogRecord {
  const { rid, boot } = detection.tail;
  const tail = { seq, kind: RECORD_KINDS.rehome, version: 1, rid, boot, monoMs: 1, wallMs: 1, clockQuality: 3 };
  return { ...detection, tail, payload: sealPayload(new Uint8Array(16), fields), header: new Uint8Array(64).fill(seq), hash: hexToBytes(logId) };
}
const LOG_2 = "22".repeat(16) as LogId;

test("today's code makes the released bytes of a re-homed record, of an erased one, and of one that was re-homed before", () => {
  const fields = encodeRehome(rehomedFrom(log.logId, detection));
  assert.is(bytesToHex(fields), golden.carried);
  assert.is(bytesToHex(encodeRehome(rehomedFrom(log.logId, erased))), golden.erased);
  assert.is(bytesToHex(encodeRehome(rehomedFrom(LOG_2, carrying(fields, LOG_2, 7)))), golden.again);
});

test("the released bytes give back the record with the hash it was signed under", () => {
  for (const text of [golden.carried, golden.erased, golden.again]) {
    const rehomed = decodeRehome(hexToBytes(text))!;
    assert.is(rehomed.logId, log.logId);
    assert.is(bytesToHex(rehomed.record.hash), bytesToHex(detection.hash));
    assert.is(rehomed.record.tail.rid, detection.tail.rid);
  }
  assert.equal(decodeRehome(hexToBytes(golden.again))!.hops, [{ logId: LOG_2, seq: 7 }]);
  assert.is(decodeRehome(hexToBytes(golden.erased))!.record.payload, null);
});

test("one changed bit of the carried record gives another hash, or no record", () => {
  for (let byte = 0; byte < golden.carried.length / 2 - 1; byte += 3) {
    const bytes = hexToBytes(golden.carried);
    bytes[byte]! ^= 1;
    const rehomed = decodeRehome(bytes);
    assert.is.not(rehomed === undefined ? "" : bytesToHex(rehomed.record.hash), bytesToHex(detection.hash), `byte ${byte}`);
  }
});

test("only the newest eight hops are kept, and the innermost record always", () => {
  let rehomed = rehomedFrom(log.logId, alert);
  for (let hop = 1; hop <= 12; hop++) rehomed = rehomedFrom(LOG_2, carrying(encodeRehome(rehomed), LOG_2, hop));
  assert.equal(rehomed.hops.map((one) => one.seq), [5, 6, 7, 8, 9, 10, 11, 12]);
  assert.is(rehomed.hops.length, REHOME_HOPS_MAX);
  assert.is(bytesToHex(rehomed.record.hash), bytesToHex(alert.hash));
});

test("the largest record of any kind fits into one that carries it over eight hops", () => {
  const payload = new Uint8Array(payloadBytesMax("alert"));
  const largest = chainRecord(log.logId, alert.header.slice(0, 32), alert.tailBytes, payload)!;
  const hops = Array.from({ length: REHOME_HOPS_MAX }, (_, at) => ({ logId: LOG_2, seq: 4_000_000_000 + at }));
  assert.ok(encodeRehome({ logId: log.logId, record: largest, hops }).length + 16 <= payloadBytesMax("rehome"));
});

test("what is no record, or carries a record that carries another, is none", () => {
  const inner = carrying(encodeRehome(rehomedFrom(log.logId, detection)), LOG_2, 3);
  assert.is(decodeRehome(new Uint8Array([0x90])), undefined);
  assert.is(decodeRehome(new Uint8Array([0xc1])), undefined);
  assert.is(decodeRehome(encodeRehome({ logId: LOG_2, record: { ...inner, tailBytes: new Uint8Array([0x90]) }, hops: [] })), undefined);
});

test.run();

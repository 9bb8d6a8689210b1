import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../crypto/load-sodium.ts";
import { bytesToHex } from "../../model/ids.ts";
import { chainItems, EMPTY_LOG } from "../chain.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { decodeAlert } from "../payloads/alert-payload.ts";
import { decodeDetection } from "../payloads/detection-payload.ts";
import { SALT_BYTES } from "../record.ts";
import { RID, SAMPLE_DETECTION, SAMPLE_FINDING, sampleLog } from "./sample-log.ts";
import { verifyStoredLog } from "./verify-log.ts";

await loadSodium();
const golden = JSON.parse(readFileSync(new URL("./log-v1.json", import.meta.url), "utf8")) as {
  logId: string; publicKey: string; records: { header: string; payload: string; tail: string; hash: string }[]; checkpoint: string; signature: string;
};
const hex = (text: string) => Buffer.from(text, "hex");
const stored = () => ({
  logId: hex(golden.logId), publicKey: hex(golden.publicKey), headers: golden.records.map((one) => hex(one.header)),
  payloads: golden.records.map((one) => hex(one.payload)), checkpoint: hex(golden.checkpoint), signature: hex(golden.signature),
});

test("today's code makes the released bytes of version 1, to the bit", () => {
  const made = sampleLog();
  assert.is(made.logId, golden.logId);
  for (const [seq, record] of made.records.entries()) {
    assert.is(bytesToHex(record.header), golden.records[seq]!.header, `header of record ${seq}`);
    assert.is(bytesToHex(record.payload!), golden.records[seq]!.payload, `payload of record ${seq}`);
    assert.is(bytesToHex(record.hash), golden.records[seq]!.hash, `hash of record ${seq}`);
  }
  assert.is(bytesToHex(made.checkpoint.bytes), golden.checkpoint);
  assert.is(bytesToHex(made.checkpoint.signature), golden.signature);
});

test("a verifier that knows only the specification accepts the golden log", () => {
  assert.is(verifyStoredLog(stored()), "ok");
});

test("that verifier refuses any single changed bit of headers, payloads, checkpoint and signature", () => {
  let refused = 0;
  const fields = [...golden.records.keys()].flatMap((seq) => [["headers", seq] as const, ["payloads", seq] as const]);
  for (const [field, seq] of fields) {
    for (let byte = 0; byte < stored()[field][seq]!.length; byte += 7) {
      const log = stored();
      log[field][seq]![byte]! ^= 1 << (byte % 8);
      assert.is.not(verifyStoredLog(log), "ok", `${field} ${seq}, byte ${byte}`);
      refused += 1;
    }
  }
  for (const field of ["checkpoint", "signature"] as const) {
    for (let byte = 0; byte < stored()[field].length; byte++) {
      const log = stored();
      log[field][byte]! ^= 1;
      assert.is.not(verifyStoredLog(log), "ok", `${field}, byte ${byte}`);
      refused += 1;
    }
  }
  assert.ok(refused > 150);
});

test("today's reader reads the released bytes back into the same detection and finding", () => {
  const payload = hex(golden.records[1]!.payload).subarray(SALT_BYTES);
  assert.equal(decodeDetection(RID, payload), SAMPLE_DETECTION);
  const alert = decodeAlert(hex(golden.records[2]!.payload).subarray(SALT_BYTES))!;
  assert.equal(alert.finding, SAMPLE_FINDING);
  assert.is(bytesToHex(alert.detection.payload), golden.records[1]!.payload);
});

test("what travels is enough to rebuild headers, hashes and the checkpoint's head", () => {
  const items = golden.records.map((one) => ({ tail: hex(one.tail), payload: hex(one.payload) }));
  const chained = chainItems(golden.logId as never, EMPTY_LOG, items);
  assert.is(chained.kind, "ok");
  if (chained.kind !== "ok") return;
  const checkpoint = openCheckpoint({ bytes: hex(golden.checkpoint), signature: hex(golden.signature) }, hex(golden.publicKey))!;
  assert.is(bytesToHex(checkpoint.headHash), bytesToHex(chained.head.head));
  assert.is(checkpoint.next, 3);
});

test("milliseconds stand as uint64 (0xcf), never as floats", () => {
  const tail = golden.records[1]!.tail;
  assert.ok(tail.includes(`cf${(6_000).toString(16).padStart(16, "0")}`), "monoMs");
  assert.ok(tail.includes(`cf${(1_795_305_601_000).toString(16).padStart(16, "0")}`), "wallMs");
  assert.not.ok(tail.includes("cb42"), "no float64 of this size");
});

test.run();

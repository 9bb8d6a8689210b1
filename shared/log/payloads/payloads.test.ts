/** Every kind comes back as it was written; every wrong form is undefined, and nothing throws. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AlertOp } from "../../model/alert.ts";
import type { Revision } from "../../model/detection.ts";
import type {
  AlertId,
  BootId,
  CameraId,
  CollectorId,
  CommandId,
  EntryId,
  Hlc,
  ListId,
  LogId,
  Plate,
  Rid,
  Sha256,
} from "../../model/ids.ts";
import { bytesToHex, hexToBytes } from "../../model/ids.ts";
import { ENTRY_FIELDS, type EntryField, type EntryOp } from "../../model/watchlist.ts";
import { SAMPLE_DETECTION, SAMPLE_FINDING } from "../golden/sample-log.ts";
import { decodePositional, encodePositional, type Positional } from "../positional.ts";
import { payloadBytesMax, SALT_BYTES } from "../record.ts";
import { decodeAlertOp, encodeAlertOp } from "./alert-op-payload.ts";
import { decodeAlert, encodeAlert } from "./alert-payload.ts";
import { type CommandResult, decodeCommandResult, encodeCommandResult, RESULT_DETAIL_BYTES_MAX } from "./command-result-payload.ts";
import { decodeDetection, decodeRevision, encodeDetection, encodeRevision } from "./detection-payload.ts";
import { decodeEntryOp, encodeEntryOp } from "./entry-op-payload.ts";
import { decodeReturnedDelta, encodeReturnedDelta, RETURNED_FRAME_BYTES_MAX } from "./returned-delta-payload.ts";
import {
  decodeCameraStatus,
  decodeClockFix,
  decodeGenesis,
  decodeImageDropped,
  decodeMissingRange,
  encodeCameraStatus,
  encodeClockFix,
  encodeGenesis,
  encodeImageDropped,
  encodeMissingRange,
} from "./site-payloads.ts";

const RID = SAMPLE_DETECTION.rid;
const OTHER = "01999999-0000-7000-8000-00000000d002" as Rid;
const LOG = "10".repeat(16) as LogId;
const BARE = {
  ...SAMPLE_DETECTION,
  pass: OTHER,
  cameraTimeMs: null,
  cameraOffsetMinutes: null,
  plate: null,
  plateRead: null,
  confidence: null,
  characterConfidence: null,
  region: null,
  direction: "unknown",
  lane: null,
  vehicle: null,
  speedKmh: null,
  box: null,
  images: [],
  test: true,
  historical: true,
} as const;
const { pass: _pass, ...READING } = SAMPLE_DETECTION;
const REVISION: Revision = {
  ...READING,
  rid: OTHER,
  revises: RID,
  plate: "7" as Plate,
  plateRead: "七",
  confidence: { value: 0.5, scale: 1 },
};
const ENTRY_OP: EntryOp = {
  rid: RID,
  list: "01999999-0000-7000-8000-000000000115" as ListId,
  entry: "01999999-0000-7000-8000-00000000e001" as EntryId,
  causalLength: 3,
  set: (Object.keys(ENTRY_FIELDS) as EntryField[]).map((field) => [
    field,
    field === "listCritical" || field === "listKeepWins" ? true : /Ms$|Max$/.test(field) ? 1_795_305_600_000 : `text of ${field} שלום`,
  ]),
  hlc: "0001a20114c80007" as Hlc,
  reason: "",
  author: "Miriam",
};
const ALERT_OP: AlertOp = {
  rid: RID,
  pass: OTHER,
  seen: ["01999999-0000-8000-8000-00000000a1e7" as AlertId],
  verb: "escalate",
  hlc: "0001a20114c80007" as Hlc,
  author: "David",
  args: { text: "two people inside", to: "police", how: "phone", reference: "4711" },
  relies: OTHER,
};
const ALERT = {
  finding: { ...SAMPLE_FINDING, pass: OTHER, listName: "ל".repeat(1_000), listOwner: "o".repeat(1_000), reason: "r".repeat(1_000) },
  detection: { logId: LOG, prevHash: new Uint8Array(32).fill(1), tail: new Uint8Array(40).fill(2), payload: new Uint8Array(300).fill(3) },
};
const GENESIS = {
  deviceKey: new Uint8Array(32).fill(1),
  collector: "01999999-0000-7000-8000-0000000000c1" as CollectorId,
  class: "urgent",
  nonce: new Uint8Array(16).fill(2),
  previous: { logId: LOG, next: 12, hash: new Uint8Array(32).fill(3) },
  reason: "the log forked",
} as const;
const STATUS = { camera: "01999999-0000-7000-8000-0000000000ca" as CameraId, state: "silent", detail: "no message", sinceMs: 5 } as const;
const DROPPED = { detection: RID, sha256: "ab".repeat(32) as Sha256, why: "the disk is full" };
const FIX = { boot: "b007b007b007b007" as BootId, monoMs: 10, utcMs: 1_795_305_600_000, uncertaintyMs: 4, source: "heartbeat" };
const RANGE = { logId: LOG, from: 3, to: 2 ** 32 - 1, why: "pruned by rule" };

const RESULT: CommandResult = {
  command: "01999999-0000-7000-8000-00000000c0de" as CommandId,
  outcome: "rolled-back",
  words: "Central was not reached; the configuration before it is in force again.",
  configRevision: 2 ** 33,
  detail: new Uint8Array(300).fill(4),
};

interface Kind {
  readonly name: string;
  readonly fields: Uint8Array;
  readonly decode: (fields: Uint8Array) => unknown;
  readonly value: unknown;
}

const KINDS: readonly Kind[] = [
  {
    name: "detection",
    fields: encodeDetection(SAMPLE_DETECTION),
    decode: (fields) => decodeDetection(RID, fields),
    value: SAMPLE_DETECTION,
  },
  { name: "detection with nothing said", fields: encodeDetection(BARE), decode: (fields) => decodeDetection(RID, fields), value: BARE },
  { name: "revision", fields: encodeRevision(REVISION), decode: (fields) => decodeRevision(OTHER, fields), value: REVISION },
  { name: "entry-op", fields: encodeEntryOp(ENTRY_OP), decode: (fields) => decodeEntryOp(RID, fields), value: ENTRY_OP },
  { name: "alert-op", fields: encodeAlertOp(ALERT_OP), decode: (fields) => decodeAlertOp(RID, fields), value: ALERT_OP },
  { name: "alert", fields: encodeAlert(ALERT), decode: decodeAlert, value: ALERT },
  { name: "genesis", fields: encodeGenesis(GENESIS), decode: decodeGenesis, value: GENESIS },
  { name: "camera-status", fields: encodeCameraStatus(STATUS), decode: decodeCameraStatus, value: STATUS },
  { name: "image-dropped", fields: encodeImageDropped(DROPPED), decode: decodeImageDropped, value: DROPPED },
  { name: "clock-fix", fields: encodeClockFix(FIX), decode: decodeClockFix, value: FIX },
  { name: "command-result", fields: encodeCommandResult(RESULT), decode: decodeCommandResult, value: RESULT },
  { name: "gap and pruned", fields: encodeMissingRange(RANGE), decode: decodeMissingRange, value: RANGE },
];

for (const { name, fields, decode, value } of KINDS) {
  test(`${name}: comes back as it was written`, () => {
    assert.equal(plain(decode(fields)), plain(value));
  });

  test(`${name}: a field that a later release appends is ignored`, () => {
    assert.equal(plain(decode(encodePositional([...fieldsOf(fields), "of a later release"]))), plain(value));
  });

  test(`${name}: what is no array of fields is undefined`, () => {
    for (const wrong of [null, 7, "text", [], [[]], new Uint8Array(3)]) assert.is(decode(encodePositional(wrong)), undefined);
    assert.is(decode(new Uint8Array()), undefined);
    for (let length = 1; length < fields.length; length++) assert.is(decode(fields.subarray(0, length)), undefined, `${length} bytes`);
  });

  test(`${name}: no changed byte makes the reader throw (seed 0x10c)`, () => {
    fc.assert(
      fc.property(fc.nat(fields.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = fields.slice();
        changed[at]! ^= flip;
        decode(changed);
      }),
      { seed: 0x10c, numRuns: 1_000 },
    );
  });
}

/** The fields of `fields` with one of them replaced. */
function withField(fields: Uint8Array, at: number, value: Positional): Uint8Array {
  return encodePositional(fieldsOf(fields).map((one, index) => (index === at ? value : one)));
}

/** Decoded fields, ready to be written again: a time comes back as a number. */
function fieldsOf(bytes: Uint8Array): Positional[] {
  const decoded = decodePositional(bytes);
  if (decoded.kind !== "ok" || !Array.isArray(decoded.value)) throw new Error("not fields");
  return (decoded.value as Positional[]).map(writable);
}

function writable(value: Positional): Positional {
  if (typeof value === "number" && Number.isInteger(value) && value >= 2 ** 32) return BigInt(value);
  return Array.isArray(value) ? (value as Positional[]).map(writable) : value;
}

test("a detection with a field of another form, or beyond its bound, is undefined", () => {
  const wrong: [number, Positional][] = [
    [0, new Uint8Array(15)],
    [1, null],
    [2, "noon"],
    [4, "x".repeat(65)],
    [4, 7],
    [6, Number.MAX_VALUE.toString()],
    [7, 10],
    [7, null],
    [8, [1, 2]],
    [10, 3],
    [10, -1],
    [12, "suv"],
    [14, [1, 2, 3]],
    [15, null],
    [15, new Array<Positional>(5).fill([1, new Uint8Array(32), 1])],
    [15, [[0, new Uint8Array(32), 1]]],
    [15, [[4, new Uint8Array(32), 1]]],
    [15, [[1, new Uint8Array(31), 1]]],
    [16, 0.5],
  ];
  for (const [at, value] of wrong) {
    assert.is(decodeDetection(RID, withField(encodeDetection(SAMPLE_DETECTION), at, value)), undefined, `field ${at}: ${String(value)}`);
  }
});

test("a verb, a match or a class that this release does not know is undefined, never taken for another", () => {
  for (const verb of [0, 6, -1, "note"]) assert.is(decodeAlertOp(RID, withField(encodeAlertOp(ALERT_OP), 2, verb)), undefined);
  for (const match of [0, 4]) assert.is(decodeAlert(withField(encodeAlert(ALERT), 5, match)), undefined);
  for (const logClass of [0, 3]) assert.is(decodeGenesis(withField(encodeGenesis(GENESIS), 2, logClass)), undefined);
  assert.is(decodeCameraStatus(withField(encodeCameraStatus(STATUS), 1, "asleep")), undefined);
});

test("an alert op that saw what is no alert id, or more than 256 of them, is undefined", () => {
  for (const seen of [null, ["text"], [new Uint8Array(15)], new Array<Uint8Array>(257).fill(new Uint8Array(16))]) {
    assert.is(decodeAlertOp(RID, withField(encodeAlertOp(ALERT_OP), 1, seen)), undefined);
  }
});

test("an entry field that this release does not know is left out, and the op stays readable", () => {
  const fields = withField(encodeEntryOp(ENTRY_OP), 3, [
    [200, "of a later release"],
    [2, "seen twice"],
  ]);
  assert.equal(decodeEntryOp(RID, fields)?.set, [["reason", "seen twice"]]);
});

test("an entry field whose value is no text, bool or whole number is undefined", () => {
  for (const value of [null, 1.5, [1], new Uint8Array(2), "x".repeat(2_001)]) {
    assert.is(decodeEntryOp(RID, withField(encodeEntryOp(ENTRY_OP), 3, [[2, value]])), undefined);
  }
  assert.is(decodeEntryOp(RID, withField(encodeEntryOp(ENTRY_OP), 3, new Array<Positional>(33).fill([2, "a"]))), undefined);
});

test("an outcome that this release does not know is undefined, long words are cut, a detail beyond its bound is never made", () => {
  for (const outcome of [0, 6]) assert.is(decodeCommandResult(withField(encodeCommandResult(RESULT), 1, outcome)), undefined);
  const longest = { ...RESULT, words: "ש".repeat(2_000), detail: new Uint8Array(RESULT_DETAIL_BYTES_MAX) };
  const fields = encodeCommandResult(longest);
  assert.ok(fields.length + SALT_BYTES <= payloadBytesMax("command-result"), `${fields.length} bytes`);
  assert.is(decodeCommandResult(fields)?.words.length, 1_000);
  assert.throws(() => encodeCommandResult({ ...RESULT, detail: new Uint8Array(RESULT_DETAIL_BYTES_MAX + 1) }), /too large/);
});

test("a camera's long explanation is cut to what the reader takes", () => {
  const decoded = decodeCameraStatus(encodeCameraStatus({ ...STATUS, detail: "x".repeat(2_000) }));
  assert.is(decoded?.detail.length, 500);
});

/** Bytes compare by content, whatever kind of array holds them. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

test("returned-delta: a frame as central signed it, in fixed bytes; a larger one than a record takes is not read", () => {
  assert.is(bytesToHex(encodeReturnedDelta(new Uint8Array([1, 2, 3]))), "91c403010203");
  assert.equal(decodeReturnedDelta(hexToBytes("91c403010203")), new Uint8Array([1, 2, 3]));
  const largest = encodeReturnedDelta(new Uint8Array(RETURNED_FRAME_BYTES_MAX));
  assert.ok(largest.length + SALT_BYTES <= payloadBytesMax("returned-delta"));
  assert.is(decodeReturnedDelta(encodeReturnedDelta(new Uint8Array(RETURNED_FRAME_BYTES_MAX + 1))), undefined);
});

test.run();

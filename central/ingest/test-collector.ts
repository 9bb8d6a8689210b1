/**
 * A collector for tests and benches: real keys, real signed logs, real APPENDs, made with the code that edges use, without a disk.
 */
import { createHash, randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";
import { makeSigner, type Signer, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { appendRecord, beginLog, EMPTY_LOG, type LogHead, type Moment, type WireItem } from "../../shared/log/chain.ts";
import { type SignedCheckpoint, signCheckpoint } from "../../shared/log/checkpoint.ts";
import { DETECTION_VERSION, encodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import { encodeGenesis, type Genesis, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import type { LogClass, LogRecord, RecordKind } from "../../shared/log/record.ts";
import type { Detection } from "../../shared/model/detection.ts";
import {
  type BootId,
  bytesToHex,
  type CollectorId,
  hexId,
  type LogId,
  type Plate,
  type Rid,
  type SessionId,
  uuid,
} from "../../shared/model/ids.ts";
import { packItems } from "../../shared/protocol/append-body.ts";
import type { Append, Hello } from "../../shared/protocol/frames.ts";
import { PROTOCOL_MAX, PROTOCOL_MIN } from "../../shared/protocol/limits.ts";
import { helloSignedBytes, UNKNOWN_CENTRAL } from "../../shared/protocol/signed-bytes.ts";
import { nodeZstd } from "../merge/zstd.ts";

export interface TestCollector {
  readonly id: CollectorId;
  readonly deviceKey: Uint8Array;
  readonly sign: Signer;
  readonly boot: BootId;
  readonly session: SessionId;
}

export function testCollector(id: CollectorId = uuid<CollectorId>(uuidv7())): TestCollector {
  const keys = signingKeysFromSeed(new Uint8Array(randomBytes(32)));
  const boot = bytesToHex(randomBytes(8)) as BootId;
  return { id, deviceKey: keys.publicKey, sign: makeSigner(keys), boot, session: hexId<SessionId>(new Uint8Array(randomBytes(16))) };
}

/** One log with everything it ever held. */
export interface TestLog {
  readonly logId: LogId;
  readonly class: LogClass;
  readonly records: LogRecord[];
  readonly heads: LogHead[];
  readonly owner: TestCollector;
}

export function testLog(
  owner: TestCollector,
  logClass: LogClass = "detections",
  collectorInGenesis: CollectorId = owner.id,
  previous: Genesis["previous"] = null,
): TestLog {
  const genesis = {
    deviceKey: owner.deviceKey,
    collector: collectorInGenesis,
    class: logClass,
    nonce: new Uint8Array(randomBytes(16)),
    previous,
    reason: "install",
  };
  const { logId, record, head } = beginLog({
    kind: "genesis",
    version: SMALL_VERSION,
    rid: newRid(),
    moment: momentOf(owner, Date.now()),
    salt: new Uint8Array(randomBytes(16)),
    fields: encodeGenesis(genesis),
  });
  return { logId, class: logClass, records: [record], heads: [EMPTY_LOG, head], owner };
}

export const newRid = (): Rid => uuid<Rid>(uuidv7());

export function momentOf(owner: TestCollector, wallMs: number, clockQuality = 3): Moment {
  return { boot: owner.boot, monoMs: Math.max(0, wallMs - 1_700_000_000_000), wallMs, clockQuality };
}

export interface TestRecord {
  readonly kind: RecordKind;
  readonly version?: number;
  readonly rid?: Rid;
  readonly fields: Uint8Array;
  readonly moment?: Moment;
}

/** Adds a record to the log; answers its rid. */
export function addRecord(log: TestLog, { kind, version = 1, rid = newRid(), fields, moment }: TestRecord): Rid {
  const draft = { kind, version, rid, fields, salt: new Uint8Array(randomBytes(16)), moment: moment ?? momentOf(log.owner, Date.now()) };
  const { record, head } = appendRecord(log.logId, log.heads.at(-1)!, draft);
  log.records.push(record);
  log.heads.push(head);
  return rid;
}

export function addDetection(log: TestLog, reading: Partial<Detection> = {}, moment?: Moment): Detection {
  const rid = reading.rid ?? newRid();
  const detection = { ...sampleDetection(rid), ...reading, rid };
  addRecord(log, { kind: "detection", version: DETECTION_VERSION, rid, fields: encodeDetection(detection), ...(moment ? { moment } : {}) });
  return detection;
}

/** As full as a good camera's message: two pictures, vehicle, box. */
export function sampleDetection(rid: Rid): Detection {
  const digest = (text: string) => createHash("sha256").update(text).update(rid).digest("hex") as Detection["images"][number]["sha256"];
  const letters = bytesToHex(randomBytes(2)).toUpperCase();
  return {
    rid,
    pass: rid,
    camera: uuid("0199a0b0-0000-7000-8000-00000000ca01"),
    cameraTimeMs: Date.now(),
    cameraOffsetMinutes: -300,
    plate: `T${letters}` as Plate,
    plateRead: `T${letters}`,
    confidence: { value: 97, scale: 100 },
    characterConfidence: null,
    region: "US-NY",
    direction: "approaching",
    lane: 1,
    vehicle: { type: "car", colour: "white", make: null, model: null },
    speedKmh: null,
    box: { x: 412, y: 630, width: 92, height: 31 },
    images: [
      { role: "full", sha256: digest("full"), bytes: 61_234 },
      { role: "crop", sha256: digest("crop"), bytes: 14_321 },
    ],
    test: false,
    historical: false,
  };
}

export function checkpointAt(log: TestLog, next: number, sign: Signer = log.owner.sign): SignedCheckpoint {
  const { boot } = log.owner;
  return signCheckpoint({ logId: log.logId, next, headHash: log.heads[next]!.head, wallMs: Date.now(), clockQuality: 3, boot }, sign);
}

/** An APPEND of the records [from, from + count). */
export function appendOf(
  log: TestLog,
  from: number,
  count: number = log.records.length - from,
  session: SessionId = log.owner.session,
): Append {
  const items = log.records.slice(from, from + count).map((one): WireItem => ({ tail: one.tailBytes, payload: one.payload }));
  const body = packItems(items, nodeZstd);
  return { type: "append", session, logId: log.logId, fromSeq: from, count, ...body, checkpoint: checkpointAt(log, from + count) };
}

/** HELLO over these logs, signed for this API key; to a central that it does not know yet unless given. */
export function helloOf(owner: TestCollector, apiKey: string, logs: readonly TestLog[], centralId = UNKNOWN_CENTRAL): Hello {
  const claim = {
    session: owner.session,
    collectorId: owner.id,
    centralId,
    apiKeyDigest: new Uint8Array(createHash("sha256").update(apiKey).digest()),
  };
  return {
    type: "hello",
    protocolMin: PROTOCOL_MIN,
    protocolMax: PROTOCOL_MAX,
    collectorId: owner.id,
    deviceKey: owner.deviceKey,
    session: owner.session,
    logs: logs.map((log) => {
      const head = log.heads.at(-1)!;
      return { logId: log.logId, class: log.class, first: 0, next: head.next, head: head.head };
    }),
    boot: owner.boot,
    clock: { wallMs: Date.now(), monoMs: 0, quality: 3 },
    seen: null,
    feeds: [],
    spool: { bytes: 0, oldestMs: null, freeBytes: null, imagesWaiting: 0 },
    configRevision: 0,
    version: "test",
    signature: owner.sign(helloSignedBytes(claim)),
  };
}

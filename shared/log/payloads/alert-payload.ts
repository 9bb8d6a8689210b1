/**
 * Fields of `alert` version 1: a finding with the signed bytes of its detection, so that central can show the alert whole before the
 * other log has caught up.
 *
 *   0 alert (16)  1 pass (16; nil = the detection's rid)  2 entry (16)  3 list (16)  4 detection rid (16)
 *   5 match (1 exact, 2 confusable, 3 wildcard)  6 pattern  7 differences [[position, read, wanted]]  8 plate
 *   9 list version [generation (16), cursor, own ops]  10 list name  11 owner  12 critical  13 reason  14 expires, ms UTC
 *   15 detection's record [logId (16), prevHash (32), tail, payload]
 */
import type { Finding, MatchKind } from "../../model/alert.ts";
import {
  type AlertId,
  bytesToHex,
  bytesToUuid,
  type EntryId,
  hexId,
  hexToBytes,
  type ListId,
  type LogId,
  type Rid,
  uuidToBytes,
} from "../../model/ids.ts";
import { decodePositional, encodePositional, ms } from "../positional.ts";
import { PAYLOAD_BYTES_MAX, TAIL_BYTES_MAX } from "../record.ts";
import { FieldReader } from "./fields.ts";

export const ALERT_VERSION = 1;
const MATCHES: readonly (MatchKind | null)[] = [null, "exact", "confusable", "wildcard"];
/** As long as a field of an entry or of a list may be. */
const WORDS_MAX = 1_000;
const PLATE_MAX = 64;
const DIFFERENCES_MAX = 12;

/** The bytes that prove the detection an alert is about. */
export interface CarriedRecord {
  readonly logId: LogId;
  readonly prevHash: Uint8Array;
  readonly tail: Uint8Array;
  readonly payload: Uint8Array;
}

export interface AlertPayload {
  readonly finding: Finding;
  readonly detection: CarriedRecord;
}

export function encodeAlert({ finding, detection }: AlertPayload): Uint8Array {
  const { explanation, listVersion } = finding;
  return encodePositional([
    uuidToBytes(finding.alert),
    finding.pass === finding.detection ? null : uuidToBytes(finding.pass),
    uuidToBytes(finding.entry),
    uuidToBytes(finding.list),
    uuidToBytes(finding.detection),
    MATCHES.indexOf(explanation.kind),
    explanation.pattern,
    explanation.differences.map((one) => [one.at, one.read, one.wanted]),
    explanation.plate,
    [hexToBytes(listVersion.generation), listVersion.cursor, listVersion.overlay],
    finding.listName,
    finding.listOwner,
    finding.critical,
    finding.reason,
    ms(finding.expiresMs),
    [hexToBytes(detection.logId), detection.prevHash, detection.tail, detection.payload],
  ]);
}

export function decodeAlert(fields: Uint8Array): AlertPayload | undefined {
  const decoded = decodePositional(fields);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  const alert = bytesToUuid<AlertId>(reader.bytes(16));
  const pass = reader.bytesOrNull(16);
  const entry = bytesToUuid<EntryId>(reader.bytes(16));
  const list = bytesToUuid<ListId>(reader.bytes(16));
  const detection = bytesToUuid<Rid>(reader.bytes(16));
  const kind = reader.must(MATCHES[reader.count()] ?? undefined, "exact");
  const pattern = reader.text(WORDS_MAX);
  const differences = reader.list(DIFFERENCES_MAX, (one) => ({ at: one.count(), read: one.text(4), wanted: one.text(4) }));
  const plate = reader.text(PLATE_MAX);
  const listVersion = reader.nested((one) => ({ generation: bytesToHex(one.bytes(16)), cursor: one.count(), overlay: one.count() }));
  const finding: Finding = {
    alert,
    pass: pass === null ? detection : bytesToUuid<Rid>(pass),
    entry,
    list,
    detection,
    explanation: { kind, plate, pattern, differences },
    listVersion,
    listName: reader.text(WORDS_MAX),
    listOwner: reader.text(WORDS_MAX),
    critical: reader.flag(),
    reason: reader.text(WORDS_MAX),
    expiresMs: reader.count(),
  };
  const carried = reader.nested((one) => ({
    logId: hexId<LogId>(one.bytes(16)),
    prevHash: one.bytes(32),
    tail: one.blob(TAIL_BYTES_MAX),
    payload: one.blob(PAYLOAD_BYTES_MAX),
  }));
  return reader.done({ finding, detection: carried });
}

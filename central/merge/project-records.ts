import { effectiveHlc } from "../../shared/clock/hlc.ts";
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { Genesis, MissingRange } from "../../shared/log/payloads/site-payloads.ts";
import type { LogRecord, Tail } from "../../shared/log/record.ts";
import type { Reading } from "../../shared/model/detection.ts";
import type { LogId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import type { Delta } from "../../shared/protocol/frames.ts";
import { cleanText } from "../db/clean-text.ts";
import type { DetectionRevisionsTable, DetectionsTable } from "../db/detection-tables.ts";
import type { Correction } from "../db/time-corrections.ts";
import type { ReceivedAlertOp, ReceivedFinding } from "./alert-sink.ts";
import { capturedAtMs } from "./captured-at.ts";
import { readingColumns } from "./reading-columns.ts";
import type { Meaning, UnderstoodRecord } from "./understand-records.ts";

/** Whose log it is and when it came. */
export interface Origin {
  readonly logId: LogId;
  readonly collectorId: string;
  readonly siteId: string;
  readonly receivedMs: number;
}

type Times = { readonly captured_at: number; readonly received_at: number };
/** A row whose times are still ms: they become dates in the statement. */
export type DetectionRow = Omit<DetectionsTable, "captured_at" | "received_at"> & Times;
export type RevisionRow = Omit<DetectionRevisionsTable, "captured_at" | "received_at"> & Times;

export interface ImageRow {
  readonly rid: string;
  readonly role: string;
  readonly sha256: string;
  readonly bytes: number;
}
export interface CorrectionRow extends Correction {
  readonly rid: string;
}
export interface CameraStatusRow {
  readonly camera: string;
  readonly state: string;
  readonly detail: string;
  readonly sinceMs: number;
}
export interface CommandResultRow {
  readonly rid: Rid;
  readonly result: CommandResult;
}
export interface ProjectionError {
  /** Of the record in the merged log; `record` itself may be one that it carries. */
  readonly seq: number;
  readonly record: LogRecord;
  readonly why: string;
}

/** Everything that a batch of records adds to the tables that people read. */
export interface Projection {
  readonly detections: DetectionRow[];
  readonly revisions: RevisionRow[];
  readonly images: ImageRow[];
  readonly corrections: CorrectionRow[];
  readonly dropped: { readonly sha256: string; readonly why: string }[];
  readonly cameraStatuses: CameraStatusRow[];
  readonly findings: ReceivedFinding[];
  readonly alertOps: ReceivedAlertOp[];
  readonly entryOps: EntryOp[];
  /** Pieces of feeds that an edge gives back; whose they are is looked at when they are written. */
  readonly returned: { readonly record: LogRecord; readonly seq: number; readonly delta: Delta }[];
  readonly commandResults: CommandResultRow[];
  /** What this log continues: it is closed. */
  readonly continued: { readonly previous: NonNullable<Genesis["previous"]>; readonly reason: string }[];
  /** This log begins and continues none. */
  readonly beginnings: { readonly class: Genesis["class"]; readonly reason: string }[];
  /** Records that the site does not hold any more. */
  readonly missing: { readonly range: MissingRange; readonly isLost: boolean }[];
  readonly errors: ProjectionError[];
}

/** A picture larger than this cannot be stored, so it is not expected either. */
const IMAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Rows of the records whose rid is new and `waiting` to be shown, in order. Both collections are used up and added to: a rid is taken
 * out once it has its row, and a clock-fix counts for the records after it, so that a log projects alike however it was cut.
 */
export function projectRecords(
  understood: readonly UnderstoodRecord[],
  waiting: Set<Rid>,
  corrections: Correction[],
  origin: Origin,
): Projection {
  const projection: Projection = {
    detections: [],
    revisions: [],
    images: [],
    corrections: [],
    dropped: [],
    cameraStatuses: [],
    findings: [],
    alertOps: [],
    entryOps: [],
    returned: [],
    commandResults: [],
    continued: [],
    beginnings: [],
    missing: [],
    errors: [],
  };
  for (const one of understood) projectOne(projection, one, waiting, corrections, origin);
  return projection;
}

function projectOne(into: Projection, understood: UnderstoodRecord, waiting: Set<Rid>, corrections: Correction[], origin: Origin): void {
  const { record, meaning, place } = understood;
  const { tail } = record;
  if (meaning.kind !== "nothing" && !waiting.delete(tail.rid)) return;
  switch (meaning.kind) {
    case "detection":
    case "revision":
      addReading(into, meaning, tail, corrections, origin);
      return;
    case "alert":
      return addAlert(into, meaning, tail.rid, waiting, corrections, origin);
    case "alert-op":
      into.alertOps.push({
        op: { ...meaning.op, author: cleanText(meaning.op.author), args: cleanArguments(meaning.op.args) },
        effectiveHlc: effectiveHlc(meaning.op.hlc, origin.receivedMs),
        receivedMs: origin.receivedMs,
      });
      return;
    case "entry-op":
      into.entryOps.push(meaning.op);
      return;
    case "returned-delta":
      into.returned.push({ record, seq: place.seq, delta: meaning.delta });
      return;
    case "clock-fix": {
      const { boot, utcMs, monoMs, uncertaintyMs, source } = meaning.fix;
      const correction = { boot, utcMinusMonoMs: utcMs - monoMs, uncertaintyMs, monoMs, source: cleanText(source) };
      corrections.push(correction);
      into.corrections.push({ ...correction, rid: tail.rid });
      return;
    }
    case "camera-status": {
      const { camera, state, detail, sinceMs } = meaning.status;
      into.cameraStatuses.push({ camera, state, detail: cleanText(detail), sinceMs: Math.min(sinceMs, origin.receivedMs) });
      return;
    }
    case "image-dropped":
      into.dropped.push({ sha256: meaning.dropped.sha256, why: cleanText(meaning.dropped.why) });
      return;
    case "command-result":
      into.commandResults.push({ rid: tail.rid, result: { ...meaning.result, words: cleanText(meaning.result.words) } });
      return;
    case "genesis":
      if (meaning.genesis.previous === null)
        into.beginnings.push({ class: meaning.genesis.class, reason: cleanText(meaning.genesis.reason) });
      else into.continued.push({ previous: meaning.genesis.previous, reason: cleanText(meaning.genesis.reason) });
      return;
    case "missing":
      return void into.missing.push({ range: meaning.range, isLost: meaning.isLost });
    case "close":
    case "nothing":
      return;
    case "not-understood":
      into.errors.push({ seq: place.seq, record, why: meaning.why });
  }
}

type ReadingMeaning = Extract<Meaning, { kind: "detection" | "revision" }>;

function addReading(into: Projection, meaning: ReadingMeaning, tail: Tail, corrections: readonly Correction[], origin: Origin): number {
  const capturedMs = capturedAtMs(tail, corrections, origin.receivedMs);
  const common = {
    id: tail.rid as string,
    collector_id: origin.collectorId,
    captured_at: capturedMs,
    received_at: origin.receivedMs,
    wall_ms: tail.wallMs,
    mono_ms: tail.monoMs,
    boot: Buffer.from(tail.boot, "hex"),
    clock_quality: tail.clockQuality > 4 ? 0 : tail.clockQuality,
  };
  if (meaning.kind === "detection") {
    const { detection } = meaning;
    into.detections.push({ ...common, pass: detection.pass, site_id: origin.siteId, ...readingColumns(detection) });
    addImages(into, tail.rid, detection);
  } else {
    into.revisions.push({ ...common, revises: meaning.revision.revises, ...readingColumns(meaning.revision) });
    addImages(into, tail.rid, meaning.revision);
  }
  return capturedMs;
}

function addImages(into: Projection, rid: Rid, reading: Reading): void {
  for (const { role, sha256, bytes } of reading.images) {
    if (bytes <= IMAGE_BYTES_MAX) into.images.push({ rid, role, sha256, bytes });
  }
}

function addAlert(
  into: Projection,
  { alert, carried }: Extract<Meaning, { kind: "alert" }>,
  recordRid: Rid,
  waiting: Set<Rid>,
  corrections: readonly Correction[],
  origin: Origin,
): void {
  const { tail, reading } = carried;
  const isNew = waiting.delete(tail.rid);
  const capturedMs = isNew ? addReading(into, reading, tail, corrections, origin) : capturedAtMs(tail, corrections, origin.receivedMs);
  const said: Reading = reading.kind === "detection" ? reading.detection : reading.revision;
  into.findings.push({
    finding: alert.finding,
    recordRid,
    siteId: origin.siteId,
    collectorId: origin.collectorId,
    cameraId: said.camera,
    test: said.test,
    capturedMs,
    receivedMs: origin.receivedMs,
  });
}

function cleanArguments<T extends object>(args: T): T {
  return Object.fromEntries(Object.entries(args).map(([name, text]) => [name, cleanText(String(text))])) as T;
}

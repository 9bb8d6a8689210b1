import type { TurnOutcome } from "../../shared/flow/run-loop.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { arrivalsAfter, lockCursor, moveCursor } from "../db/arrival-rows.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { correctedTime, correctionsOfBoots } from "../db/time-corrections.ts";
import { capturedAtMs } from "./captured-at.ts";
import { insertTimes, type NewTime, type Undated, undatedAmong, undatedOfFix } from "./redate-rows.ts";

const CURSOR = "redate-detections";
/** Arrivals looked at, and detections dated, in one transaction: it stays far below 250 ms. */
export const REDATE_BATCH_MAX = 500;
/** Less is no other time: rounding, and a later fix that agrees. */
const MOVED_MIN_MS = 1_000;

/**
 * One turn: detections that were merged before a clock-fix of their boot came are dated by it. An edge without a clock writes its fix
 * when it first hears central, behind all that it saw until then: without this, three offline days would stand at the hour of their
 * arrival. The rows stay as they were merged; `detection_times` says where they belong. Follows the order of arrival, in which of a fix
 * and a detection the later one finds both committed.
 */
export async function redateDetections(deps: { readonly db: Db }): Promise<TurnOutcome> {
  return deps.db.transaction().execute(async (tx): Promise<TurnOutcome> => {
    const arrived = await arrivalsAfter(tx, await lockCursor(tx, CURSOR), REDATE_BATCH_MAX);
    const fixAt = arrived.findIndex((one) => one.kind === RECORD_KINDS["clock-fix"]);
    const before = fixAt < 0 ? arrived : arrived.slice(0, fixAt);
    const readings = before.filter((one) => one.kind === RECORD_KINDS.detection).map((one) => one.rid);
    await dateThem(tx, await undatedAmong(tx, readings));
    const last = before.at(-1);
    if (last !== undefined) await moveCursor(tx, CURSOR, last.arrival);
    if (fixAt < 0) return arrived.length === REDATE_BATCH_MAX ? "more" : "idle";
    const fix = arrived[fixAt]!;
    const undated = await undatedOfFix(tx, fix.rid, REDATE_BATCH_MAX);
    await dateThem(tx, undated);
    // A full batch may have left some: the same fix is looked at again.
    if (undated.length < REDATE_BATCH_MAX) await moveCursor(tx, CURSOR, fix.arrival);
    return "more";
  });
}

async function dateThem(tx: Tx, undated: readonly Undated[]): Promise<void> {
  if (undated.length === 0) return;
  const boots = new Map(undated.map((one) => [one.boot, one.bootBytes]));
  const fixes = await correctionsOfBoots(tx, [...boots.values()]);
  await insertTimes(
    tx,
    undated.map((one): NewTime => {
      const corrections = fixes.filter((fix) => fix.collectorId === one.collectorId);
      const corrected = correctedTime(one, corrections);
      const correctedMs = corrected === null ? one.mergedMs : capturedAtMs(one, corrections, one.receivedMs);
      const isMoved = Math.abs(correctedMs - one.mergedMs) > MOVED_MIN_MS;
      return { ...one, correctedMs: isMoved ? correctedMs : one.mergedMs, uncertaintyMs: corrected?.uncertaintyMs ?? 0 };
    }),
  );
}

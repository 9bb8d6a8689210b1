/** Where a fresh alert spends its time between the edge's record and the dashboard. All clocks are those of one machine. */
import type { Db } from "../../central/db/open-db.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { percentile } from "./bench-result.ts";
import type { RaisedAlert } from "./catchup-sender.ts";

export interface StageMs {
  readonly p50: number;
  readonly p99: number;
}

export interface AlertStages {
  /** Recorded until handed to the edge's socket. */
  readonly atEdge: StageMs;
  /** From there until central begins its merge: the line, and what central has to do first. */
  readonly onTheWay: StageMs;
  /** From the beginning of the merge until the edge has the ACK. */
  readonly mergedAndAnswered: StageMs;
  /** From the beginning of the merge until the dashboard has it: merge, number of arrival, live page. */
  readonly mergedAndShown: StageMs;
}

/** `shownMs`: when each alert came to the dashboard, ms UTC. An alert that did not get through a stage is left out of that one. */
export async function alertStages(
  db: Db,
  urgentLog: string,
  raised: readonly RaisedAlert[],
  shownMs: ReadonlyMap<string, number>,
): Promise<AlertStages> {
  const merges = await mergesOf(db, urgentLog);
  const stages: Record<keyof AlertStages, number[]> = { atEdge: [], onTheWay: [], mergedAndAnswered: [], mergedAndShown: [] };
  for (const { alert, seq, atMs, sentMs, acknowledgedMs } of raised) {
    const beganMs = merges.find(({ next }) => next > seq)?.beganMs;
    const cameMs = shownMs.get(alert);
    if (sentMs === null || beganMs === undefined) continue;
    stages.atEdge.push(sentMs - atMs);
    stages.onTheWay.push(beganMs - sentMs);
    if (acknowledgedMs !== null) stages.mergedAndAnswered.push(acknowledgedMs - beganMs);
    if (cameMs !== undefined) stages.mergedAndShown.push(cameMs - beganMs);
  }
  return {
    atEdge: stageMs(stages.atEdge),
    onTheWay: stageMs(stages.onTheWay),
    mergedAndAnswered: stageMs(stages.mergedAndAnswered),
    mergedAndShown: stageMs(stages.mergedAndShown),
  };
}

/** The APPENDs of a log as their checkpoints show them, and when central began with each. */
async function mergesOf(db: Db, log: string): Promise<{ readonly next: number; readonly beganMs: number }[]> {
  const rows = await db
    .selectFrom("log_checkpoints")
    .select(["next", "received_at"])
    .where("log_id", "=", hexToBytes(log))
    .orderBy("next")
    .execute();
  return rows.map(({ next, received_at }) => ({ next: Number(next), beganMs: received_at.getTime() }));
}

const stageMs = (waits: readonly number[]): StageMs => ({ p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) });

import type { LogHead, Moment } from "../../shared/log/chain.ts";
import { decodeDetection, decodeRevision } from "../../shared/log/payloads/detection-payload.ts";
import { type LogClass, SALT_BYTES } from "../../shared/log/record.ts";
import { noteRevision, PARKED_MS, type PassState, rebuildPasses } from "../../shared/match/group-passes.ts";
import type { Hlc, LogId } from "../../shared/model/ids.ts";
import type { LoadedLists } from "./load-lists.ts";
import type { StoreRows } from "./store-rows.ts";

export interface OpenLog {
  readonly n: number;
  readonly logId: LogId;
  head: LogHead;
  bytes: number;
  checkpointNext: number;
  checkpointMonoMs: number;
}

/** What the writer keeps in memory; all of it can be made again from the file, and is, after a transaction that was rolled back. */
export interface StoreState {
  readonly logs: Readonly<Record<LogClass, OpenLog>>;
  hlc: Hlc;
  readonly passes: PassState;
  readonly lists: LoadedLists;
}

/** Both logs must have begun. `now` tells which boot this is: passes of another one are closed. */
export function loadState(rows: StoreRows, now: Moment, lists: LoadedLists): StoreState {
  return {
    logs: { urgent: loadLog(rows, "urgent", now), detections: loadLog(rows, "detections", now) },
    hlc: rows.meta.hlc(),
    passes: loadPasses(rows, now),
    lists,
  };
}

function loadLog(rows: StoreRows, logClass: LogClass, now: Moment): OpenLog {
  const log = rows.logs.activeLogs().find((one) => one.class === logClass);
  if (log === undefined) throw new Error(`the ${logClass} log has not begun`);
  const checkpointNext = rows.logs.newestCheckpoint(log.n);
  return { n: log.n, logId: log.logId, head: log.head, bytes: log.bytes, checkpointNext, checkpointMonoMs: now.monoMs };
}

function loadPasses(rows: StoreRows, now: Moment): PassState {
  const open = rows.detections.ofBootSince(now.boot, now.monoMs - PARKED_MS);
  const past = open.flatMap((row) => {
    const payload = rows.logs.recordAt(row.log, row.seq)?.payload;
    const detection = payload == null ? undefined : decodeDetection(row.rid, payload.subarray(SALT_BYTES));
    return detection === undefined ? [] : [{ ...detection, boot: row.boot, monoMs: row.monoMs }];
  });
  const passes = rebuildPasses(past);
  for (const { rid, pass, camera } of past) {
    for (const revision of rows.detections.revisionsOf(rid)) {
      const payload = rows.logs.recordAt(revision.log, revision.seq)?.payload;
      const plate = payload == null ? null : (decodeRevision(revision.rid, payload.subarray(SALT_BYTES))?.plate ?? null);
      noteRevision(passes, camera, pass, plate);
    }
  }
  return passes;
}

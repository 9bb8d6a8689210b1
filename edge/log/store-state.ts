import { emptyListState } from "../../shared/crdt/list-state.ts";
import { type ListReplica, NO_GENERATION, openReplica } from "../../shared/crdt/overlay.ts";
import type { LogHead, Moment } from "../../shared/log/chain.ts";
import { decodeDetection, decodeRevision } from "../../shared/log/payloads/detection-payload.ts";
import { decodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { type LogClass, SALT_BYTES } from "../../shared/log/record.ts";
import { noteRevision, PARKED_MS, type PassState, rebuildPasses } from "../../shared/match/group-passes.ts";
import type { Hlc, ListId, LogId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import type { Place } from "./detection-rows.ts";
import type { ListIndexes } from "./list-indexes.ts";
import { indexReplicas } from "./list-view.ts";
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
  readonly replicas: Map<ListId, ListReplica>;
  readonly index: ListIndexes;
}

/** Both logs must have begun. `now` tells which boot this is: passes of another one are closed. `sound`: lists that need no loading. */
export function loadState(rows: StoreRows, now: Moment, sound?: Pick<StoreState, "replicas" | "index">): StoreState {
  const replicas = sound?.replicas ?? new Map(rows.lists.all().map(({ list }) => [list, loadReplica(rows, list)] as const));
  return {
    logs: { urgent: loadLog(rows, "urgent", now), detections: loadLog(rows, "detections", now) },
    hlc: rows.meta.hlc(),
    passes: loadPasses(rows, now),
    replicas,
    index: sound?.index ?? indexReplicas(replicas.values()),
  };
}

function loadLog(rows: StoreRows, logClass: LogClass, now: Moment): OpenLog {
  const log = rows.logs.activeLogs().find((one) => one.class === logClass);
  if (log === undefined) throw new Error(`the ${logClass} log has not begun`);
  const checkpointNext = rows.logs.newestCheckpoint(log.n);
  return { n: log.n, logId: log.logId, head: log.head, bytes: log.bytes, checkpointNext, checkpointMonoMs: now.monoMs };
}

function loadReplica(rows: StoreRows, list: ListId): ListReplica {
  const held = rows.lists.all().find((row) => row.list === list)!;
  const feed = rows.lists.feedOf(list);
  const ops = loadOwnOps(rows, list);
  // A damaged feed part is not guessed at: an empty one of no generation makes the uplink fetch a snapshot. Own ops stay.
  if (feed === null) return openReplica(emptyListState(list), NO_GENERATION, 0, ops);
  return openReplica(feed, held.generation, held.cursor, ops);
}

/** Own ops of a list that its feed has not brought back, in the order they were made. */
export function loadOwnOps(rows: StoreRows, list: ListId): EntryOp[] {
  return rows.lists.ownOpsOf(list).flatMap((place) => readOp(rows, place) ?? []);
}

/** An own edit, from its record; undefined when that was removed. */
export function readOp(rows: StoreRows, { rid, log, seq }: Place & { readonly rid: Rid }): EntryOp | undefined {
  const payload = rows.logs.recordAt(log, seq)?.payload;
  return payload == null ? undefined : decodeEntryOp(rid, payload.subarray(SALT_BYTES));
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

import type { Database } from "better-sqlite3";
import type { ImageRole } from "../../shared/model/detection.ts";
import type { LogId, Rid, Sha256 } from "../../shared/model/ids.ts";
import type { Place } from "./detection-rows.ts";
import { damage, isImageRow, isLogId } from "./stored-form.ts";

/**
 * waiting: on this disk, not at central. stored: at central too. gone: central wants it no more. dropped: never reached this disk, or was
 * given up unsent by the disk ladder. freed: at central, and removed here to make room.
 */
export type LedgerState = "waiting" | "stored" | "gone" | "dropped" | "freed";

export interface LedgerImage {
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly role: ImageRole;
  readonly rid: Rid;
  readonly state: LedgerState;
}

export interface WaitingRow extends LedgerImage {
  readonly priority: number;
  readonly logId: LogId;
  readonly seq: number;
}

type RawWaiting = Omit<WaitingRow, "logId"> & { readonly log_id: string };

function toWaitingRow({ log_id, ...row }: RawWaiting): WaitingRow {
  if (!isImageRow(row) || !isLogId(log_id)) throw damage("the row of a picture cannot be read");
  return { ...row, logId: log_id as LogId };
}

/** A place in the order in which pictures that central has are gone through. */
export interface StoredPlace {
  readonly priority: number;
  readonly log: number;
  readonly seq: number;
  readonly sha256: Sha256;
}

/** 0 alert crop, 1 alert scene, 2 crop, 3 scene (a vehicle cut counts as a scene). */
export const imagePriority = (role: ImageRole, hasAlert: boolean): number => (hasAlert ? 0 : 2) + (role === "crop" ? 0 : 1);

export function prepareImageRows(db: Database) {
  const put = db.prepare(
    `insert into images (sha256, bytes, role, rid, priority, log, seq, state) values (?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (sha256) do update set state = excluded.state, rid = excluded.rid, log = excluded.log,
       seq = excluded.seq
     where images.state in ('dropped', 'freed') and excluded.state = 'waiting'`,
  );
  const byHash = db.prepare("select sha256, bytes, role, rid, state from images where sha256 = ?");
  const ofDetection = db.prepare("select sha256, bytes, role, rid, state from images where rid = ? order by log, seq limit 8");
  const raise = db.prepare("update images set priority = priority - 2 where rid = ? and priority >= 2");
  const rename = db.prepare("update images set log = ?, seq = ? where sha256 = ? and state = 'waiting'");
  const move = db.prepare(
    "update images set log = ?, seq = ? where state = 'waiting' and priority in (0, 1, 2, 3) and log = ? and seq = ?",
  );
  const moveBelow = db.prepare(
    "update images set log = ?, seq = ? where state = 'waiting' and priority in (0, 1, 2, 3) and log = ? and seq < ?",
  );
  const settle = db.prepare("update images set state = ? where sha256 = ? and state = 'waiting'");
  const stored = db.prepare(
    `select priority, log, seq, sha256 from images where state = 'stored' and (priority, log, seq, sha256) > (?, ?, ?, ?)
     order by priority, log, seq, sha256 limit ?`,
  );
  const unsettle = db.prepare(
    `update images set state = 'waiting', log = coalesce((select n from logs where n = images.log and status = 'active'), ?),
       seq = iif(exists (select 1 from logs where n = images.log and status = 'active'), seq, 0)
     where sha256 = ? and state = 'stored'`,
  );
  const count = db.prepare("select count from image_counts where state = 'waiting'").pluck();
  const newestWaiting = db
    .prepare("select avg(bytes) from (select bytes from images where state = 'waiting' and priority in (2, 3) limit ?)")
    .pluck();
  const alertsWaiting = db.prepare(
    "select count(*) as count, coalesce(sum(bytes), 0) as bytes from (select bytes from images where state = 'waiting' and priority in (0, 1) limit ?)",
  );
  const priorities = db
    .prepare(
      `with all_of (priority) as (values (0), (1), (2), (3))
       select priority from all_of a where exists (select 1 from images i where i.state = 'waiting' and i.priority = a.priority) order by 1`,
    )
    .pluck();
  const waiting = db.prepare(
    `select i.sha256, i.bytes, i.role, i.rid, i.state, i.priority, i.seq, l.log_id from images i join logs l on l.n = i.log
     where i.state = 'waiting' and i.priority = ? and i.log = ? and i.seq < ? and i.sha256 not in (select value from json_each(?))
     order by i.seq limit ?`,
  );
  const waitingNamed = db.prepare(
    `select i.sha256, i.bytes, i.role, i.rid, i.state, i.priority, i.seq, l.log_id
     from json_each(?) named join images i on i.sha256 = named.value join logs l on l.n = i.log where i.state = 'waiting' order by named.key`,
  );
  const carried = db.prepare(
    `select i.sha256, i.bytes, i.role, i.rid, i.state, i.priority, i.seq, l.log_id from images i join logs l on l.n = i.log
     where i.state = 'waiting' and i.priority = ? and i.log = ? and (i.seq, i.sha256) > (?, ?) and i.seq < ?
     order by i.seq, i.sha256 limit ?`,
  );
  return {
    put(image: LedgerImage, priority: number, place: Place): void {
      put.run(image.sha256, image.bytes, image.role, image.rid, priority, place.log, place.seq, image.state);
    },
    byHash: (sha256: Sha256): LedgerImage | undefined => byHash.get(sha256) as LedgerImage | undefined,
    ofDetection: (rid: Rid): LedgerImage[] => ofDetection.all(rid) as LedgerImage[],
    /** An alert was raised on the detection: its pictures go first. */
    raisePriority: (rid: Rid): void => void raise.run(rid),
    /** The alert's record names the picture too, and reaches central before the detection's. */
    nameIn: (sha256: Sha256, place: Place): void => void rename.run(place.log, place.seq, sha256),
    /** The record that names them was offered again elsewhere. */
    move: (from: Place, to: Place): void => void move.run(to.log, to.seq, from.log, from.seq),
    /** Their records are not offered again: central has those, or they are lost, and nothing of the log they lie in is sent any more. */
    moveBelow: (from: Place, to: Place): void => void moveBelow.run(to.log, to.seq, from.log, from.seq),
    settle: (sha256: Sha256, state: "stored" | "gone"): void => void settle.run(state, sha256),
    /** Pictures that central has and that lie here, behind a place. */
    storedBehind: (after: StoredPlace | null, limit: number): StoredPlace[] =>
      stored.all(after?.priority ?? -1, after?.log ?? 0, after?.seq ?? 0, after?.sha256 ?? "", limit) as StoredPlace[],
    /** Central may not have it any more. What a left log named goes with the log `detections`: central has had its record. */
    waitAgain: (sha256: Sha256, detections: number): void => void unsettle.run(detections, sha256),
    waitingCount: (): number => count.get() as number,
    /** Those of alerts, counted up to `limit`. */
    alertsWaiting: (limit: number): { readonly count: number; readonly bytes: number } =>
      alertsWaiting.get(limit) as { count: number; bytes: number },
    /** Mean bytes of some pictures that wait and are of no alert; 0 when none does. */
    meanWaitingBytes: (limit: number): number => (newestWaiting.get(limit) as number | null) ?? 0,
    /** One priority of one log in order, behind a place, named by records below `to`. */
    waitingBehind: (priority: number, log: number, behind: { seq: number; sha256: string }, to: number, limit: number): WaitingRow[] =>
      (carried.all(priority, log, behind.seq, behind.sha256, to, limit) as RawWaiting[]).map(toWaitingRow),
    /** In this order. */
    waitingNamed: (digests: readonly Sha256[]): WaitingRow[] =>
      (waitingNamed.all(JSON.stringify(digests)) as RawWaiting[]).map(toWaitingRow),
    /** Of pictures that wait, the most urgent first. */
    waitingPriorities: (): number[] => priorities.all() as number[],
    /** One priority of one log, oldest first, named by records below `acknowledged`. `without`: a JSON array of others. */
    waiting: (priority: number, log: number, acknowledged: number, without: string, limit: number): WaitingRow[] =>
      (waiting.all(priority, log, acknowledged, without, limit) as RawWaiting[]).map(toWaitingRow),
  };
}

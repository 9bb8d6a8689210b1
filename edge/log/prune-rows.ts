import type { Database } from "better-sqlite3";
import { payloadDigest } from "../../shared/log/record.ts";
import type { Rid, Sha256 } from "../../shared/model/ids.ts";

/** How far a log may be removed, and where it begins now. */
export interface PrunableLog {
  readonly n: number;
  readonly logId: string;
  readonly class: string;
  /** Lowest seq still held (the genesis record apart). */
  readonly first: number;
  readonly acknowledged: number;
  readonly durable: number;
  /** It was left, and central has every record that carries one of its. */
  readonly isCarried: boolean;
}

export interface HeldImage {
  readonly sha256: Sha256;
  readonly rid: Rid;
}

export function preparePruneRows(db: Database) {
  // A log that was left goes on here only when all its records were offered again in its successor. From then on it stands where those stand.
  const logs = db.prepare(
    `select l.n, l.log_id as logId, l.class, l.first, a.n is not null as isCarried,
       iif(a.n is null, l.acknowledged, l.next) as acknowledged, iif(a.durable >= a.carries_to, l.next, l.durable) as durable
     from logs l left join logs a on l.status = 'left' and a.class = l.class and a.status = 'active' and a.acknowledged >= a.carries_to
       and not exists (select 1 from logs u where u.class = l.class and u.offered is not null)
     where l.status = 'active' or l.offered is null order by l.n`,
  );
  const tails = db.prepare("select seq, tail from records where log = ? and seq >= ? and seq < ? order by seq");
  const tail = db.prepare("select tail from records where log = ? and seq = ?").pluck();
  const unmerged = db.prepare("select min(seq) from own_ops where log = ?").pluck();
  const drop = db.prepare("delete from records where log = ? and seq >= ? and seq < ?");
  const payload = db.prepare("select payload from records where log = ? and seq = ?").pluck();
  const stub = db.prepare("update records set payload = null, digest = ? where log = ? and seq = ? and payload is not null");
  const dropCheckpoints = db.prepare("delete from checkpoints where log = ? and next < ?");
  const setFirst = db.prepare("update logs set first = ? where n = ?");
  const dropDetection = db.prepare("delete from detections where rid = ?");
  const dropRevision = db.prepare("delete from revisions where rid = ?");
  const dropOp = db.prepare("delete from alert_ops where rid = ?");
  const finding = db.prepare("delete from findings where log = ? and seq = ? returning alert, pass");
  const dropAlert = db.prepare(
    "delete from alerts where alert = ? and not exists (select 1 from findings where findings.pass = alerts.pass and findings.alert = alerts.alert)",
  );
  const dropItem = db.prepare(
    "delete from alert_items where pass = ? and not exists (select 1 from findings where findings.pass = alert_items.pass)",
  );
  const settled = db.prepare("select sha256, rid from images where rid = ? and state <> 'waiting'");
  const dropImage = db.prepare("delete from images where sha256 = ?");
  const stored = db.prepare("select sha256, rid from images where state = 'stored' and priority = ? order by log, seq limit ?");
  const waiting = db.prepare("select sha256, rid from images where state = 'waiting' and priority = ? order by log, seq limit ?");
  const setState = db.prepare("update images set state = ? where sha256 = ?");
  const freePages = db.prepare("select freelist_count * page_size from pragma_freelist_count, pragma_page_size").pluck();

  return {
    logs: (): PrunableLog[] =>
      (logs.all() as (Omit<PrunableLog, "isCarried"> & { isCarried: number })[]).map((log) => ({ ...log, isCarried: log.isCarried === 1 })),
    tails: (log: number, from: number, to: number): { seq: number; tail: Uint8Array }[] =>
      tails.all(log, from, to) as { seq: number; tail: Uint8Array }[],
    tailAt: (log: number, seq: number): Uint8Array | undefined => tail.get(log, seq) as Uint8Array | undefined,
    /** The oldest edit of this log that its list's feed has not brought back; null: none. */
    oldestUnmerged: (log: number): number | null => (unmerged.get(log) as number | null) ?? null,
    /**
     * Removes records [from, to) of a log but its genesis. Of the last one tail, digest and hash stay: the chain of what follows is
     * verified from it, and central's head is compared with it.
     */
    dropRecords(log: number, from: number, to: number): void {
      drop.run(log, Math.max(1, from - 1), to - 1);
      const last = payload.get(log, to - 1) as Uint8Array | null | undefined;
      if (last != null) stub.run(payloadDigest(last), log, to - 1);
      dropCheckpoints.run(log, to);
      setFirst.run(to, log);
    },
    dropDetection: (rid: Rid): void => void dropDetection.run(rid),
    dropRevision: (rid: Rid): void => void dropRevision.run(rid),
    dropOp: (rid: Rid): void => void dropOp.run(rid),
    /** A finding, its alert when it was the last finding of it, and the item when none is left. */
    dropFinding(log: number, seq: number): void {
      const row = finding.get(log, seq) as { alert: string; pass: string } | undefined;
      if (row === undefined) return;
      dropAlert.run(row.alert);
      dropItem.run(row.pass);
    },
    /** Pictures of a detection that central has, or that nobody will have. */
    settledImages: (rid: Rid): HeldImage[] => settled.all(rid) as HeldImage[],
    dropImage: (sha256: Sha256): void => void dropImage.run(sha256),
    /** Pictures of one priority that are here and at central, oldest first. */
    storedImages: (priority: number, limit: number): HeldImage[] => stored.all(priority, limit) as HeldImage[],
    /** Those that are only here. */
    waitingImages: (priority: number, limit: number): HeldImage[] => waiting.all(priority, limit) as HeldImage[],
    setImageState: (sha256: Sha256, state: "freed" | "dropped"): void => void setState.run(state, sha256),
    /** Bytes inside the file that new records will take before it grows. */
    freeInside: (): number => freePages.get() as number,
  };
}

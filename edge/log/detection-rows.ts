import type { Database } from "better-sqlite3";
import type { BootId, CameraId, Plate, Rid } from "../../shared/model/ids.ts";

/** Where a record lies in this file. */
export interface Place {
  readonly log: number;
  readonly seq: number;
}

export interface DetectionRow extends Place {
  readonly n: number;
  readonly rid: Rid;
  readonly pass: Rid;
  readonly camera: CameraId;
  readonly plate: Plate | null;
  readonly boot: BootId;
  readonly monoMs: number;
  readonly wallMs: number;
  readonly test: boolean;
}

interface Raw {
  n: number;
  rid: string;
  log: number;
  seq: number;
  pass: string;
  camera: string;
  plate: string | null;
  boot: string;
  mono_ms: number;
  wall_ms: number;
  test: number;
}

const COLUMNS = "n, rid, log, seq, pass, camera, plate, boot, mono_ms, wall_ms, test";

const toRow = (raw: Raw): DetectionRow => ({
  n: raw.n,
  rid: raw.rid as Rid,
  log: raw.log,
  seq: raw.seq,
  pass: raw.pass as Rid,
  camera: raw.camera as CameraId,
  plate: raw.plate as Plate | null,
  boot: raw.boot as BootId,
  monoMs: raw.mono_ms,
  wallMs: raw.wall_ms,
  test: raw.test === 1,
});

export interface RevisionRow extends Place {
  readonly rid: Rid;
  readonly wallMs: number;
}

export interface MinuteCount {
  readonly minute: number;
  readonly count: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;

export function prepareDetectionRows(db: Database) {
  const insert = db.prepare(
    "insert into detections (rid, log, seq, pass, camera, plate, boot, mono_ms, wall_ms, test) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const byRid = db.prepare(`select ${COLUMNS} from detections where rid = ?`);
  const page = db.prepare(`select ${COLUMNS} from detections where n < ? order by n desc limit ?`);
  const ofPass = db.prepare("select count(*) from detections where pass = ?").pluck();
  const sinceMono = db.prepare(`select ${COLUMNS} from detections where boot = ? and mono_ms >= ? order by n`);
  const minutes = db.prepare(
    `select wall_ms / ${MINUTE_MS} as minute, count(*) as count from detections where camera = ? and wall_ms >= ? and wall_ms < ?
     group by minute order by minute limit ${DAY_MINUTES}`,
  );
  const newestOf = db.prepare("select wall_ms from detections where camera = ? order by wall_ms desc limit 1").pluck();
  const newest = db.prepare("select wall_ms from detections order by n desc limit 1").pluck();
  const insertRevision = db.prepare("insert into revisions (rid, detection, log, seq, wall_ms) values (?, ?, ?, ?, ?)");
  const revisions = db.prepare("select rid, log, seq, wall_ms from revisions where detection = ? order by seq limit 32");

  return {
    insert(row: Omit<DetectionRow, "n">): void {
      const { rid, log, seq, pass, camera, plate, boot, monoMs, wallMs } = row;
      insert.run(rid, log, seq, pass, camera, plate, boot, monoMs, wallMs, row.test ? 1 : 0);
    },
    byRid(rid: Rid): DetectionRow | undefined {
      const raw = byRid.get(rid) as Raw | undefined;
      return raw === undefined ? undefined : toRow(raw);
    },
    /** Newest first, below `before` (exclusive). */
    page: (before: number, limit: number): DetectionRow[] => (page.all(before, limit) as Raw[]).map(toRow),
    countOfPass: (pass: Rid): number => ofPass.get(pass) as number,
    /** In log order: what open passes are made from again after a restart. */
    ofBootSince: (boot: BootId, monoMs: number): DetectionRow[] => (sinceMono.all(boot, monoMs) as Raw[]).map(toRow),
    /** Detections of each minute from one to before another (minutes since 1970, a day of them at most); those with none are left out. */
    perMinute: (camera: CameraId, from: number, to: number): MinuteCount[] =>
      minutes.all(camera, from * MINUTE_MS, to * MINUTE_MS) as MinuteCount[],
    newestOfCamera: (camera: CameraId): number | null => (newestOf.get(camera) as number | undefined) ?? null,
    newestWallMs: (): number | null => (newest.get() as number | undefined) ?? null,
    insertRevision(row: RevisionRow, detection: Rid): void {
      insertRevision.run(row.rid, detection, row.log, row.seq, row.wallMs);
    },
    revisionsOf: (detection: Rid): RevisionRow[] =>
      (revisions.all(detection) as { rid: string; log: number; seq: number; wall_ms: number }[]).map((raw) => ({
        rid: raw.rid as Rid,
        log: raw.log,
        seq: raw.seq,
        wallMs: raw.wall_ms,
      })),
  };
}

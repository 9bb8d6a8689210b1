import type { Database } from "better-sqlite3";
import type { CameraId } from "../../shared/model/ids.ts";

/** What belongs to this site alone and is no evidence: sessions, failed sign-ins, where polls stood, clock fixes for the pages. */
export interface SessionRow {
  /** SHA-256 of the cookie's token: whoever reads the file cannot sign in with it. */
  readonly token: string;
  readonly person: string;
  readonly madeMs: number;
  readonly expiresMs: number;
}

export interface FixRow {
  readonly boot: string;
  readonly monoMs: number;
  readonly utcMs: number;
  readonly uncertaintyMs: number;
  readonly source: number;
}

/** The newest fixes are kept for the pages; all of them stay in the log. */
const FIXES_SHOWN_MAX = 256;

export type SiteRows = ReturnType<typeof prepareSiteRows>;

export function prepareSiteRows(db: Database) {
  const session = db.prepare("select token, person, made_ms as madeMs, expires_ms as expiresMs from sessions where token = ?");
  const putSession = db.prepare("insert into sessions (token, person, made_ms, expires_ms) values (?, ?, ?, ?)");
  const dropSession = db.prepare("delete from sessions where token = ?");
  const dropExpired = db.prepare("delete from sessions where expires_ms < ?");
  const failures = db.prepare("select count(*) from sign_in_failures where person = ? and address = ? and at_ms > ?").pluck();
  const putFailure = db.prepare("insert into sign_in_failures (person, address, at_ms) values (?, ?, ?)");
  const dropFailures = db.prepare("delete from sign_in_failures where person = ? and address = ?");
  const dropOldFailures = db.prepare("delete from sign_in_failures where at_ms < ?");
  const cursor = db.prepare("select cursor from camera_cursors where camera = ?").pluck();
  const putCursor = db.prepare("insert or replace into camera_cursors (camera, cursor) values (?, ?)");
  const putState = db.prepare("insert or replace into camera_states (camera, state, detail, since_ms) values (?, ?, ?, ?)");
  const state = db.prepare("select state from camera_states where camera = ?").pluck();
  const putFix = db.prepare("insert into clock_fixes (boot, mono_ms, utc_ms, uncertainty_ms, source) values (?, ?, ?, ?, ?)");
  const fixes = db.prepare(
    `select boot, mono_ms as monoMs, utc_ms as utcMs, uncertainty_ms as uncertaintyMs, source from clock_fixes
     order by n desc limit ${FIXES_SHOWN_MAX}`,
  );
  return {
    session: (token: string): SessionRow | undefined => session.get(token) as SessionRow | undefined,
    putSession: (row: SessionRow): void => void putSession.run(row.token, row.person, row.madeMs, row.expiresMs),
    dropSession: (token: string): void => void dropSession.run(token),
    dropExpiredSessions: (nowMs: number): void => void dropExpired.run(nowMs),
    failuresSince: (person: string, address: string, sinceMs: number): number => failures.get(person, address, sinceMs) as number,
    putFailure: (person: string, address: string, atMs: number): void => void putFailure.run(person, address, atMs),
    dropFailures: (person: string, address: string): void => void dropFailures.run(person, address),
    dropFailuresBefore: (atMs: number): void => void dropOldFailures.run(atMs),
    cursor: (camera: CameraId): string | null => (cursor.get(camera) as string | undefined) ?? null,
    putCursor: (camera: CameraId, value: string): void => void putCursor.run(camera, value),
    cameraState: (camera: string): string | null => (state.get(camera) as string | undefined) ?? null,
    putCameraState: (camera: string, word: string, detail: string, sinceMs: number): void =>
      void putState.run(camera, word, detail, sinceMs),
    putFix: (fix: FixRow): void => void putFix.run(fix.boot, fix.monoMs, fix.utcMs, fix.uncertaintyMs, fix.source),
    fixes: (): FixRow[] => fixes.all() as FixRow[],
  };
}

import type { Database } from "better-sqlite3";
import type { CameraId, Rid } from "../../shared/model/ids.ts";

/** How long a camera's repeat is recognised. */
export const SOURCE_KEPT_MS = 24 * 3_600_000;
/** Keys of a time that nobody trusted cannot be aged; they go when there are this many. */
const UNTRUSTED_MAX = 200_000;

export interface SeenAt {
  readonly wallMs: number;
  /** Was the wall clock to be trusted (quality 2 and up)? Only then can its age be judged. */
  readonly trusted: boolean;
}

/** What a camera has sent already: source keys (the same message again) and event keys (the same vehicle again). */
export function prepareSourceRows(db: Database) {
  const source = db.prepare("select detection, at_ms, trusted from source_keys where camera = ? and key = ?");
  const putSource = db.prepare("insert or replace into source_keys (camera, key, detection, at_ms, trusted) values (?, ?, ?, ?, ?)");
  const event = db.prepare("select detection, at_ms, trusted from event_keys where key = ?");
  const putEvent = db.prepare("insert or replace into event_keys (key, detection, at_ms, trusted) values (?, ?, ?, ?)");
  const forget = ["source_keys", "event_keys"].map((table) => ({
    aged: db.prepare(`delete from ${table} where at_ms < ? and trusted = 1`),
    count: db.prepare(`select count(*) from ${table} where trusted = 0`).pluck(),
    untrusted: db.prepare(`delete from ${table} where trusted = 0`),
  }));
  const held = (row: unknown, at: SeenAt): Rid | undefined => {
    const found = row as { detection: string; at_ms: number; trusted: number } | undefined;
    if (found === undefined) return undefined;
    // A Pi that boots in 1970 and then learns the time has not grown 50 years older: age counts only between trusted times.
    const isOld = found.trusted === 1 && at.trusted && at.wallMs - found.at_ms > SOURCE_KEPT_MS;
    return isOld ? undefined : (found.detection as Rid);
  };
  return {
    detectionOfSource: (camera: CameraId, key: string, at: SeenAt): Rid | undefined => held(source.get(camera, key), at),
    putSource(camera: CameraId, key: string, detection: Rid, at: SeenAt): void {
      putSource.run(camera, key, detection, at.wallMs, at.trusted ? 1 : 0);
    },
    detectionOfEvent: (key: string, at: SeenAt): Rid | undefined => held(event.get(key), at),
    putEvent(key: string, detection: Rid, at: SeenAt): void {
      putEvent.run(key, detection, at.wallMs, at.trusted ? 1 : 0);
    },
    /** Drops what is older than a day. Only with a trusted clock. */
    forgetOld(wallMs: number): void {
      for (const { aged, count, untrusted } of forget) {
        aged.run(wallMs - SOURCE_KEPT_MS);
        if ((count.get() as number) > UNTRUSTED_MAX) untrusted.run();
      }
    },
  };
}

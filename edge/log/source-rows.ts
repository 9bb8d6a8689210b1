import type { Database } from "better-sqlite3";
import { type ClockQuality, TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { CameraId, Rid } from "../../shared/model/ids.ts";

/** How long a camera's repeat is recognised. */
export const SOURCE_KEPT_MS = 24 * 3_600_000;
/** Keys that cannot be aged go when there are this many: more than a day of a very busy site. */
const UNTRUSTED_MAX = 400_000;
/**
 * From which quality on two wall times tell an age across boots. A source key is for "nothing twice": central's word is not enough, since a
 * central whose clock is weeks ahead would make every key an old one. An event key only says which detection a later message belongs to.
 */
const SOURCE_QUALITY: ClockQuality = 3;
const EVENT_QUALITY: ClockQuality = TRUSTED_QUALITY;

interface KeyRow {
  readonly detection: string;
  readonly at_ms: number;
  readonly trusted: number;
  readonly boot: string | null;
  readonly mono_ms: number | null;
}

/** What a camera has sent already: source keys (the same message again) and event keys (the same vehicle again). */
export function prepareSourceRows(db: Database) {
  const source = db.prepare("select detection, at_ms, trusted, boot, mono_ms from source_keys where camera = ? and key = ?");
  const putSource = db.prepare(
    "insert or replace into source_keys (camera, key, detection, at_ms, trusted, boot, mono_ms) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const event = db.prepare("select detection, at_ms, trusted, boot, mono_ms from event_keys where key = ?");
  const putEvent = db.prepare(
    "insert or replace into event_keys (key, detection, at_ms, trusted, boot, mono_ms) values (?, ?, ?, ?, ?, ?)",
  );
  const forget = [
    { table: "source_keys", quality: SOURCE_QUALITY },
    { table: "event_keys", quality: EVENT_QUALITY },
  ].map(({ table, quality }) => ({
    quality,
    ofThisBoot: db.prepare(`delete from ${table} where boot = ? and mono_ms < ?`),
    ofOtherBoots: db.prepare(`delete from ${table} where boot is not ?`),
    aged: db.prepare(`delete from ${table} where at_ms < ? and trusted = 1 and boot is not ?`),
    count: db.prepare(`select count(*) from ${table} where trusted = 0`).pluck(),
    untrusted: db.prepare(`delete from ${table} where trusted = 0`),
  }));
  const held = (row: unknown, at: Moment, quality: ClockQuality): Rid | undefined => {
    const found = row as KeyRow | undefined;
    return found === undefined || isOld(found, at, quality) ? undefined : (found.detection as Rid);
  };
  return {
    detectionOfSource: (camera: CameraId, key: string, at: Moment): Rid | undefined => held(source.get(camera, key), at, SOURCE_QUALITY),
    putSource(camera: CameraId, key: string, detection: Rid, at: Moment): void {
      putSource.run(camera, key, detection, at.wallMs, at.clockQuality >= SOURCE_QUALITY ? 1 : 0, at.boot, at.monoMs);
    },
    detectionOfEvent: (key: string, at: Moment): Rid | undefined => held(event.get(key), at, EVENT_QUALITY),
    putEvent(key: string, detection: Rid, at: Moment): void {
      putEvent.run(key, detection, at.wallMs, at.clockQuality >= EVENT_QUALITY ? 1 : 0, at.boot, at.monoMs);
    },
    /** Drops what is older than a day, by the same rule by which a key is old. */
    forgetOld({ boot, monoMs, wallMs, clockQuality }: Moment): void {
      for (const { quality, ofThisBoot, ofOtherBoots, aged, count, untrusted } of forget) {
        ofThisBoot.run(boot, monoMs - SOURCE_KEPT_MS);
        if (monoMs > SOURCE_KEPT_MS) ofOtherBoots.run(boot);
        else if (clockQuality >= quality) aged.run(wallMs - SOURCE_KEPT_MS, boot);
        if ((count.get() as number) > UNTRUSTED_MAX) untrusted.run();
      }
    },
  };
}

/**
 * Within one boot by its own clock. Of an earlier boot: once this one has run for a day, or by wall times where both are good enough: a Pi
 * that boots in 1970 and then learns the time has not grown 50 years older.
 */
function isOld({ at_ms, trusted, boot, mono_ms }: KeyRow, at: Moment, quality: ClockQuality): boolean {
  if (boot === at.boot && mono_ms !== null) return at.monoMs - mono_ms > SOURCE_KEPT_MS;
  if (at.monoMs > SOURCE_KEPT_MS) return true;
  return trusted === 1 && at.clockQuality >= quality && at.wallMs - at_ms > SOURCE_KEPT_MS;
}

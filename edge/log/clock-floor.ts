import { existsSync } from "node:fs";
import { TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import { decodeTail } from "../../shared/log/record.ts";
import { prepareFloorRows } from "./floor-rows.ts";
import { eventsFile, openReading } from "./open-database.ts";
import { isDamage } from "./salvage-file.ts";

/** How many of the newest records are looked at: one with a trusted time is among them, or none of this boot was. */
const LOOKED_AT_MAX = 64;

/**
 * A time that the present cannot lie before: of the newest record whose clock was trusted; 0 when there is none. A record that was made
 * while nobody vouched for the time says nothing: one boot in 2036 would else hold the clock there for ten years.
 */
export function floorOf(home: string): number {
  if (!existsSync(eventsFile(home))) return 0;
  let db: ReturnType<typeof openReading> | null = null;
  try {
    db = openReading(home);
    if (db.pragma("user_version", { simple: true }) === 0) return 0;
    const rows = prepareFloorRows(db);
    let floorMs = 0;
    for (const log of rows.activeLogs()) {
      for (const tail of rows.newestTails(log, LOOKED_AT_MAX)) {
        const decoded = decodeTail(tail);
        if (decoded === undefined || decoded.clockQuality < TRUSTED_QUALITY) continue;
        floorMs = Math.max(floorMs, decoded.wallMs);
        break;
      }
    }
    return floorMs;
  } catch (error) {
    // The store salvages the file when it opens it; until then the release's own date is floor enough.
    if (isDamage(error)) return 0;
    throw error;
  } finally {
    db?.close();
  }
}

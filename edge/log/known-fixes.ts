import { parseClockQuality, TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import type { ClockFix } from "../../shared/clock/clock-quality.ts";
import type { BootId } from "../../shared/model/ids.ts";
import type { StoreRows } from "./store-rows.ts";

/** The clock-fixes of this device's log, the newest ones, of whatever boot. */
export function knownFixes(rows: Pick<StoreRows, "site">): ClockFix[] {
  return rows.site.fixes().map((fix) => ({ ...fix, boot: fix.boot as BootId, source: parseClockQuality(fix.source) ?? TRUSTED_QUALITY }));
}

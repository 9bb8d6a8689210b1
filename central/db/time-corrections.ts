import { CLOCK_QUALITY_NAMES, type ClockQuality, TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import { type ClockFix, type CorrectedTime, correctTime } from "../../shared/clock/clock-quality.ts";
import { type BootId, bytesToHex } from "../../shared/model/ids.ts";
import type { Db, Tx } from "./open-db.ts";

/** A clock-fix of a device as central holds it: UTC = mono + this, for every record of that boot. */
export interface Correction {
  readonly boot: BootId;
  readonly utcMinusMonoMs: number;
  readonly uncertaintyMs: number;
  /** When it was true, on the monotonic clock of its boot: the farther off, the more the crystal has drifted. Null: not known. */
  readonly monoMs: number | null;
  readonly source: string;
}

export interface OwnedCorrection extends Correction {
  readonly collectorId: string;
}

/** When a moment of a boot was, by the clock-fixes of that boot; null when there is none. */
export function correctedTime(
  { boot, monoMs }: { readonly boot: BootId; readonly monoMs: number },
  corrections: readonly Correction[],
): CorrectedTime | null {
  const fixes = corrections.flatMap((one): ClockFix[] => (one.boot === boot ? [fixOf(one, monoMs)] : []));
  return correctTime(fixes, boot, monoMs);
}

function fixOf({ boot, utcMinusMonoMs, uncertaintyMs, monoMs, source }: Correction, momentMonoMs: number): ClockFix {
  const fixedMonoMs = monoMs ?? momentMonoMs;
  const quality = (CLOCK_QUALITY_NAMES as readonly string[]).indexOf(source);
  return {
    boot,
    monoMs: fixedMonoMs,
    utcMs: fixedMonoMs + utcMinusMonoMs,
    uncertaintyMs,
    source: quality < 0 ? TRUSTED_QUALITY : (quality as ClockQuality),
  };
}

/** The clock-fixes of these boots, each with whose it is: nobody else's may date a detection. */
export async function correctionsOfBoots(db: Db | Tx, boots: readonly Uint8Array[]): Promise<OwnedCorrection[]> {
  if (boots.length === 0) return [];
  const rows = await db
    .selectFrom("time_corrections")
    .selectAll()
    .where("boot", "in", [...boots])
    .orderBy("rid")
    .execute();
  return rows.map((row) => ({
    boot: bytesToHex(row.boot) as BootId,
    utcMinusMonoMs: Number(row.utc_minus_mono_ms),
    uncertaintyMs: Number(row.uncertainty_ms),
    monoMs: row.mono_ms === null ? null : Number(row.mono_ms),
    source: row.source,
    collectorId: row.collector_id,
  }));
}

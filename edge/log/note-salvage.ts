/** A file that was damaged and salvaged stays a fact of this store, so that people read of it also when nobody looked that day. */
import { TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { StoreRows } from "./store-rows.ts";
import { damage, isJsonObject } from "./stored-form.ts";

export interface Salvage {
  /** When; null while nobody has vouched for the time since. */
  readonly atMs: number | null;
  /** Not even a log's beginning could be read: whatever it held and had not sent is gone. */
  readonly isLogGone: boolean;
  /** The newest records could not be read, and nobody can say how many there were; absent in what an older release wrote. */
  readonly isTailLost?: boolean;
}

export function noteSalvage({ meta }: Pick<StoreRows, "meta">, salvage: Omit<Salvage, "atMs">, moment: Moment): void {
  meta.put("salvage", JSON.stringify({ ...salvage, atMs: trustedMs(moment) } satisfies Salvage));
}

/** A Pi starts without the time: the salvage is dated when somebody vouches for it. */
export function dateSalvage(rows: Pick<StoreRows, "meta">, moment: Moment): void {
  const salvage = readSalvage(rows);
  if (salvage !== null && salvage.atMs === null) noteSalvage(rows, salvage, moment);
}

export function readSalvage({ meta }: Pick<StoreRows, "meta">): Salvage | null {
  const text = meta.get("salvage");
  if (text === undefined) return null;
  if (!isJsonObject(text)) throw damage("the note of a salvage cannot be read");
  return JSON.parse(text) as Salvage;
}

const trustedMs = ({ wallMs, clockQuality }: Moment): number | null => (clockQuality >= TRUSTED_QUALITY ? wallMs : null);

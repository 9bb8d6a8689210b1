import { parseUuid, type Rid } from "../../shared/model/ids.ts";
import type { Keyset } from "./detection-search-rows.ts";

/** A page's end as opaque text. */
export function encodeCursor(at: Keyset): string {
  return Buffer.from(`${at.capturedMs}.${at.id}.${at.distance}`).toString("base64url");
}

/** Undefined for what this program did not write. */
export function decodeCursor(text: string): Keyset | undefined {
  const [ms = "", id, ...distance] = Buffer.from(text, "base64url").toString().split(".");
  const rid = parseUuid<Rid>(id);
  const rank = Number(distance.join("."));
  if (rid === undefined || !/^\d{1,15}$/.test(ms) || !Number.isFinite(rank)) return undefined;
  return { capturedMs: Number(ms), id: rid, distance: rank };
}

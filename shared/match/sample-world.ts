import type { ListVersion } from "../model/alert.ts";
import { type EntryId, type ListId, type Plate, type Rid, uuid } from "../model/ids.ts";
import type { Entry, Watchlist } from "../model/watchlist.ts";
import { parsePlate } from "../plate/normalise-plate.ts";
import type { IndexedList } from "./watchlist-index.ts";

/** Small lists, entries and ids for tests and benches: everything has a plain default, so a test names only what it is about. */

/** A UUIDv7-shaped id whose order is that of its number. */
export function numberedId<Id extends Rid | EntryId | ListId>(number: number): Id {
  return uuid<Id>(`01900000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`);
}

export const SAMPLE_LIST = numberedId<ListId>(0xa000);
export const SAMPLE_VERSION: ListVersion = { generation: "0".repeat(32), cursor: 7, overlay: 0 };

export function sampleList(facts: Partial<Watchlist> = {}, version: ListVersion = SAMPLE_VERSION): IndexedList {
  const list: Watchlist = {
    id: SAMPLE_LIST,
    name: "Break-ins",
    owner: "Main & Maple",
    kind: "site",
    differencesMax: 1,
    critical: false,
    keepWins: false,
    ...facts,
  };
  return { list, version };
}

export function sampleEntry(number: number, pattern: string, facts: Partial<Entry> = {}): Entry {
  return {
    id: numberedId<EntryId>(number),
    list: SAMPLE_LIST,
    pattern,
    reason: "seen at two break-ins",
    expiresMs: 2_000_000,
    vehicle: "",
    notes: [],
    exceptPlates: [],
    addedBy: "Dana",
    changedBy: "Dana",
    addedMs: 1_000,
    ...facts,
  };
}

/** Text that must be a normalised plate already. */
export function samplePlate(text: string): Plate {
  const plate = parsePlate(text);
  if (plate === null) throw new Error("not a normalised plate");
  return plate;
}

import { makeHlc } from "../clock/hlc.ts";
import { type EntryId, type ListId, type Rid, uuid } from "../model/ids.ts";
import type { FeedOp } from "../model/watchlist.ts";

/** Ops for tests: everything has a plain default, so a test names only what it is about. */

export const LIST = uuid<ListId>("01900000-0000-7000-8000-00000000a000");
export const ENTRY = sampleEntryId(1);

export function sampleRid(number: number): Rid {
  return uuid<Rid>(`01900000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`);
}

export function sampleEntryId(number: number): EntryId {
  return uuid<EntryId>(`01900000-0000-7000-9000-${number.toString(16).padStart(12, "0")}`);
}

/** `at`: the stamp in ms, and the rid unless one is named. Its effective stamp is its own. */
export function sampleOp(at: number, causalLength: number, set: FeedOp["set"] = [], more: Partial<FeedOp> = {}): FeedOp {
  const hlc = more.hlc ?? makeHlc(at, 0);
  return { rid: sampleRid(at), list: LIST, entry: ENTRY, causalLength, set, hlc, reason: "", author: "Dana", effectiveHlc: hlc, ...more };
}

/** The op that makes the list itself. */
export function sampleListOp(at: number, set: FeedOp["set"] = [], causalLength = 1): FeedOp {
  const facts: FeedOp["set"] = [
    ["listName", "Break-ins"],
    ["listOwner", "Main & Maple"],
    ["listKind", "site"],
  ];
  return sampleOp(at, causalLength, [...facts, ...set], { entry: LIST as string as EntryId });
}

import type { EntryId, Hlc, ListId, Rid } from "./ids.ts";

/** `trusted` lists (volunteers, residents) never alert by confusable or wildcard; they silence such matches of other lists. */
export type WatchlistKind = "personal" | "shared" | "site" | "trusted";

/** A named list. Its own facts travel as an entry-op on the entry whose id equals the list's id, so one mechanism carries both. */
export interface Watchlist {
  readonly id: ListId;
  readonly name: string;
  readonly owner: string;
  readonly kind: WatchlistKind;
  /** How many confusable characters may differ (0 to 2; 1 is the default). */
  readonly differencesMax: number;
  /** Alerts of this list ring louder and show red. */
  readonly critical: boolean;
  /** Where an edit meets a delete, the edit wins. */
  readonly keepWins: boolean;
}

/** One plate or pattern on a list, as it stands after the fold. Notes only grow. */
export interface Entry {
  readonly id: EntryId;
  readonly list: ListId;
  /** A-Z0-9, `?` one character, `*` any run. */
  readonly pattern: string;
  readonly reason: string;
  /** ms UTC; expiry is mandatory. */
  readonly expiresMs: number;
  readonly vehicle: string;
  readonly notes: readonly string[];
  /** "Not them": plates that never alert by this entry again. Only grows. */
  readonly exceptPlates: readonly string[];
  /** Who added it and who last changed it, in words. */
  readonly addedBy: string;
  readonly changedBy: string;
  /** ms of the HLC of the op that added it. */
  readonly addedMs: number;
}

/** Names of the fields that an entry-op may set; the number is the wire's and never changes. */
export const ENTRY_FIELDS = {
  pattern: 1,
  reason: 2,
  expiresMs: 3,
  vehicle: 4,
  /** Adds one note; never replaces. */
  note: 5,
  /** From here on: fields of the list itself (entry id = list id). */
  listName: 16,
  listOwner: 17,
  listKind: 18,
  listDifferencesMax: 19,
  listCritical: 20,
  listKeepWins: 21,
  /** "Never again for this entry and this exact plate": adds one plate to the entry's exceptions. */
  exceptPlate: 6,
} as const;
export type EntryField = keyof typeof ENTRY_FIELDS;
export type FieldValue = string | number | boolean;

/** One edit. Its identity everywhere is the rid of the record that carries it. */
export interface EntryOp {
  readonly rid: Rid;
  readonly list: ListId;
  readonly entry: EntryId;
  /** Odd: present; even: deleted; merge = max. */
  readonly causalLength: number;
  readonly set: readonly (readonly [EntryField, FieldValue])[];
  readonly hlc: Hlc;
  /** Why the edit was made, in the author's words. */
  readonly reason: string;
  readonly author: string;
}

/** An op as central published it: the stamp that decides is min(hlc, receipt + 5 minutes), fixed when published. */
export interface FeedOp extends EntryOp {
  readonly effectiveHlc: Hlc;
}

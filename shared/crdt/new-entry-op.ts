import type { EntryId, Hlc, ListId, Rid } from "../model/ids.ts";
import type { EntryField, EntryOp, FieldValue, WatchlistKind } from "../model/watchlist.ts";
import { type PatternRefusal, parsePattern } from "../plate/plate-pattern.ts";
import { accepts } from "./apply-op.ts";
import { type EntryState, isPresent } from "./entry-state.ts";
import { listFactsId } from "./list-state.ts";

/** Makes ops as people mean them: add, edit, renew, delete; with the causal length that says so in every order of arrival. */

/** Who, when and why. `hlc`: ticked after receiving every stamp of the list that is known here, so that it is later than them. */
export interface OpAuthor {
  readonly rid: Rid;
  readonly hlc: Hlc;
  readonly author: string;
  readonly reason: string;
}

/** What is known of the entry here (own ops included), and the list's rule. */
export interface EntryTarget {
  readonly list: ListId;
  readonly entry: EntryId;
  readonly current: EntryState | undefined;
  readonly keepWins: boolean;
}

export type OpRefusal =
  | { readonly kind: "refused"; readonly why: "present-already" | "no-such-entry" | "reason-missing" | "expiry-missing" | "expiry-past" }
  | { readonly kind: "refused"; readonly why: "too-long"; readonly what: "author" | "reason"; readonly charactersMax: number }
  | { readonly kind: "refused"; readonly why: "bad-value"; readonly field: EntryField }
  | { readonly kind: "refused"; readonly why: "bad-pattern"; readonly pattern: PatternRefusal["why"] };
export type OpOutcome = { readonly kind: "op"; readonly op: EntryOp } | OpRefusal;

/** `settle-delete`: a delete that an edit has met stands for good, whatever the list's rule. */
export type Presence = "add" | "edit" | "delete" | "settle-delete";
export type FieldSet = readonly (readonly [EntryField, FieldValue])[];

/** Most fields of one op. */
export const FIELDS_MAX = 32;
/** UTF-16 units of an op's author and reason: what the payload's readers take. Beyond, no central could ever read the op. */
export const OP_TEXT_MAX = 2_000;

export interface EntryDraft {
  readonly pattern: string;
  /** Why the plate is watched: shown with every alert. */
  readonly reason: string;
  /** ms UTC; mandatory and ahead. */
  readonly expiresMs: number;
  readonly vehicle?: string;
  readonly note?: string;
}

/** A new entry, or one that was deleted and comes back. All fields are set, so that nothing of an earlier life shows through. */
export function addEntry(target: EntryTarget, author: OpAuthor, draft: EntryDraft, atMs: number): OpOutcome {
  if (draft.reason.trim() === "") return { kind: "refused", why: "reason-missing" };
  if (!Number.isSafeInteger(draft.expiresMs)) return { kind: "refused", why: "expiry-missing" };
  if (draft.expiresMs <= atMs) return { kind: "refused", why: "expiry-past" };
  const set: [EntryField, FieldValue][] = [
    ["pattern", draft.pattern],
    ["reason", draft.reason.trim()],
    ["expiresMs", draft.expiresMs],
    ["vehicle", draft.vehicle ?? ""],
  ];
  if (draft.note !== undefined && draft.note.trim() !== "") set.push(["note", draft.note.trim()]);
  return entryOp(target, author, "add", set);
}

export function editEntry(target: EntryTarget, author: OpAuthor, set: FieldSet): OpOutcome {
  return entryOp(target, author, "edit", set);
}

export function deleteEntry(target: EntryTarget, author: OpAuthor): OpOutcome {
  return entryOp(target, author, "delete", []);
}

/** Brings an entry back (or keeps it for good) as it was, with what an edit that met the delete said on top. */
export function restoreEntry(target: EntryTarget, author: OpAuthor, said: FieldSet): OpOutcome {
  const { current, keepWins } = target;
  const held: FieldSet = (current?.cells ?? []).map((cell) => [cell.field, cell.value] as const);
  const isThere = current !== undefined && isPresent(current, keepWins);
  return entryOp(target, author, isThere ? "edit" : "add", [...new Map([...held, ...said])]);
}

/** The delete stands: later than every edit that did not know of it. */
export function settleDelete(target: EntryTarget, author: OpAuthor): OpOutcome {
  return entryOp(target, author, "settle-delete", []);
}

export interface ListDraft {
  readonly name: string;
  readonly owner: string;
  readonly kind: WatchlistKind;
  readonly differencesMax: number;
  readonly critical: boolean;
  readonly keepWins: boolean;
}

/** Makes a list (or brings a deleted one back) by an op on the entry whose id is the list's. */
export function addList(list: ListId, current: EntryState | undefined, author: OpAuthor, draft: ListDraft): OpOutcome {
  return entryOp({ list, entry: listFactsId(list), current, keepWins: false }, author, "add", [
    ["listName", draft.name],
    ["listOwner", draft.owner],
    ["listKind", draft.kind],
    ["listDifferencesMax", draft.differencesMax],
    ["listCritical", draft.critical],
    ["listKeepWins", draft.keepWins],
  ]);
}

/** Any op: refuses what the fold would leave out, so that nobody believes an edit that never counts. A pattern becomes canonical here. */
export function entryOp(target: EntryTarget, author: OpAuthor, presence: Presence, set: FieldSet): OpOutcome {
  for (const what of ["author", "reason"] as const) {
    if (author[what].length > OP_TEXT_MAX) return { kind: "refused", why: "too-long", what, charactersMax: OP_TEXT_MAX };
  }
  const length = nextCausalLength(target, presence);
  if (length === null) return { kind: "refused", why: presence === "add" ? "present-already" : "no-such-entry" };
  if (set.length > FIELDS_MAX) return { kind: "refused", why: "bad-value", field: set[FIELDS_MAX]![0] };
  const kept: [EntryField, FieldValue][] = [];
  for (const [field, value] of set) {
    if (!accepts(field, value)) return { kind: "refused", why: "bad-value", field };
    if (field !== "pattern") kept.push([field, value]);
    else {
      const pattern = parsePattern(String(value));
      if (pattern.kind === "refused") return { kind: "refused", why: "bad-pattern", pattern: pattern.why };
      kept.push([field, pattern.text]);
    }
  }
  return { kind: "op", op: { ...author, list: target.list, entry: target.entry, causalLength: length, set: kept } };
}

/** Odd keeps, even deletes. Null: adding what is there, or changing what is not. */
export function nextCausalLength({ current, keepWins }: EntryTarget, presence: Presence): number | null {
  const length = current?.causalLength ?? 0;
  const isThere = current !== undefined && isPresent(current, keepWins);
  if (presence === "settle-delete") return length === 0 ? null : length % 2 === 1 ? length + 1 : length + 2;
  // Odd is always present, so what is not there is even.
  if (presence === "add") return isThere ? null : length + 1;
  if (!isThere) return null;
  // An entry that keepWins kept against a delete (even, yet present): an edit says so for good, a delete must count beyond that.
  if (presence === "edit") return length % 2 === 1 ? length : length + 1;
  return length % 2 === 1 ? length + 1 : length + 2;
}

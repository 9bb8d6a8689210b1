import type { EntryId, Hlc, Rid } from "../model/ids.ts";
import { ENTRY_FIELDS, type EntryField, type EntryOp, type FeedOp, type FieldValue } from "../model/watchlist.ts";
import { parsePlate } from "../plate/normalise-plate.ts";
import {
  type Cell,
  compareStamps,
  conflictingEdit,
  copyEntryState,
  type EntryState,
  EXCEPT_PLATES_MAX,
  emptyEntryState,
  NOTES_MAX,
  type Stamp,
} from "./entry-state.ts";
import { entryContribution, toggleEntry } from "./list-checksum.ts";
import type { ListState } from "./list-state.ts";

/**
 * The fold: causal length is a maximum, each field the last writer's by (effective hlc, rid), notes and excepted plates only grow.
 * Idempotent without any memory of rids: an op applied twice is the maximum of equals.
 */

/** Longest text of a field or note, in UTF-16 units: an entry full of notes must still be a row that a snapshot's reader takes. */
export const FIELD_TEXT_MAX = 1000;

/** An edit met a delete that did not know of it: goes to a person. `kept`: the edit is the later one, so keepWins lists keep the entry. */
export interface EntryConflict {
  readonly entry: EntryId;
  readonly edit: Rid;
  readonly deleted: Rid;
  readonly kept: boolean;
}

export interface Applied {
  readonly entry: EntryId;
  /** Said once, when this op makes the conflict; a repeat of the op may say it again, so it is filed by the two rids. */
  readonly conflict: EntryConflict | null;
}

/** Applies a published op to a list's feed part, checksum included. An op of another list is a bug and throws. */
export function applyOp(state: ListState, op: FeedOp): Applied {
  if (op.list !== state.list) throw new Error("an op of another list");
  const before = state.entries.get(op.entry);
  const after = before === undefined ? emptyEntryState(op.entry) : copyEntryState(before);
  foldOp(after, op, op.effectiveHlc);
  toggleEntry(state.checksum, entryContribution(before));
  toggleEntry(state.checksum, entryContribution(after));
  state.entries.set(op.entry, after);
  return { entry: op.entry, conflict: conflictBy(op, before, after) };
}

/** Folds one op into one entry, in place. */
export function foldOp(state: EntryState, op: EntryOp, effectiveHlc: Hlc): void {
  const stamp: Stamp = { hlc: effectiveHlc, rid: op.rid };
  foldPresence(state, op.causalLength, stamp);
  foldAuthors(state, op, stamp);
  for (const [field, value] of op.set) {
    if (!accepts(field, value)) continue;
    if (field === "note") foldNote(state, value as string, stamp);
    else if (field === "exceptPlate") foldExceptPlate(state, value as string, stamp);
    else foldCell(state, { field, value, stamp });
  }
}

function foldPresence(state: EntryState, causalLength: number, stamp: Stamp): void {
  if (causalLength > state.causalLength) {
    const isNextDelete = causalLength % 2 === 0 && causalLength === state.causalLength + 1;
    state.lastEdit = isNextDelete ? state.presence : null;
    state.causalLength = causalLength;
    state.presence = stamp;
  } else if (causalLength === state.causalLength) {
    state.presence = later(state.presence, stamp);
  } else if (state.causalLength % 2 === 0 && causalLength === state.causalLength - 1) {
    state.lastEdit = later(state.lastEdit, stamp);
  }
}

function foldAuthors(state: EntryState, op: EntryOp, stamp: Stamp): void {
  const authored = { stamp, author: op.author };
  if (state.changed === null || compareStamps(stamp, state.changed.stamp) > 0) state.changed = authored;
  if (op.causalLength % 2 === 0 || op.causalLength < state.addedLength) return;
  const isNewLife = op.causalLength > state.addedLength;
  if (isNewLife || state.added === null || compareStamps(stamp, state.added.stamp) < 0) state.added = authored;
  state.addedLength = op.causalLength;
}

function foldCell(state: EntryState, cell: Cell): void {
  const at = state.cells.findIndex((known) => known.field === cell.field);
  if (at < 0) {
    state.cells = [...state.cells, cell].sort((a, b) => ENTRY_FIELDS[a.field] - ENTRY_FIELDS[b.field]);
  } else if (isLaterCell(cell, state.cells[at]!)) {
    state.cells = state.cells.with(at, cell);
  }
}

/** One op that sets a field twice, or two records that share a rid against all rules, must still fold alike everywhere. */
function isLaterCell(cell: Cell, known: Cell): boolean {
  const order = compareStamps(cell.stamp, known.stamp);
  return order > 0 || (order === 0 && String(cell.value) > String(known.value));
}

function foldNote(state: EntryState, text: string, stamp: Stamp): void {
  if (state.notes.some((note) => note.text === text && compareStamps(note.stamp, stamp) === 0)) return;
  const notes = [...state.notes, { text, stamp }];
  notes.sort((a, b) => compareStamps(a.stamp, b.stamp) || (a.text < b.text ? -1 : 1));
  state.notes = notes.slice(-NOTES_MAX);
}

function foldExceptPlate(state: EntryState, plate: string, stamp: Stamp): void {
  const known = state.exceptPlates.find((except) => except.plate === plate);
  if (known !== undefined && compareStamps(known.stamp, stamp) >= 0) return;
  const plates = [...state.exceptPlates.filter((except) => except !== known), { plate, stamp }];
  plates.sort((a, b) => compareStamps(a.stamp, b.stamp) || (a.plate < b.plate ? -1 : 1));
  state.exceptPlates = plates.slice(-EXCEPT_PLATES_MAX).sort((a, b) => (a.plate < b.plate ? -1 : 1));
}

/** What a field may hold; anything else is left out of the fold on every side alike. */
export function accepts(field: EntryField, value: FieldValue): boolean {
  switch (field) {
    case "expiresMs":
      return Number.isSafeInteger(value);
    case "listDifferencesMax":
      return value === 0 || value === 1 || value === 2;
    case "listCritical":
    case "listKeepWins":
      return typeof value === "boolean";
    case "listKind":
      return value === "personal" || value === "shared" || value === "site" || value === "trusted";
    case "exceptPlate":
      return parsePlate(value) !== null;
    default:
      // Unpaired surrogates have no UTF-8: two different texts would share canonical bytes.
      return typeof value === "string" && value.length <= FIELD_TEXT_MAX && value.isWellFormed();
  }
}

function conflictBy(op: FeedOp, before: EntryState | undefined, after: EntryState): EntryConflict | null {
  const deleted = after.presence;
  if (deleted === null || after.causalLength % 2 === 1) return null;
  const isLateEdit = before !== undefined && before.causalLength === after.causalLength && op.causalLength === after.causalLength - 1;
  const standing = conflictingEdit(after);
  if (isLateEdit) return { entry: op.entry, edit: op.rid, deleted: deleted.rid, kept: standing?.rid === op.rid };
  const isDelete = op.causalLength === after.causalLength && before !== undefined && before.causalLength < op.causalLength;
  return isDelete && standing !== null ? { entry: op.entry, edit: standing.rid, deleted: deleted.rid, kept: true } : null;
}

function later(known: Stamp | null, stamp: Stamp): Stamp {
  return known === null || compareStamps(stamp, known) > 0 ? stamp : known;
}

import type { EntryId, Hlc, Rid } from "../model/ids.ts";
import type { EntryField, FieldValue } from "../model/watchlist.ts";

/**
 * One entry as the fold of its ops, with the stamps that decide the next merge. Every part is a maximum, a minimum or a growing set,
 * so ops may come in any order, twice, and in any grouping.
 */
export interface Stamp {
  /** Effective: min(hlc, receipt + 5 minutes) once published. */
  readonly hlc: Hlc;
  readonly rid: Rid;
}

export interface Authored {
  readonly stamp: Stamp;
  readonly author: string;
}

/** Fields where the last writer wins. */
export type CellField = Exclude<EntryField, "note" | "exceptPlate">;

export interface Cell {
  readonly field: CellField;
  readonly value: FieldValue;
  readonly stamp: Stamp;
}

export interface Note {
  readonly text: string;
  readonly stamp: Stamp;
}

export interface ExceptPlate {
  readonly plate: string;
  readonly stamp: Stamp;
}

export interface EntryState {
  readonly id: EntryId;
  /** Odd: present; even: deleted. */
  causalLength: number;
  /** The newest op of this causal length. */
  presence: Stamp | null;
  /** While deleted: the newest op of the causal length before, that is, by someone who did not know of the delete or came before it. */
  lastEdit: Stamp | null;
  /** The earliest op of the largest odd causal length `addedLength`. */
  addedLength: number;
  added: Authored | null;
  changed: Authored | null;
  /** By field number. */
  cells: readonly Cell[];
  /** By stamp, then text; the newest `NOTES_MAX`. */
  notes: readonly Note[];
  /** By plate; the newest `EXCEPT_PLATES_MAX`. */
  exceptPlates: readonly ExceptPlate[];
}

/** Beyond, the oldest note goes; keeping the newest N of a growing set still merges in any order. */
export const NOTES_MAX = 200;
export const EXCEPT_PLATES_MAX = 200;

const NO_CELLS: readonly Cell[] = [];
const NO_NOTES: readonly Note[] = [];
const NO_PLATES: readonly ExceptPlate[] = [];

/** Before any op. */
export function emptyEntryState(id: EntryId): EntryState {
  return {
    id,
    causalLength: 0,
    presence: null,
    lastEdit: null,
    addedLength: 0,
    added: null,
    changed: null,
    cells: NO_CELLS,
    notes: NO_NOTES,
    exceptPlates: NO_PLATES,
  };
}

/** A copy that can be folded on without touching the original (the arrays are never changed in place). */
export function copyEntryState(state: EntryState): EntryState {
  return { ...state };
}

/** Total order of edits: by effective hlc, then rid. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.hlc !== b.hlc) return a.hlc < b.hlc ? -1 : 1;
  if (a.rid !== b.rid) return a.rid < b.rid ? -1 : 1;
  return 0;
}

/** The edit that a delete met without having known of it: stamped later, yet of the smaller causal length. Null: no conflict stands. */
export function conflictingEdit(state: EntryState): Stamp | null {
  const { presence, lastEdit } = state;
  return presence !== null && lastEdit !== null && compareStamps(lastEdit, presence) > 0 ? lastEdit : null;
}

/** Whether the entry is on the list. A delete wins over such an edit, except where the list says that keeping wins. */
export function isPresent(state: EntryState, keepWins: boolean): boolean {
  return state.causalLength % 2 === 1 || (keepWins && conflictingEdit(state) !== null);
}

/** The value of a field, if any op has set it. */
export function cellValue(state: EntryState, field: CellField): FieldValue | undefined {
  return state.cells.find((cell) => cell.field === field)?.value;
}

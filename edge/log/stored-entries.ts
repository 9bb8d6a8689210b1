import { parseEntryBytes } from "../../shared/crdt/entry-bytes.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { CHECKSUM_BYTES, entryContribution, toggleEntry } from "../../shared/crdt/list-checksum.ts";
import type { EntryStates, ListState } from "../../shared/crdt/list-state.ts";
import type { ListReplica } from "../../shared/crdt/overlay.ts";
import type { EntryId } from "../../shared/model/ids.ts";
import type { ListRows } from "./list-rows.ts";
import { damage } from "./stored-form.ts";

/** Rows read at once when a whole list is walked: the connection is free for others in between. */
const PAGE_ROWS = 32;

/**
 * The feed part of a list as its rows, each parsed when it is asked for: 100,000 entries as objects took 76 MB, and a car concerns one
 * or two. What is set is written at once, inside the running transaction, and goes with it when that is rolled back.
 */
export class StoredEntries implements EntryStates {
  /** The key that the rows stand under. */
  readonly part: string;
  /** The feed position by which what is set from now on is known. */
  knownBy = 0;
  readonly #rows: ListRows;

  constructor(rows: ListRows, part: string) {
    this.#rows = rows;
    this.part = part;
  }

  readonly get = (id: EntryId): EntryState | undefined => {
    const bytes = this.#rows.feedEntry(this.part, id);
    return bytes === undefined ? undefined : parsed(bytes);
  };

  readonly has = (id: EntryId): boolean => this.#rows.feedEntry(this.part, id) !== undefined;

  readonly set = (_id: EntryId, state: EntryState): void => this.#rows.putFeedEntry(this.part, state, this.knownBy);

  readonly delete = (id: EntryId): boolean => this.#rows.dropFeedEntry(this.part, id);

  /** By id. Rows that are written meanwhile may be among them or not. */
  *values(): Generator<EntryState> {
    for (const { state } of this.read()) yield state;
  }

  /** Of what is held, computed from it. */
  checksum(): Uint8Array {
    const checksum = new Uint8Array(CHECKSUM_BYTES);
    for (const { state, bytes } of this.read()) toggleEntry(checksum, entryContribution(state, bytes));
    return checksum;
  }

  /** By id, those behind the given one, with the bytes that each was read from. */
  *read(behind = ""): Generator<{ readonly state: EntryState; readonly bytes: Uint8Array }> {
    for (let last = behind; ; ) {
      const page = this.#rows.feedPage(this.part, last, PAGE_ROWS);
      for (const bytes of page) {
        const state = parsed(bytes);
        last = state.id;
        yield { state, bytes };
      }
      if (page.length < PAGE_ROWS) return;
    }
  }
}

/** A list whose feed part lies in the store. */
export type StoredList = ListState<StoredEntries>;
export type StoredReplica = ListReplica<StoredEntries>;

/** What cannot be read any more is damage of the file. */
function parsed(bytes: Uint8Array): EntryState {
  const state = parseEntryBytes(bytes);
  if (state === null) throw damage("a row of a list cannot be read");
  return state;
}

import { conflictingEdit } from "../../shared/crdt/entry-state.ts";
import { hexToBytes, type Incarnation } from "../../shared/model/ids.ts";
import type { Db } from "../db/open-db.ts";
import { type ListHorizon, lockList, markForgotten, raiseHorizon, risenHorizons, tombstonesBelow } from "./review-rows.ts";

/** A replica that was silent for so long no longer holds a tombstone back: what it says later of a forgotten entry goes to a person. */
export const STALE_AFTER_MS = 180 * 24 * 3_600_000;
/** Tombstones looked at in one transaction, with the list's lock held. */
const TOMBSTONES_PER_TURN = 500;
const FIRST = "00000000-0000-0000-0000-000000000000";

export interface ForgetDeps {
  readonly db: Db;
  readonly incarnation: Incarnation;
  readonly nowMs: () => number;
  /** Horizons have risen: edges are told, and forget the same. */
  readonly onRisen: () => void;
}

/**
 * Deleted entries leave the fold once every replica that is in service has passed their last op: nobody is left who could bring them
 * back by not knowing. Their rows stay for history, and their ops in the feed. A delete that an edit has met waits for a person.
 */
export async function forgetTombstones(deps: ForgetDeps): Promise<void> {
  const risen = await deps.db.transaction().execute((tx) => risenHorizons(tx, hexToBytes(deps.incarnation), deps.nowMs() - STALE_AFTER_MS));
  for (const one of risen) await forgetOf(deps, one);
  if (risen.length > 0) deps.onRisen();
}

async function forgetOf({ db, nowMs }: ForgetDeps, one: ListHorizon): Promise<void> {
  let after: string | null = FIRST;
  while (after !== null) {
    const from: string = after;
    after = await db.transaction().execute(async (tx) => {
      await lockList(tx, one.list);
      const deleted = await tombstonesBelow(tx, one, from, TOMBSTONES_PER_TURN);
      const settled = deleted.filter(({ state }) => conflictingEdit(state) === null).map(({ entry }) => entry);
      await markForgotten(tx, one.list, settled, nowMs());
      if (deleted.length === TOMBSTONES_PER_TURN) return deleted.at(-1)!.entry;
      await raiseHorizon(tx, one);
      return null;
    });
  }
}

import { hexToBytes, type Rid } from "../../shared/model/ids.ts";
import { ensurePartition } from "../db/ensure-partition.ts";
import type { Tx } from "../db/open-db.ts";
import { correctionsOfBoots } from "../db/time-corrections.ts";
import { underSavepoint } from "../db/under-savepoint.ts";
import { bootsOf, claimedIds, proofsOf } from "./claimed-ids.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { projectRecords } from "./project-records.ts";
import { claimCarried, findWaiting, insertPendingArrival, isShown, markResolved, type WaitingRecord } from "./retry-rows.ts";
import { findKnownIds, KIND_COLUMN_MAX } from "./store-rows.ts";
import { type UnderstoodRecord, understandRecords } from "./understand-records.ts";
import { MissingMonths, writeProjection } from "./write-projection.ts";

/** Records looked at in one turn; each has a transaction of its own. */
const WAITING_PER_TURN = 100;

/**
 * Projects again what could not be projected when it came: after an upgrade that knows more kinds. Answers how many now have their
 * rows. What still cannot be stays where it is; nothing of the log changes.
 */
export async function retryProjections(deps: MergeDeps): Promise<number> {
  let resolved = 0;
  let after = { logId: new Uint8Array(0), seq: -1 };
  for (;;) {
    const waiting = await findWaiting(deps.db, after, WAITING_PER_TURN);
    for (const one of waiting) if (await retryOne(deps, one)) resolved += 1;
    const last = waiting.at(-1);
    if (last === undefined || waiting.length < WAITING_PER_TURN) return resolved;
    after = { logId: hexToBytes(last.logId) as Uint8Array<ArrayBuffer>, seq: last.record.tail.seq };
  }
}

async function retryOne(deps: MergeDeps, waiting: WaitingRecord): Promise<boolean> {
  const understood = understandRecords([waiting.record]);
  if (understood.some(({ meaning }) => meaning.kind === "not-understood")) {
    // The wrapping is understood now, what it carries is not yet: that has its rid all the same.
    if (understood.length > 1) await deps.db.transaction().execute((tx) => claim(tx, waiting, understood));
    return false;
  }
  try {
    return await deps.db.transaction().execute((tx) => projectAgain(tx, deps, waiting, understood));
  } catch (error) {
    if (!(error instanceof MissingMonths)) throw error;
    for (const month of error.months) {
      await ensurePartition(deps.db, month);
      deps.months.add(month);
    }
    return deps.db.transaction().execute((tx) => projectAgain(tx, deps, waiting, understood));
  }
}

const claim = (tx: Tx, { logId }: WaitingRecord, understood: readonly UnderstoodRecord[]): Promise<void> =>
  claimCarried(tx, hexToBytes(logId), claimedIds(understood), proofsOf(understood));

async function projectAgain(tx: Tx, deps: MergeDeps, one: WaitingRecord, understood: readonly UnderstoodRecord[]): Promise<boolean> {
  const { record, logId, deviceKey, ...from } = one;
  const { seq } = record.tail;
  const ofBoots = await correctionsOfBoots(tx, bootsOf(understood).map(hexToBytes));
  const corrections = ofBoots.filter((one) => one.collectorId === from.collectorId);
  const candidates = claimedIds(understood).map(({ rid }) => rid);
  const erased = new Set((await findKnownIds(tx, candidates)).filter((known) => known.erased).map(({ rid }) => rid));
  const waiting = new Set<Rid>();
  for (const rid of candidates) if (!erased.has(rid) && !(await isShown(tx, rid))) waiting.add(rid);
  const origin = { logId, ...from };
  const projection = projectRecords(understood, waiting, corrections, origin);
  const outcome = await underSavepoint(tx, () => writeProjection(tx, deps, projection, origin, deviceKey));
  if (outcome.kind === "refused") return false;
  await claim(tx, one, understood);
  await markResolved(tx, hexToBytes(logId), seq, deps.nowMs());
  for (const { record: shown } of understood) await insertPendingArrival(tx, shown.tail.rid, Math.min(shown.tail.kind, KIND_COLUMN_MAX));
  return true;
}

import type { Incarnation, LogId } from "../../shared/model/ids.ts";
import type { StoredPlace } from "./image-rows.ts";
import type { StoreContext } from "./store-context.ts";

/** The life of central under which all that is taken was offered. */
const OFFERED_TO = "images-incarnation";
/** Pictures of one transaction: after a week there are hundreds of thousands, and detections must not wait behind them. */
const PICTURES_AT_ONCE = 256;

/**
 * Central says under which incarnation it lives. Another one than before was put back to a backup, and may lack pictures that it had taken:
 * everything that lies here and was taken waits again, alerts' crops first. Central answers at once for each that it has. Goes on behind
 * `after`, some at a time; null: all wait. Begun again from the start when the program ends before.
 */
export function offerImagesAgain({ rows, state }: StoreContext, incarnation: Incarnation, after: StoredPlace | null): StoredPlace | null {
  const known = rows.meta.get(OFFERED_TO);
  if (known === incarnation) return null;
  const some = known === undefined ? [] : rows.images.storedBehind(after, PICTURES_AT_ONCE);
  for (const { sha256 } of some) rows.images.waitAgain(sha256, state.logs.detections.n);
  if (some.length === PICTURES_AT_ONCE) return some.at(-1)!;
  rows.meta.put(OFFERED_TO, incarnation);
  return null;
}

/**
 * Central says how far it has a log. Less than it said before, in whatever life: it is not the one that said so (a copy of its machine ran
 * beside it for a while), and may lack pictures too. Answers whether they are to be offered again.
 */
export function noteAcknowledged({ rows }: StoreContext, logId: LogId, next: number, durable: number): boolean {
  const before = rows.logs.logById(logId)?.acknowledged ?? 0;
  rows.logs.acknowledge(logId, next, durable);
  if (next < before) rows.meta.put(OFFERED_TO, "");
  return next < before;
}

import type { Incarnation } from "../../shared/model/ids.ts";
import type { StoredPlace } from "./image-rows.ts";
import type { StoreContext } from "./store-context.ts";

/** Pictures of one transaction: after a week there are hundreds of thousands, and detections must not wait behind them. */
const PICTURES_AT_ONCE = 256;

/**
 * Central says under which incarnation it lives. Another one than before was put back to a backup, and may lack pictures that it had taken:
 * everything that lies here and was taken waits again, alerts' crops first. Central answers at once for each that it has. Goes on behind
 * `after`, some at a time; null: all wait. Begun again from the start when the program ends before.
 */
export function offerImagesAgain({ rows, state }: StoreContext, incarnation: Incarnation, after: StoredPlace | null): StoredPlace | null {
  const known = rows.meta.get("images-incarnation");
  if (known === incarnation) return null;
  const some = known === undefined ? [] : rows.images.storedBehind(after, PICTURES_AT_ONCE);
  for (const { sha256 } of some) rows.images.waitAgain(sha256, state.logs.detections.n);
  if (some.length === PICTURES_AT_ONCE) return some.at(-1)!;
  rows.meta.put("images-incarnation", incarnation);
  return null;
}

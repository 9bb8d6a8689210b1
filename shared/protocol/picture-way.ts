/**
 * When pictures may go, and how much of one at once. While an urgent record waits for its acknowledgement they stand still, but for a
 * small share: about an eighth of the line. On a line where an alert comes each second and each is a second on its way something urgent
 * always waits, and without that share no picture would ever arrive, an alert's own among them.
 *
 * The share is one piece a second, of an eighth of what the line carries in a second, so an alert comes an eighth of a second later by it;
 * and after each piece as long a rest as that piece took, which bounds the share on a line so thin that the smallest piece fills it.
 */
import { BULK_BYTES_MIN, bulkWindowBytes } from "../flow/bulk-window.ts";
import { beginImagePiece, endImagePiece } from "./edge-bulk.ts";
import { type EdgeSessionState, urgentWaits } from "./edge-session-state.ts";

const SHARE = 8;
const SHARE_EVERY_MS = 1_000;
const SHARE_BYTES_MIN = BULK_BYTES_MIN / SHARE;
/** Pictures in an offer that is made while something urgent waits: one piece is sent of it, then an alert's new pictures come first. */
export const SHARED_OFFER_IMAGES = 2;

export interface PictureWay {
  /** True: nothing of a picture may go now. */
  readonly pause: () => boolean;
  /** How many of so many bytes may go now; `ended` is called once, when the answer is there or will not come. */
  readonly begin: (remainingBytes: number) => { readonly bytes: number; readonly ended: (how: "arrived" | "lost") => void };
}

/** Nothing urgent waits, or it is the pictures' turn all the same. */
export function mayGo(state: EdgeSessionState, nowMs: number): boolean {
  return !urgentWaits(state) || nowMs >= state.bulk.shareFromMs;
}

/** From now on pictures have their share; called when the session opens. */
export function beginShare(state: EdgeSessionState, nowMs: number): void {
  state.bulk.shareFromMs = nowMs + SHARE_EVERY_MS;
}

/** When something is to be offered by the clock, `dueMs` by the offers alone. */
export function offerTurnMs(state: EdgeSessionState, dueMs: number): number {
  return urgentWaits(state) ? Math.max(dueMs, state.bulk.shareFromMs) : dueMs;
}

/** The way of one session's pictures. `nowMs`: a monotonic clock. */
export function pictureWay(state: EdgeSessionState, nowMs: () => number): PictureWay {
  const { bulk, flows } = state;
  return {
    pause: () => !mayGo(state, nowMs()),
    begin(remainingBytes) {
      const begunMs = nowMs();
      const shareBytes = Math.max(SHARE_BYTES_MIN, Math.floor(bulkWindowBytes(bulk.window) / SHARE));
      const piece = beginImagePiece(bulk, flows, remainingBytes, begunMs, urgentWaits(state) ? shareBytes : null);
      beginShare(state, begunMs);
      return {
        bytes: piece.bytes,
        ended(how) {
          const endedMs = nowMs();
          endImagePiece(bulk, piece, how, endedMs);
          bulk.shareFromMs = Math.max(bulk.shareFromMs, endedMs + (endedMs - begunMs));
        },
      };
    },
  };
}

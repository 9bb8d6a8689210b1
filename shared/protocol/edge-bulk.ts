/** Which bulk bytes of one connection may go now. Urgent logs are not asked: nothing here ever holds them up. */
import {
  BULK_BYTES_MIN,
  type BulkMark,
  type BulkWindow,
  bulkWindowBytes,
  markPiece,
  newBulkWindow,
  notePiece,
} from "../flow/bulk-window.ts";
import type { LogClass } from "../log/record.ts";
import type { LogId } from "../model/ids.ts";

export interface EdgeBulk {
  readonly window: BulkWindow;
  /** Of pictures, sent and not answered yet. */
  imageBytes: number;
  /** From when on a piece of a picture may go although something urgent waits (`picture-way.ts`). */
  shareFromMs: number;
}

export function newEdgeBulk(): EdgeBulk {
  return { window: newBulkWindow(), imageBytes: 0, shareFromMs: 0 };
}

/** Of each log: what is under way. */
type Flows = ReadonlyMap<LogId, { readonly class: LogClass; readonly underWay: readonly { readonly bytes: number }[] }>;

/** Bulk bytes that may still go; a quarter of the window is one piece, so that answers come while others are on their way. */
export interface BulkRoom {
  readonly bytes: number;
  readonly pieceBytes: number;
}

export function bulkRoom(bulk: EdgeBulk, flows: Flows): BulkRoom {
  const windowBytes = bulkWindowBytes(bulk.window);
  return { bytes: windowBytes - underWayBytes(bulk, flows), pieceBytes: Math.max(BULK_BYTES_MIN, Math.floor(windowBytes / 4)) };
}

function underWayBytes(bulk: EdgeBulk, flows: Flows): number {
  let bytes = bulk.imageBytes;
  for (const flow of flows.values()) if (flow.class !== "urgent") for (const piece of flow.underWay) bytes += piece.bytes;
  return bytes;
}

/** Called before the piece is among those under way. */
export function markBulk(bulk: EdgeBulk, flows: Flows, nowMs: number, isMoreWaiting: boolean): BulkMark {
  return markPiece(bulk.window, nowMs, underWayBytes(bulk, flows), isMoreWaiting);
}

/** A piece of a picture on its way. */
export interface ImagePiece {
  readonly bytes: number;
  readonly mark: BulkMark;
}

/**
 * The next piece of a picture: whatever room there is, but half of the window is left to detections that are under way. `atMost`: a
 * smaller one, which says nothing about what the line could carry.
 */
export function beginImagePiece(
  bulk: EdgeBulk,
  flows: Flows,
  remainingBytes: number,
  nowMs: number,
  atMost: number | null = null,
): ImagePiece {
  const windowBytes = bulkWindowBytes(bulk.window);
  const takenBytes = underWayBytes(bulk, flows);
  const most = takenBytes === 0 ? windowBytes : Math.min(windowBytes - takenBytes, Math.floor(windowBytes / 2));
  const bytes = Math.min(remainingBytes, atMost ?? Math.max(BULK_BYTES_MIN, most));
  const mark = markBulk(bulk, flows, nowMs, atMost === null && bytes < remainingBytes);
  bulk.imageBytes += bytes;
  return { bytes, mark };
}

/** Its answer came, or never will. */
export function endImagePiece(bulk: EdgeBulk, { bytes, mark }: ImagePiece, arrived: "arrived" | "lost", nowMs: number): void {
  bulk.imageBytes -= bytes;
  if (arrived === "arrived") notePiece(bulk.window, mark, bytes, nowMs);
}

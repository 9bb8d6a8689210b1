/**
 * The disk ladder: what is given up when the disk fills, the least valuable first, and each step only when the one before has nothing
 * left. Above `low` nothing happens. Below it goes what central has as well; below `veryLow` what is lost or no second backup holds
 * yet, each with a signed record; below `stop` the cameras are asked to wait. Unacknowledged records and alerts are no step: they never go.
 */
export interface DiskLimits {
  readonly ballastBytes: number;
  readonly lowBytes: number;
  readonly veryLowBytes: number;
  readonly stopBytes: number;
}

export const PIECE_STEPS = ["carried-bundles", "stored-scenes", "stored-crops", "unsent-scenes", "old-detections"] as const;
/** Steps that are done piece by piece. */
export type PieceStep = (typeof PIECE_STEPS)[number];
export type Step = "make-ballast" | "release-ballast" | PieceStep | "none";

export interface DiskNow {
  /** What an unprivileged program may still write. */
  readonly freeBytes: number;
  /** Room inside the store's file: new records take it before the file grows. Pictures cannot. */
  readonly freeInsideBytes: number;
  readonly hasBallast: boolean;
  /** Steps that had nothing left to give when last asked. */
  readonly exhausted: ReadonlySet<PieceStep>;
}

export function decideStep(now: DiskNow, limits: DiskLimits): Step {
  const { freeBytes, exhausted } = now;
  if (freeBytes >= limits.lowBytes) {
    const wanted = !now.hasBallast && limits.ballastBytes > 0;
    // Twice its size above the limit: made at the limit it would be released at once.
    return wanted && freeBytes >= limits.lowBytes + 2 * limits.ballastBytes ? "make-ballast" : "none";
  }
  // Copies: the neighbours they came from keep everything until central's receipt is back.
  if (!exhausted.has("carried-bundles")) return "carried-bundles";
  if (now.hasBallast) return "release-ballast";
  if (!exhausted.has("stored-scenes")) return "stored-scenes";
  if (!exhausted.has("stored-crops")) return "stored-crops";
  if (freeBytes >= limits.veryLowBytes) return "none";
  if (!exhausted.has("unsent-scenes")) return "unsent-scenes";
  const hasRoomInside = freeBytes + now.freeInsideBytes >= limits.veryLowBytes;
  return hasRoomInside || exhausted.has("old-detections") ? "none" : "old-detections";
}

export type DiskLevel = "fine" | "low" | "very-low" | "full";

export function levelOf({ freeBytes, freeInsideBytes }: Pick<DiskNow, "freeBytes" | "freeInsideBytes">, limits: DiskLimits): DiskLevel {
  if (freeBytes >= limits.lowBytes) return "fine";
  if (freeBytes >= limits.veryLowBytes) return "low";
  return freeBytes + freeInsideBytes >= limits.stopBytes ? "very-low" : "full";
}

import type { DetectionView } from "../../shared/api/views.ts";
import { isWildcard } from "../../shared/plate/plate-pattern.ts";
import { detectionViews } from "../db/detection-view-rows.ts";
import type { Tx } from "../db/open-db.ts";
import { earlierKeys } from "./earlier-detection-rows.ts";

/** How far back a new entry looks, and how many it shows. */
export const EARLIER_MS = 30 * 86_400_000;
export const EARLIER_MAX = 50;

/** Detections of the last 30 days that the new entry's plate or pattern names, newest first. */
export async function earlierDetections(tx: Tx, pattern: string, sees: readonly string[], nowMs: number): Promise<DetectionView[]> {
  const keys = await earlierKeys(tx, { pattern, isWildcard: isWildcard(pattern), sees, fromMs: nowMs - EARLIER_MS, limit: EARLIER_MAX });
  return detectionViews(tx, keys);
}

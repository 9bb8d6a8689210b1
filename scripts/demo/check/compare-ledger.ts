/**
 * The town's own ledger against what a program's public API shows. A detection is recognised by what the camera said and by the
 * pictures it sent, never by an id that the product made.
 */
import type { DetectionView } from "../../../shared/api/views.ts";
import type { LedgerRow } from "../town/ledger.ts";

export interface Comparison {
  readonly expected: number;
  readonly observed: number;
  /** Messages of the ledger without a detection. */
  readonly lost: readonly string[];
  /** Detections beyond one for a message. */
  readonly doubled: readonly string[];
  /** Detections that no message of the ledger explains: changed on the way. */
  readonly unexplained: readonly string[];
}

const UNREAD = new Set(["noPlate", "unknown"]);

export function compareWithLedger(
  rows: readonly LedgerRow[],
  detections: readonly Pick<DetectionView, "camera" | "plate_read" | "images" | "test">[],
): Comparison {
  const due = new Map<string, string[]>();
  for (const row of rows) {
    // What a camera's bounded backlog dropped never reached the product; everything else must be there, delivered or not.
    if (!row.detection || row.dropped) continue;
    const key = keyOf(row.camera, UNREAD.has(row.plateSaid) ? null : row.plateSaid, row.cropSha256);
    due.set(key, [...(due.get(key) ?? []), `${row.camera} #${row.message}`]);
  }
  const expected = [...due.values()].reduce((sum, names) => sum + names.length, 0);
  const known = new Set(due.keys());
  const doubled: string[] = [];
  const unexplained: string[] = [];
  const real = detections.filter((detection) => !detection.test);
  for (const detection of real) {
    const crop = detection.images.find((image) => image.role === "crop")?.sha256 ?? null;
    const key = keyOf(detection.camera, detection.plate_read, crop);
    const names = due.get(key);
    if (names !== undefined && names.length > 0) names.shift();
    else (known.has(key) ? doubled : unexplained).push(`${detection.camera}: ${key}`);
  }
  return { expected, observed: real.length, lost: [...due.values()].flat(), doubled, unexplained };
}

const keyOf = (camera: string, plateRead: string | null, crop: string | null): string =>
  `${camera}|${plateRead ?? "-"}|${crop?.slice(0, 16) ?? "-"}`;

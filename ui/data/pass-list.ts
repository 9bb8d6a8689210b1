/** Detections grouped into passes, newest first: one row per pass with how often it was read ("×3"). Raw detections stay behind it. */
import type { DetectionView } from "../../shared/api/views.ts";

export interface PassRow {
  readonly pass: string;
  /** The detection that leads the row: the newest of the pass. */
  readonly detection: DetectionView;
  readonly times: number;
  readonly ids: ReadonlySet<string>;
}
/** Rows kept in the page; beyond that the oldest go, they are one search away. */
export const PASS_ROWS_MAX = 10_000;

/**
 * Adds detections, in any order. A detection that is already there replaces itself (its pictures arrived, a revision came); a known pass
 * keeps its place unless the new detection is its newest. Rows stay ordered by the time the car passed, newest first.
 */
export function addToPasses(rows: readonly PassRow[], detections: readonly DetectionView[]): readonly PassRow[] {
  if (detections.length === 0) return rows;
  const changed = new Map<string, PassRow>();
  const wanted = new Set(detections.map((one) => one.pass));
  for (const row of rows) if (wanted.has(row.pass)) changed.set(row.pass, row);
  for (const detection of detections) {
    const row = changed.get(detection.pass);
    const ids = new Set(row?.ids).add(detection.id);
    const leads = row === undefined || row.detection.id === detection.id || detection.captured_at >= row.detection.captured_at;
    changed.set(detection.pass, { pass: detection.pass, detection: leads ? detection : row.detection, times: ids.size, ids });
  }
  const kept = rows.filter((row) => !wanted.has(row.pass));
  const fresh = [...changed.values()].sort((a, b) => (a.detection.captured_at < b.detection.captured_at ? 1 : -1));
  return merge(fresh, kept).slice(0, PASS_ROWS_MAX);
}

/** Two lists ordered newest first into one. */
function merge(fresh: readonly PassRow[], kept: readonly PassRow[]): PassRow[] {
  const all: PassRow[] = [];
  let next = 0;
  for (const row of fresh) {
    while (next < kept.length && kept[next]!.detection.captured_at > row.detection.captured_at) all.push(kept[next++]!);
    all.push(row);
  }
  for (; next < kept.length; next++) all.push(kept[next]!);
  return all;
}

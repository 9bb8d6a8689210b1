import type { Rid } from "../../shared/model/ids.ts";
import { monthOf } from "../db/ensure-partition.ts";
import type { Tx } from "../db/open-db.ts";
import { insertDetections, insertRevisions } from "./detection-projection-rows.ts";
import {
  closeLogs,
  insertCameraStatuses,
  insertCommandResults,
  insertCorrections,
  insertDroppedImages,
  insertProjectionErrors,
} from "./fact-rows.ts";
import type { PlateMonth } from "./known-plates.ts";
import type { MergeDeps } from "./merge-deps.ts";
import type { Origin, Projection } from "./project-records.ts";
import { returnedOps } from "./publish-returned.ts";
import { tellRecovery } from "./tell-recovery.ts";

/** The batch falls into months that have no partition yet: they are made outside of the transaction, then the merge starts again. */
export class MissingMonths extends Error {
  override readonly name = "MissingMonths";
  readonly months: readonly string[];
  constructor(months: readonly string[]) {
    super(`no partition for ${months.join(", ")}`);
    this.months = months;
  }
}

export interface Written {
  /** To be told to the dictionary's filter after COMMIT. */
  readonly plates: readonly PlateMonth[];
}

/** Writes a projection into the tables that people read. Throws MissingMonths before it writes anything. */
export async function writeProjection(
  tx: Tx,
  deps: MergeDeps,
  projection: Projection,
  origin: Origin,
  deviceKey: Uint8Array,
): Promise<Written> {
  const missing = missingMonths(projection, deps.months);
  if (missing.length > 0) throw new MissingMonths(missing);
  const plates = deps.knownPlates.unknown(plateMonths(projection));
  if (projection.detections.length > 0 || projection.revisions.length > 0) {
    await insertDetections(tx, projection.detections, projection.images, plates);
  }
  if (projection.revisions.length > 0) await insertRevisions(tx, projection.revisions);
  await insertCorrections(tx, projection.corrections, { ...origin, deviceKey });
  await insertDroppedImages(tx, projection.dropped, origin.receivedMs);
  await insertCameraStatuses(tx, projection.cameraStatuses, origin);
  await insertCommandResults(tx, projection.commandResults, { ...origin, deviceKey });
  if (projection.findings.length > 0) await deps.alerts.addFindings(tx, projection.findings);
  if (projection.alertOps.length > 0) await deps.alerts.addAlertOps(tx, projection.alertOps);
  const returned = returnedOps(deps, projection);
  const entryOps = [...projection.entryOps, ...returned.ops];
  const refused = await deps.refusedOps(tx, projection.entryOps, { ...origin, deviceKey });
  const published =
    entryOps.length > 0 ? await deps.publishOps(tx, entryOps, origin.receivedMs, origin.siteId, refused) : new Map<Rid, number>();
  await closeLogs(
    tx,
    projection.continued.map((one) => one.previous.logId),
    origin.collectorId,
  );
  await tellRecovery(tx, projection, returned.ops.filter((op) => published.has(op.rid)).length, origin);
  await insertProjectionErrors(tx, origin.logId, [...projection.errors, ...returned.refused], origin.receivedMs);
  return { plates };
}

function missingMonths({ detections }: Projection, known: ReadonlySet<string>): string[] {
  const missing = new Set<string>();
  for (const row of detections) {
    const month = monthOf(row.captured_at);
    if (!known.has(month)) missing.add(month);
  }
  return [...missing].sort();
}

function plateMonths({ detections, revisions }: Projection): PlateMonth[] {
  const pairs: PlateMonth[] = [];
  for (const row of [...detections, ...revisions]) {
    if (row.plate !== null && row.folded !== null) pairs.push({ plate: row.plate, folded: row.folded, month: monthOf(row.captured_at) });
  }
  return pairs;
}

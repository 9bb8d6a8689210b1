import { type AlertItemState, foldAlertOps, type StampedAlertOp } from "../../shared/match/fold-alert-ops.ts";
import type { Finding } from "../../shared/model/alert.ts";
import type { AlertId, Hlc, Rid } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";
import { cleanFinding } from "./clean-finding.ts";

/** A detection or alert that came to central later than this after the car passed is late: no sound, no single pushes. */
export const LATE_AFTER_MS = 15 * 60_000;

/** Where and when the detection of a finding was made; the first finding of a pass fixes these for its item. */
export interface FindingPlace {
  readonly siteId: string;
  readonly cameraId: string;
  readonly collectorId: string;
  readonly capturedMs: number;
  readonly receivedMs: number;
  readonly test: boolean;
}

export interface NewFinding {
  readonly finding: Finding;
  readonly raisedBy: "edge" | "central";
  /** Rid of the edge's alert record; null for central's own. */
  readonly recordRid: string | null;
  /** When the finder found it, ms UTC. */
  readonly foundMs: number;
  readonly place: FindingPlace;
}

/**
 * Adds one finding, its alert and its item where they are new; the answer says what was. Safe to repeat. Call `refreshAlertItems` with
 * the passes afterwards, in the same transaction.
 */
export async function insertFinding(
  tx: Tx,
  added: NewFinding,
): Promise<{ readonly newItem: boolean; readonly newAlert: boolean; readonly newFinding: boolean }> {
  const { place } = added;
  const finding = cleanFinding(added.finding);
  const item = await tx
    .insertInto("alert_items")
    .values({
      pass: finding.pass,
      state: "new",
      site_id: place.siteId,
      camera_id: place.cameraId,
      collector_id: place.collectorId,
      late: place.receivedMs - place.capturedMs > LATE_AFTER_MS,
      test: place.test,
      critical: finding.critical,
      raised_at: new Date(added.foundMs),
      changed_at: new Date(place.receivedMs),
    })
    .onConflict((conflict) => conflict.column("pass").doNothing())
    .returning("pass")
    .executeTakeFirst();
  const alert = await tx
    .insertInto("alerts")
    .values({ id: finding.alert, pass: finding.pass, entry_id: finding.entry, list_id: finding.list, raised_at: new Date(added.foundMs) })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  const row = await tx
    .insertInto("alert_findings")
    .values({
      alert_id: finding.alert,
      detection_id: finding.detection,
      raised_by: added.raisedBy,
      pass: finding.pass,
      record_rid: added.recordRid,
      explanation: JSON.stringify(finding.explanation),
      list_version: JSON.stringify(finding.listVersion),
      list_name: finding.listName,
      list_owner: finding.listOwner,
      critical: finding.critical,
      reason: finding.reason,
      expires_at: new Date(finding.expiresMs),
      found_at: new Date(added.foundMs),
    })
    .onConflict((conflict) => conflict.columns(["alert_id", "detection_id", "raised_by"]).doNothing())
    .returning("alert_id")
    .executeTakeFirst();
  return { newItem: item !== undefined, newAlert: alert !== undefined, newFinding: row !== undefined };
}

/** Folds the ops of these items anew and keeps the state that the queue is paged by. Call after findings or alert-ops were added. */
export async function refreshAlertItems(tx: Tx, passes: readonly string[], atMs: number): Promise<void> {
  for (const pass of new Set(passes)) {
    const folded = await foldItem(tx, pass);
    if (folded === null) continue;
    const critical = await tx
      .selectFrom("alert_findings")
      .select("alert_id")
      .where("pass", "=", pass)
      .where("critical", "=", true)
      .limit(1)
      .executeTakeFirst();
    await tx
      .updateTable("alert_items")
      .set({ state: folded.state, critical: critical !== undefined, changed_at: new Date(atMs) })
      .where("pass", "=", pass)
      .execute();
  }
}

/** The item's state from its alerts and everything people did; null when it has no alert yet (an op came first). */
export async function foldItem(tx: Tx, pass: string): Promise<AlertItemState | null> {
  const alerts = await alertsOfPass(tx, pass);
  if (alerts.length === 0) return null;
  const ops = await listAlertOps(tx, pass);
  return foldAlertOps(pass as Rid, alerts, ops);
}

export async function alertsOfPass(tx: Tx, pass: string): Promise<AlertId[]> {
  const rows = await tx.selectFrom("alerts").select("id").where("pass", "=", pass).orderBy("id").execute();
  return rows.map((row) => row.id as AlertId);
}

async function listAlertOps(tx: Tx, pass: string): Promise<StampedAlertOp[]> {
  const rows = await tx.selectFrom("alert_ops").selectAll().where("pass", "=", pass).orderBy("effective_hlc").orderBy("rid").execute();
  return rows.map((row) => ({
    rid: row.rid as Rid,
    pass: row.pass as Rid,
    seen: row.seen as AlertId[],
    verb: row.verb,
    hlc: row.hlc as Hlc,
    effectiveHlc: row.effective_hlc as Hlc,
    author: row.author,
    args: row.args,
    relies: row.relies as Rid | null,
  }));
}

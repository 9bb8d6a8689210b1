import type { AlertItemView, AlertOpView, FindingView } from "../../shared/api/views.ts";
import { hlcMs } from "../../shared/clock/hlc.ts";
import { decodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { SALT_BYTES } from "../../shared/log/record.ts";
import { foldAlertOps, type StampedAlertOp } from "../../shared/match/fold-alert-ops.ts";
import type { Rid } from "../../shared/model/ids.ts";
import type { AlertItemRow } from "../log/alert-rows.ts";
import type { StoreRows } from "../log/store-rows.ts";
import { type DetectionViews, iso } from "./detection-views.ts";

export interface AlertViews {
  readonly view: (pass: Rid) => AlertItemView | null;
  readonly page: (before: number | null, limit: number) => { readonly views: AlertItemView[]; readonly next: number | null };
}

/** The ops of a pass, as the log holds them. */
export type OpsOfPass = (pass: Rid) => readonly StampedAlertOp[];

export function makeAlertViews(rows: StoreRows, detections: DetectionViews, opsOf: OpsOfPass): AlertViews {
  const viewOf = (row: AlertItemRow): AlertItemView => {
    const alerts = rows.alerts.alertsOfPass(row.pass);
    const item = foldAlertOps(
      row.pass,
      alerts.map(({ alert }) => alert),
      opsOf(row.pass),
    );
    const findings = alerts.flatMap((place) => findingAt(rows, place.log, place.seq) ?? []);
    const detection = detections.view(row.detection);
    return {
      id: row.pass,
      state: item.state,
      late: detection?.late ?? false,
      test: row.test,
      critical: findings.some((finding) => finding.critical),
      raised_at: iso(row.raisedMs),
      detection,
      detections: rows.detections.countOfPass(row.pass),
      alerts: findings,
      work: item.ops.map(({ op }) => opView(op)),
    };
  };
  return {
    view(pass) {
      const row = rows.alerts.itemOf(pass);
      return row === undefined ? null : viewOf(row);
    },
    page(before, limit) {
      const found = rows.alerts.itemsPage(before ?? Number.MAX_SAFE_INTEGER, limit);
      return { views: found.map(viewOf), next: found.length < limit ? null : found.at(-1)!.n };
    },
  };
}

function findingAt(rows: StoreRows, log: number, seq: number): FindingView | undefined {
  const payload = rows.logs.recordAt(log, seq)?.payload;
  const finding = payload == null ? undefined : decodeAlert(payload.subarray(SALT_BYTES))?.finding;
  if (finding === undefined) return undefined;
  return {
    id: finding.alert,
    entry_id: finding.entry,
    watchlist_id: finding.list,
    watchlist: finding.listName,
    owner: finding.listOwner,
    critical: finding.critical,
    reason: finding.reason,
    expires_at: iso(finding.expiresMs),
    explanation: finding.explanation,
    detection_id: finding.detection,
    raised_by: ["edge"],
  };
}

function opView({ rid, verb, author, hlc, args }: StampedAlertOp): AlertOpView {
  return {
    id: rid,
    verb,
    author,
    at: iso(hlcMs(hlc)),
    text: args.text ?? null,
    outcome: args.outcome ?? null,
    to: args.to ?? null,
    how: args.how ?? null,
    reference: args.reference ?? null,
  };
}

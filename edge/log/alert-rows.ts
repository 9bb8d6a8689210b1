import type { Database } from "better-sqlite3";
import type { MatchKind } from "../../shared/model/alert.ts";
import type { AlertId, Rid } from "../../shared/model/ids.ts";
import type { Place } from "./detection-rows.ts";

export interface AlertItemRow {
  readonly pass: Rid;
  readonly n: number;
  readonly raisedMs: number;
  /** The detection that leads the item: the newest one that raised an alert. */
  readonly detection: Rid;
  readonly test: boolean;
}

interface RawItem {
  pass: string;
  n: number;
  raised_ms: number;
  detection: string;
  test: number;
}

const ITEM_COLUMNS = "pass, n, raised_ms, detection, test";
const toItem = (raw: RawItem): AlertItemRow => ({
  pass: raw.pass as Rid,
  n: raw.n,
  raisedMs: raw.raised_ms,
  detection: raw.detection as Rid,
  test: raw.test === 1,
});

/** More findings of one pass than this are not shown; a pass has at most 64 matches. */
const FINDINGS_SHOWN_MAX = 256;
const OPS_SHOWN_MAX = 500;

export function prepareAlertRows(db: Database) {
  const put = db.prepare(
    `insert into alerts (alert, pass, kind, log, seq) values (?, ?, ?, ?, ?)
     on conflict (alert) do update set kind = excluded.kind, log = excluded.log, seq = excluded.seq`,
  );
  const nOf = db.prepare("select n from alerts where alert = ?").pluck();
  const ofPass = db.prepare("select alert, kind, log, seq from alerts where pass = ? order by n");
  const passOf = db.prepare("select pass from alerts where alert = ?").pluck();
  const putFinding = db.prepare("insert into findings (log, seq, alert, pass) values (?, ?, ?, ?)");
  const findings = db.prepare(`select log, seq, alert from findings where pass = ? order by seq limit ${FINDINGS_SHOWN_MAX}`);
  const putItem = db.prepare(
    `insert into alert_items (pass, n, raised_ms, detection, test) values (?, ?, ?, ?, ?)
     on conflict (pass) do update set n = excluded.n, raised_ms = excluded.raised_ms, detection = excluded.detection`,
  );
  const item = db.prepare(`select ${ITEM_COLUMNS} from alert_items where pass = ?`);
  const page = db.prepare(`select ${ITEM_COLUMNS} from alert_items where n < ? order by n desc limit ?`);
  const putOp = db.prepare("insert into alert_ops (rid, pass, log, seq) values (?, ?, ?, ?)");
  const ops = db.prepare(`select rid, log, seq from alert_ops where pass = ? order by seq limit ${OPS_SHOWN_MAX}`);

  return {
    /** Adds a finding and its alert; the alert keeps the surest kind, which is this one (decideAlerts adds no weaker finding). */
    putFinding(alert: AlertId, pass: Rid, kind: MatchKind, place: Place): number {
      put.run(alert, pass, kind, place.log, place.seq);
      putFinding.run(place.log, place.seq, alert, pass);
      return nOf.get(alert) as number;
    },
    putItem: (row: AlertItemRow): void => void putItem.run(row.pass, row.n, row.raisedMs, row.detection, row.test ? 1 : 0),
    alertsOfPass: (pass: Rid): (Place & { readonly alert: AlertId; readonly kind: MatchKind })[] =>
      ofPass.all(pass) as (Place & { alert: AlertId; kind: MatchKind })[],
    passOfAlert: (alert: AlertId): Rid | undefined => passOf.get(alert) as Rid | undefined,
    findingsOfPass: (pass: Rid): (Place & { readonly alert: AlertId })[] => findings.all(pass) as (Place & { alert: AlertId })[],
    itemOf(pass: Rid): AlertItemRow | undefined {
      const raw = item.get(pass) as RawItem | undefined;
      return raw === undefined ? undefined : toItem(raw);
    },
    itemsPage: (before: number, limit: number): AlertItemRow[] => (page.all(before, limit) as RawItem[]).map(toItem),
    putOp: (rid: Rid, pass: Rid, place: Place): void => void putOp.run(rid, pass, place.log, place.seq),
    opsOfPass: (pass: Rid): (Place & { readonly rid: Rid })[] => ops.all(pass) as (Place & { rid: Rid })[],
  };
}

import { sql } from "kysely";
import type { AlertItemView, AlertOpView, DetectionView, FindingView } from "../../shared/api/views.ts";
import { hlcMs } from "../../shared/clock/hlc.ts";
import type { Explanation, MatchKind } from "../../shared/model/alert.ts";
import type { Hlc } from "../../shared/model/ids.ts";
import { detectionViewsById } from "./detection-view-rows.ts";
import type { Db, Tx } from "./open-db.ts";

const SURENESS: Readonly<Record<MatchKind, number>> = { wildcard: 1, confusable: 2, exact: 3 };

/** Alert items as both pages show them, in the order of `passes`; those that are not there are left out. 8 queries whatever the number. */
export async function alertItemViews(db: Db | Tx, passes: readonly string[]): Promise<AlertItemView[]> {
  if (passes.length === 0) return [];
  const items = await db
    .selectFrom("alert_items")
    .selectAll()
    .where("pass", "in", [...passes])
    .execute();
  const findings = await readFindings(db, passes);
  const work = await readWork(db, passes);
  const leads = new Map([...findings].map(([pass, found]) => [pass, found[0]?.detection_id]));
  const detections = await leadDetections(db, leads);
  const counts = await countDetections(db, passes);
  const byPass = new Map(items.map((item) => [item.pass, item]));
  return passes.flatMap((pass) => {
    const item = byPass.get(pass);
    if (item === undefined) return [];
    return {
      id: pass,
      state: item.state,
      late: item.late,
      test: item.test,
      critical: item.critical,
      raised_at: item.raised_at.toISOString(),
      detection: detections.get(pass) ?? null,
      detections: counts.get(pass) ?? 0,
      alerts: findings.get(pass) ?? [],
      work: work.get(pass) ?? [],
    };
  });
}

interface FindingRow {
  alert_id: string;
  pass: string;
  entry_id: string;
  list_id: string;
  detection_id: string;
  raised_by: "edge" | "central";
  explanation: Explanation;
  list_name: string;
  list_owner: string;
  critical: boolean;
  reason: string;
  expires_at: Date;
}

/** One view per alert, of its surest finding, naming all who found it; the surest alert first. */
async function readFindings(db: Db | Tx, passes: readonly string[]): Promise<Map<string, FindingView[]>> {
  const rows: FindingRow[] = await db
    .selectFrom("alert_findings as f")
    .innerJoin("alerts as a", "a.id", "f.alert_id")
    .select([
      "f.alert_id",
      "f.pass",
      "a.entry_id",
      "a.list_id",
      "f.detection_id",
      "f.raised_by",
      "f.explanation",
      "f.list_name",
      "f.list_owner",
    ])
    .select(["f.critical", "f.reason", "f.expires_at"])
    .where("f.pass", "in", [...passes])
    .orderBy("f.found_at")
    .orderBy("f.alert_id")
    .orderBy("f.raised_by")
    .execute();
  const byAlert = new Map<string, FindingRow[]>();
  for (const row of rows) byAlert.set(row.alert_id, [...(byAlert.get(row.alert_id) ?? []), row]);
  const byPass = new Map<string, FindingView[]>();
  for (const found of byAlert.values()) {
    const best = found.reduce((sure, row) => (SURENESS[row.explanation.kind] > SURENESS[sure.explanation.kind] ? row : sure));
    byPass.set(best.pass, [...(byPass.get(best.pass) ?? []), findingView(best, found)]);
  }
  for (const views of byPass.values()) views.sort((a, b) => SURENESS[b.explanation.kind] - SURENESS[a.explanation.kind]);
  return byPass;
}

function findingView(best: FindingRow, found: readonly FindingRow[]): FindingView {
  return {
    id: best.alert_id,
    entry_id: best.entry_id,
    watchlist_id: best.list_id,
    watchlist: best.list_name,
    owner: best.list_owner,
    critical: best.critical,
    reason: best.reason,
    expires_at: best.expires_at.toISOString(),
    explanation: best.explanation,
    detection_id: best.detection_id,
    raised_by: [...new Set(found.map((row) => row.raised_by))],
  };
}

async function readWork(db: Db | Tx, passes: readonly string[]): Promise<Map<string, AlertOpView[]>> {
  const rows = await db
    .selectFrom("alert_ops")
    .selectAll()
    .where("pass", "in", [...passes])
    .orderBy("effective_hlc")
    .orderBy("rid")
    .execute();
  const work = new Map<string, AlertOpView[]>();
  for (const row of rows) {
    const { text, outcome, to, how, reference } = row.args;
    const view: AlertOpView = {
      id: row.rid,
      verb: row.verb,
      author: row.author,
      at: new Date(hlcMs(row.effective_hlc as Hlc)).toISOString(),
      text: text ?? null,
      outcome: outcome ?? null,
      to: to ?? null,
      how: how ?? null,
      reference: reference ?? null,
    };
    work.set(row.pass, [...(work.get(row.pass) ?? []), view]);
  }
  return work;
}

/** The detection of the surest finding: its picture is what a person compares. A finding on a revision leads to the revised detection. */
async function leadDetections(db: Db | Tx, leads: ReadonlyMap<string, string | undefined>): Promise<Map<string, DetectionView>> {
  const ids = [...leads.values()].filter((id) => id !== undefined);
  if (ids.length === 0) return new Map();
  const revised = await db.selectFrom("detection_revisions").select(["id", "revises"]).where("id", "in", ids).execute();
  const revises = new Map(revised.map((row) => [row.id, row.revises]));
  const views = await detectionViewsById(db, [...new Set(ids.map((id) => revises.get(id) ?? id))]);
  const byId = new Map(views.map((view) => [view.id, view]));
  const found = new Map<string, DetectionView>();
  for (const [pass, id] of leads) {
    const view = id === undefined ? undefined : byId.get(revises.get(id) ?? id);
    if (view !== undefined) found.set(pass, view);
  }
  return found;
}

async function countDetections(db: Db | Tx, passes: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ pass: string; n: number }>`
    select pass, count(*)::int as n from detections where pass = any(${[...passes]}::uuid[]) group by pass`.execute(db);
  return new Map(rows.map((row) => [row.pass, row.n]));
}

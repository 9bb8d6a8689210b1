import type { TurnOutcome } from "../../shared/flow/run-loop.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { type AlertDecision, decideAlerts } from "../../shared/match/decide-alerts.ts";
import { matchPlate } from "../../shared/match/match-plate.ts";
import type { MatchKind } from "../../shared/model/alert.ts";
import type { AlertId } from "../../shared/model/ids.ts";
import { announceDerived, arrivalsAfter, lockCursor, moveCursor } from "../db/arrival-rows.ts";
import { raiseNotice } from "../db/notice-rows.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { DERIVED_ARRIVAL } from "../db/tables.ts";
import { underSavepoint } from "../db/under-savepoint.ts";
import { insertFinding, refreshAlertItems } from "./finding-rows.ts";
import { knownAlerts, type Passing, passingsOf } from "./matching-rows.ts";
import type { SiteIndexes } from "./site-indexes.ts";

/** Arrivals looked at in one transaction: bounded, so that it stays far below 250 ms. */
export const RAISE_BATCH_MAX = 500;
const CURSOR = "raise-alerts";

export interface RaiseAlertsDeps {
  readonly db: Db;
  readonly indexes: SiteIndexes;
  readonly nowMs: () => number;
  /** Called after a commit that raised or touched something: it waits for its number. */
  readonly onRaised: () => void;
}

/**
 * One turn: what arrived after the cursor is matched against the entries in force when the car passed. The findings and the cursor are
 * one transaction: a crash loses nothing, a repeat adds nothing. The edge has mostly alerted before; then this adds central's finding.
 */
export async function raiseAlerts(deps: RaiseAlertsDeps): Promise<TurnOutcome> {
  let raised = false;
  const outcome = await deps.db.transaction().execute(async (tx): Promise<TurnOutcome> => {
    const from = await lockCursor(tx, CURSOR);
    const arrived = await arrivalsAfter(tx, from, RAISE_BATCH_MAX);
    const last = arrived.at(-1);
    if (last === undefined) return "idle";
    const ridsOf = (kind: number): string[] => arrived.filter((each) => each.kind === kind).map((each) => each.rid);
    const passings = await passingsOf(tx, ridsOf(RECORD_KINDS.detection), ridsOf(RECORD_KINDS.revision));
    if (passings.length > 0) {
      await deps.indexes.renew(tx);
      raised = await raiseFor(tx, deps, passings);
    }
    await moveCursor(tx, CURSOR, last.arrival);
    return arrived.length === RAISE_BATCH_MAX ? "more" : "idle";
  });
  if (raised) deps.onRaised();
  return outcome;
}

/** True when something was raised or touched. */
async function raiseFor(tx: Tx, deps: RaiseAlertsDeps, passings: readonly Passing[]): Promise<boolean> {
  const matched = passings.flatMap((passing) => {
    const index = deps.indexes.of(passing.siteId);
    const matches = index === undefined ? [] : matchPlate(index, passing.plate, passing.capturedMs, "in-force-then").matches;
    return matches.length === 0 ? [] : { passing, matches };
  });
  if (matched.length === 0) return false;
  const known = await knownAlerts(
    tx,
    matched.map((each) => each.passing.pass),
  );
  const foundMs = deps.nowMs();
  const fresh = new Set<string>();
  const touched = new Set<string>();
  for (const { passing, matches } of matched.sort((a, b) => a.passing.capturedMs - b.passing.capturedMs)) {
    const ofPass = known.get(passing.pass) ?? new Map<AlertId, MatchKind | null>();
    known.set(passing.pass, ofPass);
    const decision = decideAlerts({ detection: passing.rid, pass: passing.pass, test: passing.test, matches, known: ofPass });
    if (!(await keep(tx, decision, passing, foundMs, ofPass))) continue;
    if (decision.raised.length > 0) fresh.add(passing.pass);
    else if (decision.findings.length > 0) touched.add(passing.pass);
  }
  await refreshAlertItems(tx, [...fresh, ...touched], foundMs);
  await announceDerived(tx, [...fresh], DERIVED_ARRIVAL.alertItem);
  await announceDerived(
    tx,
    [...touched].filter((pass) => !fresh.has(pass)),
    DERIVED_ARRIVAL.alertTouched,
  );
  return fresh.size + touched.size > 0;
}

/** False when the database refuses what was found: people read that, and the passings behind it go on. */
async function keep(
  tx: Tx,
  { findings }: AlertDecision,
  place: Passing,
  foundMs: number,
  known: Map<AlertId, MatchKind | null>,
): Promise<boolean> {
  if (findings.length === 0) return true;
  const outcome = await underSavepoint(tx, async () => {
    for (const finding of findings) await insertFinding(tx, { finding, raisedBy: "central", recordRid: null, foundMs, place });
  });
  if (outcome.kind === "refused") {
    const words = `Central could not keep the alert that it raised for the detection ${place.rid}: the database refused it (${outcome.code}). The site's own alert is not touched.`;
    await raiseNotice(tx, { code: "alert-refused", subject: place.pass, level: "warning", words, collectorId: place.collectorId }, foundMs);
    return false;
  }
  for (const finding of findings) known.set(finding.alert, finding.explanation.kind);
  return true;
}

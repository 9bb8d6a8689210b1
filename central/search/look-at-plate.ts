import type { PlateRoute, PlateSummary } from "../../shared/api/central-api.ts";
import { confusableDifferences } from "../../shared/match/match-plate.ts";
import { normalisePlate } from "../../shared/plate/normalise-plate.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Tx } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { foldsOf } from "./find-candidates.ts";
import { platesByFold } from "./plate-candidate-rows.ts";
import { type Companion, countPlates, plateCompanions, plateFigures, plateSites, plateStops } from "./plate-history-rows.ts";
import { REASON_CHARACTERS_MIN, REASON_REQUIRED, type SearchDeps } from "./search-detections.ts";

export interface PlateQuestion {
  readonly plate: string;
  readonly sees: readonly string[];
  readonly reason: string | null;
  readonly caseNumber: string | null;
}

const LOOK_ALIKES_MAX = 20;
const LOOK_ALIKE_DIFFERENCES_MAX = 2;
const STOPS_MAX = 200;
const COMPANION_WINDOW_MS = 2 * 60_000;
const COMPANIONS_MAX = 50;

/** All views of one plate: the reason is required, the look is recorded, and both are one transaction. */
async function lookAt<T extends object>(
  deps: SearchDeps,
  question: PlateQuestion,
  view: string,
  who: AuditWho,
  read: (tx: Tx, plate: string) => Promise<T>,
): Promise<T | Refusal> {
  if ((question.reason ?? "").trim().length < REASON_CHARACTERS_MIN) return REASON_REQUIRED;
  const plate = normalisePlate(question.plate);
  if (plate === null) return { kind: "not_found", message: "This is not a plate." };
  const entry = { action: `plate.${view}`, plate, reason: question.reason, caseNumber: question.caseNumber, outcome: "ok" };
  return deps.db.transaction().execute(async (tx) => {
    await insertAudit(tx, who, entry, deps.nowMs());
    return read(tx, plate);
  });
}

export function summarisePlate(deps: SearchDeps, question: PlateQuestion, who: AuditWho): Promise<PlateSummary | Refusal> {
  return lookAt(deps, question, "summary", who, async (tx, plate) => ({
    plate,
    ...(await plateFigures(tx, plate, question.sees)),
    sites: await plateSites(tx, plate, question.sees),
    look_alikes: await lookAlikes(tx, plate, question.sees),
  }));
}

export function routeOfPlate(
  deps: SearchDeps,
  question: PlateQuestion,
  range: { fromMs: number; toMs: number },
  who: AuditWho,
): Promise<PlateRoute | Refusal> {
  return lookAt(deps, question, "route", who, async (tx, plate) => ({
    plate,
    stops: await plateStops(tx, plate, question.sees, range, STOPS_MAX),
  }));
}

export function companionsOfPlate(
  deps: SearchDeps,
  question: PlateQuestion,
  who: AuditWho,
): Promise<{ plate: string; window_ms: number; companions: Companion[] } | Refusal> {
  return lookAt(deps, question, "companions", who, async (tx, plate) => ({
    plate,
    window_ms: COMPANION_WINDOW_MS,
    companions: await plateCompanions(tx, plate, question.sees, COMPANION_WINDOW_MS, COMPANIONS_MAX),
  }));
}

async function lookAlikes(tx: Tx, plate: string, sees: readonly string[]): Promise<PlateSummary["look_alikes"]> {
  const near = (await platesByFold(tx, foldsOf(plate))).filter(
    (other) => other !== plate && confusableDifferences(plate, other) <= LOOK_ALIKE_DIFFERENCES_MAX,
  );
  return near.length === 0 ? [] : (await countPlates(tx, near, sees)).slice(0, LOOK_ALIKES_MAX);
}

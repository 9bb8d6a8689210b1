import type { DetectionSearchAnswer, SearchMatch } from "../../shared/api/central-api.ts";
import type { DetectionView } from "../../shared/api/views.ts";
import type { Explanation } from "../../shared/model/alert.ts";
import { explainMatch } from "../../shared/plate/explain-match.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import { limitStatements } from "../db/database-answers.ts";
import { detectionViews } from "../db/detection-view-rows.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { readCoverage } from "./coverage-rows.ts";
import { type DetectionFilter, detectionsOfPlates, type FoundDetection, type Keyset, newestDetections } from "./detection-search-rows.ts";
import { type Candidates, findCandidates } from "./find-candidates.ts";
import { encodeCursor } from "./search-cursor.ts";

export const SEARCH_LIMIT_MAX = 200;
export const REASON_CHARACTERS_MIN = 3;
/** Coverage of a question without a beginning: the time that its page of results spans, at least this. */
const COVERAGE_DEFAULT_MS = 24 * 3_600_000;
const STATEMENT_SECONDS_MAX = 5;

export interface SearchQuestion {
  readonly plate: string | null;
  readonly match: SearchMatch;
  readonly filter: DetectionFilter;
  readonly after: Keyset | null;
  readonly limit: number;
  readonly reason: string | null;
  readonly caseNumber: string | null;
}

export interface SearchDeps {
  readonly db: Db;
  readonly nowMs: () => number;
}

export type SearchOutcome =
  | { readonly kind: "found"; readonly answer: DetectionSearchAnswer & { readonly more_plates: boolean } }
  | Refusal;

/** A plate may not be looked up without saying why. */
export const REASON_REQUIRED: Refusal = {
  kind: "reason_required",
  message: "Say why this plate is looked up (reason, at least 3 characters).",
};

/**
 * Finds detections. A plate goes through the dictionary first; the search and its line in the audit log are one transaction, so a look-up
 * that could not be recorded did not happen.
 */
export async function searchDetections(deps: SearchDeps, question: SearchQuestion, who: AuditWho): Promise<SearchOutcome> {
  if (question.plate !== null && (question.reason ?? "").trim().length < REASON_CHARACTERS_MIN) return REASON_REQUIRED;
  const nowMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<SearchOutcome> => {
    await limitStatements(tx, STATEMENT_SECONDS_MAX);
    const candidates = question.plate === null ? null : await findCandidates(tx, question.plate, question.match);
    if (candidates !== null && candidates.kind !== "candidates") return candidates;
    const found = await findPage(tx, question, candidates);
    const page = found.slice(0, question.limit);
    const views = await detectionViews(tx, page);
    const coverage = await readCoverage(tx, coverageOf(question, page, nowMs));
    if (candidates !== null) await auditSearch(tx, question, candidates, page.length, who, nowMs);
    const last = page.at(-1);
    return {
      kind: "found",
      answer: {
        detections: candidates === null ? views : views.map((view) => explained(view, question.match, candidates)),
        next_cursor: found.length > question.limit && last !== undefined ? encodeCursor({ ...last, capturedMs: last.shownMs }) : null,
        coverage,
        more_plates: candidates?.more ?? false,
      },
    };
  });
}

async function findPage(tx: Tx, { match, filter, after, limit }: SearchQuestion, candidates: Candidates | null): Promise<FoundDetection[]> {
  if (candidates === null) return newestDetections(tx, filter, after, limit + 1);
  return detectionsOfPlates(tx, candidates.plates, match === "fuzzy" ? "ranked" : "newest", filter, after, limit + 1);
}

function coverageOf(question: SearchQuestion, page: readonly FoundDetection[], nowMs: number) {
  const { filter } = question;
  const toMs = filter.toMs ?? nowMs;
  const oldestMs = Math.min(toMs - COVERAGE_DEFAULT_MS, ...page.map((found) => found.shownMs));
  return { fromMs: filter.fromMs ?? oldestMs, toMs, sees: filter.sees, camera: filter.camera, site: filter.site, nowMs };
}

async function auditSearch(
  tx: Tx,
  question: SearchQuestion,
  candidates: Candidates,
  results: number,
  who: AuditWho,
  atMs: number,
): Promise<void> {
  await insertAudit(
    tx,
    who,
    {
      action: "search",
      plate: candidates.asked,
      reason: question.reason,
      caseNumber: question.caseNumber,
      outcome: "ok",
      details: { match: question.match, results, page: question.after === null ? "first" : "later" },
    },
    atMs,
  );
}

function explained(view: DetectionView, match: SearchMatch, candidates: Candidates): DetectionView {
  const followed = new Set(candidates.plates.map((candidate) => candidate.plate));
  // Found by a later reading: that one is explained.
  const plate = [view.plate, ...view.revisions.map((revision) => revision.plate)].find((read) => read !== null && followed.has(read));
  return plate === undefined || plate === null ? view : { ...view, explanation: explain(plate, match, candidates.asked) };
}

function explain(plate: string, match: SearchMatch, asked: string): Explanation {
  if (plate === asked) return explainMatch("exact", plate, asked);
  if (match === "wildcard") return explainMatch("wildcard", plate, asked);
  // Positions can be named only between plates of one length.
  return plate.length === asked.length
    ? explainMatch("confusable", plate, asked)
    : { kind: "confusable", plate, pattern: asked, differences: [] };
}

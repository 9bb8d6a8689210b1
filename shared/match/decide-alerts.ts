import type { Finding, MatchKind } from "../model/alert.ts";
import type { AlertId, Rid } from "../model/ids.ts";
import { alertId } from "./alert-id.ts";
import type { PlateMatch } from "./match-plate.ts";

/**
 * What a detection, or a revision of one, adds to the alerts of its pass. Both sides use it: the edge at once, central when the log
 * arrives. One alert per (pass, entry), raised once, on the change to "matched"; each side adds a finding when it is the first of its
 * own for that alert, or surer than its own before (exact after confusable). A parked car read a thousand times adds nothing more.
 */
export interface AlertQuestion {
  /** Rid of the detection or revision that is being matched. */
  readonly detection: Rid;
  readonly pass: Rid;
  readonly test: boolean;
  readonly matches: readonly PlateMatch[];
  /** Alerts of this pass that exist, with the surest kind of *this side's own* findings; null where only the other side found it. */
  readonly known: ReadonlyMap<AlertId, MatchKind | null>;
}

export interface AlertDecision {
  readonly findings: readonly Finding[];
  /** Alerts that did not exist before: these ring. In the order of the findings. */
  readonly raised: readonly AlertId[];
  /** A test goes through everything and says TEST everywhere. */
  readonly test: boolean;
}

const SURENESS: Readonly<Record<MatchKind, number>> = { wildcard: 1, confusable: 2, exact: 3 };

export function decideAlerts(question: AlertQuestion): AlertDecision {
  const findings: Finding[] = [];
  const raised: AlertId[] = [];
  for (const match of question.matches) {
    const finding = findingOf(question, match);
    const own = question.known.get(finding.alert);
    if (own === undefined) raised.push(finding.alert);
    if (own === undefined || own === null || SURENESS[match.explanation.kind] > SURENESS[own]) findings.push(finding);
  }
  return { findings, raised, test: question.test };
}

function findingOf(question: AlertQuestion, { entry, list, explanation }: PlateMatch): Finding {
  return {
    alert: alertId(question.pass, entry.id),
    pass: question.pass,
    entry: entry.id,
    list: list.list.id,
    detection: question.detection,
    explanation,
    listVersion: list.version,
    listName: list.list.name,
    listOwner: list.list.owner,
    critical: list.list.critical,
    reason: entry.reason,
    expiresMs: entry.expiresMs,
  };
}

import type { Finding } from "../../shared/model/alert.ts";
import { cleanText } from "../db/clean-text.ts";

/** What a timestamp column and a Date both hold. */
const LATEST_MS = Date.UTC(2100, 0, 1);

/** A finding that the database always takes, whoever made it: texts of a list are an edge's own words, kept exactly in the feed. */
export function cleanFinding(finding: Finding): Finding {
  const { explanation } = finding;
  return {
    ...finding,
    explanation: {
      ...explanation,
      plate: cleanText(explanation.plate),
      pattern: cleanText(explanation.pattern),
      differences: explanation.differences.map((one) => ({ ...one, read: cleanText(one.read), wanted: cleanText(one.wanted) })),
    },
    listName: cleanText(finding.listName),
    listOwner: cleanText(finding.listOwner),
    reason: cleanText(finding.reason),
    expiresMs: Math.min(Math.max(0, finding.expiresMs), LATEST_MS),
  };
}

import type { AlertId, EntryId, Hlc, ListId, Rid } from "./ids.ts";

export type MatchKind = "exact" | "confusable" | "wildcard";

/** One character that differs: `at` counts from 0 in the plate that was read. */
export interface CharacterDifference {
  readonly at: number;
  readonly read: string;
  readonly wanted: string;
}

/** Why a plate matched an entry: which characters matched and which differed. */
export interface Explanation {
  readonly kind: MatchKind;
  readonly plate: string;
  readonly pattern: string;
  readonly differences: readonly CharacterDifference[];
}

/** The list version a finding was made with: position in the feed of a generation, and own ops the feed had not brought back. */
export interface ListVersion {
  readonly generation: string;
  readonly cursor: number;
  readonly overlay: number;
}

/** One raising of an alert: by an edge or by central, on one detection. All findings are kept. */
export interface Finding {
  readonly alert: AlertId;
  readonly pass: Rid;
  readonly entry: EntryId;
  readonly list: ListId;
  readonly detection: Rid;
  readonly explanation: Explanation;
  readonly listVersion: ListVersion;
  /** What the entry said when the alert was raised, so that the alert stays readable after the entry is gone. */
  readonly listName: string;
  readonly listOwner: string;
  readonly critical: boolean;
  readonly reason: string;
  readonly expiresMs: number;
}

export type AlertVerb = "acknowledge" | "verify" | "escalate" | "dismiss" | "note";

/** One act of a person on an alert item (a pass). */
export interface AlertOp {
  readonly rid: Rid;
  readonly pass: Rid;
  /** The alerts the person saw when acting; an alert nobody has seen puts the item back to new, once. */
  readonly seen: readonly AlertId[];
  readonly verb: AlertVerb;
  readonly hlc: Hlc;
  readonly author: string;
  readonly args: AlertOpArguments;
  /** Escalate only: rid of the verify it relies on. */
  readonly relies: Rid | null;
}

export interface AlertOpArguments {
  readonly text?: string;
  /** Dismiss: why ("not-them", "misread", "duplicate", "other"). Verify: "it-is-them". Escalate: to whom. */
  readonly outcome?: string;
  readonly to?: string;
  readonly how?: string;
  readonly reference?: string;
}

export type AlertState = "new" | "acknowledged" | "verified" | "escalated" | "dismissed";

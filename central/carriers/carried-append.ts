/**
 * What becomes of one APPEND that a carrier brought, without I/O: a generator that asks for one thing after another and is told what came of
 * it. The import answers by promises and the database, the simulator from its tables.
 */
import { trimAppend } from "../../shared/bundle/trim-append.ts";
import { EMPTY_LOG } from "../../shared/log/chain.ts";
import type { CollectorId, LogId } from "../../shared/model/ids.ts";
import type { Zstd } from "../../shared/protocol/append-body.ts";
import type { MergeAnswer } from "../../shared/protocol/central-session.ts";
import type { Append } from "../../shared/protocol/frames.ts";
import { judgeAppend } from "../../shared/protocol/merge-append.ts";

/** Why nothing more of a log was taken. */
export type LogTrouble =
  /** It begins behind what central has. */
  | "earlier-missing"
  /** Records, chain or checkpoint are not what the site's key signed. */
  | "not-proved"
  /** The site has left this log for a new one. */
  | "closed"
  /** The log is another collector's. */
  | "foreign";

export type CarriedStep =
  /** Merge it without a session; answered with a MergeAnswer, all others with null. */
  | { readonly ask: "merge"; readonly append: Append }
  /** Make the log's row: its first records have proved themselves. */
  | { readonly ask: "begin-log"; readonly logId: LogId }
  | { readonly ask: "wait"; readonly ms: number };

export type CarriedSteps<Result> = Generator<CarriedStep, Result, MergeAnswer | null>;

const BUSY_ATTEMPTS_MAX = 5;
/** A live session may advance the log between two looks. */
const ATTEMPTS_MAX = 8;

/**
 * One APPEND of a bundle; `troubles` holds the logs of which nothing more is taken, and gets this one's. False when the database stays away:
 * nothing after this is tried.
 */
export function* takeCarried(
  troubles: Map<LogId, LogTrouble>,
  collectorId: CollectorId,
  append: Append,
  zstd: Zstd,
): CarriedSteps<boolean> {
  if (append.count === 0 || troubles.has(append.logId)) return true;
  const outcome = yield* mergeCarried(collectorId, append, zstd);
  if (outcome === "busy") return false;
  if (outcome !== "merged") troubles.set(append.logId, outcome);
  return true;
}

/** What central has of it by another way is cut off in front; the rest must follow what it has. */
function* mergeCarried(collectorId: CollectorId, carried: Append, zstd: Zstd): CarriedSteps<"merged" | "busy" | LogTrouble> {
  let append = carried;
  let busy = 0;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const answer = yield { ask: "merge", append };
    if (answer === null) throw new Error("a merge was not answered");
    if (answer.kind === "at") return "merged";
    if (answer.kind === "busy") {
      if (++busy >= BUSY_ATTEMPTS_MAX) return "busy";
      yield { ask: "wait", ms: answer.retryAfterMs };
    } else if (answer.kind === "unknown-log") {
      const trouble = yield* beginLogOf(collectorId, append, attempt, zstd);
      if (trouble !== null) return trouble;
    } else if (answer.kind === "rewind" && answer.why === "gap") {
      const rest = trimAppend(carried, answer.next, zstd);
      if (rest === undefined) return answer.next < append.fromSeq ? "earlier-missing" : "not-proved";
      append = rest;
    } else return answer.kind === "rewind" && answer.why === "closed" ? "closed" : "not-proved";
  }
  return "busy";
}

/** The row of a log that nobody named yet: only for an APPEND that begins it and proves itself. */
function* beginLogOf(collectorId: CollectorId, append: Append, attempt: number, zstd: Zstd): CarriedSteps<LogTrouble | null> {
  if (append.fromSeq > 0) return "earlier-missing";
  // It was made just now and is still not this collector's: then it is somebody else's.
  if (attempt > 0) return "foreign";
  const row = { logId: append.logId, collectorId, ...EMPTY_LOG, status: "new", deviceKey: null, session: null } as const;
  if (judgeAppend(row, append, false, zstd).kind !== "merge") return "not-proved";
  yield { ask: "begin-log", logId: append.logId };
  return null;
}

import { type Admission, admit, newAdmission } from "../../shared/flow/admission.ts";
import type { CollectorId, SessionId } from "../../shared/model/ids.ts";

/** Null: come in; otherwise the ms after which to come back. Asked before any signature is checked. */
export type AdmitCaller = (collectorId: CollectorId, session: SessionId) => number | null;

/** A session that was let in is not asked again for this long: each HTTP exchange begins with its HELLO. */
const KNOWN_MS = 10 * 60_000;
/** Sessions remembered; beyond it the oldest is asked once more. */
const KNOWN_MAX = 10_000;

export interface AdmitCallerDeps {
  /** HELLOs of new sessions a second. */
  readonly perSecond: number;
  /** Runs forward, ms. */
  readonly monoMs: () => number;
  readonly random: () => number;
}

/** One bucket for all that call this process. What it remembers is a courtesy: forgotten, a session waits for its turn once more. */
export function createAdmitCaller({ perSecond, monoMs, random }: AdmitCallerDeps): AdmitCaller {
  const bucket: Admission = newAdmission({ perSecond, burst: Math.max(1, perSecond) }, monoMs());
  const known = new Map<string, number>();
  return (collectorId, session) => {
    const nowMs = monoMs();
    const caller = `${collectorId} ${session}`;
    const untilMs = known.get(caller);
    if (untilMs !== undefined && untilMs > nowMs) return null;
    const answer = admit(bucket, nowMs, random);
    if (answer.kind === "later") return answer.retryAfterMs;
    known.delete(caller);
    known.set(caller, nowMs + KNOWN_MS);
    if (known.size > KNOWN_MAX) known.delete(known.keys().next().value as string);
    return null;
  };
}

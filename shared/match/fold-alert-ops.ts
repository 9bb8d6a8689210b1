import type { AlertOp, AlertState } from "../model/alert.ts";
import type { AlertId, Hlc, Rid } from "../model/ids.ts";

/**
 * The state of an alert item (a pass with all its alerts) from the set of what people did: ordered by (effective hlc, rid), so every
 * side that holds the same set shows the same state, in whatever order the ops came.
 */
export interface StampedAlertOp extends AlertOp {
  /** min(hlc, receipt at central + 5 minutes); on the edge that made it, its own hlc. */
  readonly effectiveHlc: Hlc;
}

/** Why an op, though kept and shown, changed nothing. */
export type NoEffect = "note" | "nothing-to-acknowledge" | "escalated-already" | "escalate-without-verify";

export interface FoldedOp {
  readonly op: StampedAlertOp;
  /** Null: it set the state. */
  readonly noEffect: NoEffect | null;
}

export interface AlertItemState {
  readonly state: AlertState;
  /** Alerts that no op has seen; while there is one, the state is new. */
  readonly unseen: readonly AlertId[];
  /** All ops, oldest first. */
  readonly ops: readonly FoldedOp[];
  /** The newest op that set the state; null while new. */
  readonly decidedBy: StampedAlertOp | null;
  /** Verify ops of the item: an escalation names one of these. */
  readonly verifiedBy: readonly Rid[];
}

/**
 * `alerts`: all alerts of the item. Ops of another pass are a bug and throw. An alert that no op has seen puts the item back to new;
 * the first op that has seen it ends that, once and for all: what it says then counts from new.
 */
export function foldAlertOps(pass: Rid, alerts: Iterable<AlertId>, ops: Iterable<StampedAlertOp>): AlertItemState {
  const ordered = inOrder(pass, ops);
  const verifiedBy = ordered.filter((op) => op.verb === "verify").map((op) => op.rid);
  const seen = new Set<AlertId>();
  const folded: FoldedOp[] = [];
  let state: AlertState = "new";
  let decidedBy: StampedAlertOp | null = null;
  for (const op of ordered) {
    if (addsTo(seen, op.seen)) {
      state = "new";
      decidedBy = null;
    }
    const next = stateAfter(state, op, verifiedBy);
    folded.push({ op, noEffect: next.noEffect });
    if (next.noEffect === null) {
      state = next.state;
      decidedBy = op;
    }
  }
  const unseen = [...new Set(alerts)].filter((alert) => !seen.has(alert)).sort();
  const isNew = unseen.length > 0;
  return { state: isNew ? "new" : state, unseen, ops: folded, decidedBy: isNew ? null : decidedBy, verifiedBy };
}

/** Adds what an op has seen; true when any of it was seen for the first time. */
function addsTo(seen: Set<AlertId>, more: readonly AlertId[]): boolean {
  const before = seen.size;
  for (const alert of more) seen.add(alert);
  return seen.size > before;
}

function stateAfter(
  state: AlertState,
  op: StampedAlertOp,
  verifiedBy: readonly Rid[],
): { readonly state: AlertState; readonly noEffect: NoEffect | null } {
  switch (op.verb) {
    case "note":
      return { state, noEffect: "note" };
    case "acknowledge":
      // Someone who only has seen it must not take back what someone else has verified, escalated or closed meanwhile.
      return state === "new" ? { state: "acknowledged", noEffect: null } : { state, noEffect: "nothing-to-acknowledge" };
    case "verify":
      return state === "escalated" ? { state, noEffect: "escalated-already" } : { state: "verified", noEffect: null };
    case "escalate":
      // Misreads have ended in armed stops: without a person's comparison of plate and picture nothing is handed on.
      return op.relies !== null && verifiedBy.includes(op.relies)
        ? { state: "escalated", noEffect: null }
        : { state, noEffect: "escalate-without-verify" };
    case "dismiss":
      return { state: "dismissed", noEffect: null };
  }
}

function inOrder(pass: Rid, ops: Iterable<StampedAlertOp>): StampedAlertOp[] {
  const byRid = new Map<Rid, StampedAlertOp>();
  for (const op of ops) {
    if (op.pass !== pass) throw new Error("an op of another pass does not belong to this item");
    // The same op as made here and as published: the published stamp is never later, and it decides everywhere.
    const twin = byRid.get(op.rid);
    if (twin === undefined || op.effectiveHlc < twin.effectiveHlc) byRid.set(op.rid, op);
  }
  return [...byRid.values()].sort((a, b) => {
    if (a.effectiveHlc !== b.effectiveHlc) return a.effectiveHlc < b.effectiveHlc ? -1 : 1;
    return a.rid < b.rid ? -1 : 1;
  });
}

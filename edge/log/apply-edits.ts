import { tickHlc } from "../../shared/clock/hlc.ts";
import { entryOp, type OpOutcome } from "../../shared/crdt/new-entry-op.ts";
import { addOwnOp, viewList, viewState } from "../../shared/crdt/overlay.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { ALERT_OP_VERSION, alertOpRefusal, decodeAlertOp, encodeAlertOp } from "../../shared/log/payloads/alert-op-payload.ts";
import { ENTRY_OP_VERSION, encodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { SALT_BYTES } from "../../shared/log/record.ts";
import { foldAlertOps, type StampedAlertOp } from "../../shared/match/fold-alert-ops.ts";
import type { AlertOp } from "../../shared/model/alert.ts";
import { type EntryId, type Hlc, type ListId, parseUuid, type Rid } from "../../shared/model/ids.ts";
import { showChanges } from "./list-view.ts";
import { newStored } from "./load-lists.ts";
import { append, newEntryId, newRid, type StoreContext } from "./store-context.ts";
import type { AlertOpDraft, AlertOpOutcome, OpDraft } from "./store-port.ts";
import type { StoreRows } from "./store-rows.ts";
import type { StoredReplica } from "./stored-entries.ts";

/** The next stamp of this site's edits; its high-water mark is written with the edit. */
function tick(context: StoreContext, moment: Moment): Hlc {
  const hlc = tickHlc(context.state.hlc, moment.wallMs);
  context.state.hlc = hlc;
  context.rows.meta.putHlc(hlc);
  return hlc;
}

/** The site's own edit of a list: a record of the urgent log, in force at once as overlay. A refusal writes nothing. */
export function applyOwnOp(context: StoreContext, draft: OpDraft): OpOutcome {
  const { list, moment } = draft;
  const entry = draft.entry === null ? newEntryId(context, moment) : parseUuid<EntryId>(draft.entry);
  if (entry === undefined) return { kind: "refused", why: "no-such-entry" };
  const replica = replicaOf(context, list);
  const target = { list, entry, current: viewState(replica, entry), keepWins: viewList(replica)?.keepWins ?? false };
  const author = { rid: newRid(context, moment), hlc: tick(context, moment), author: draft.author, reason: draft.reason };
  const made = entryOp(target, author, draft.presence, draft.set);
  if (made.kind === "refused") return made;
  const { op } = made;
  const at = append(context, "urgent", {
    kind: "entry-op",
    version: ENTRY_OP_VERSION,
    rid: op.rid,
    moment,
    fields: encodeEntryOp(op),
  });
  context.listsTouched.add(list);
  context.state.lists.replicas.set(list, replica);
  addOwnOp(replica, op);
  context.rows.lists.putOwnOp(op.rid, list, op.entry, at);
  showChanges(context.state.lists.index, context.rows.lists, replica, new Set([op.entry]));
  context.news.push({ kind: "watchlists" });
  return made;
}

/** The list's replica, or a fresh one that the caller keeps only when something is written to it. */
export function replicaOf(context: StoreContext, list: ListId): StoredReplica {
  return context.state.lists.replicas.get(list) ?? newStored(context.rows, list);
}

/** What a person did with an alert item, on this site. Escalating needs somebody's comparison of plate and picture first. */
export function applyAlertOp(context: StoreContext, draft: AlertOpDraft): AlertOpOutcome {
  const { pass, verb, args, author, moment } = draft;
  const alerts = context.rows.alerts.alertsOfPass(pass).map(({ alert }) => alert);
  if (alerts.length === 0) return { kind: "unknown-alert" };
  if (verb === "note" && (args.text ?? "").trim() === "") return { kind: "invalid", why: "A note needs a text." };
  if (verb === "escalate" && (args.to ?? "").trim() === "") return { kind: "invalid", why: "Say to whom it is handed." };
  const { verifiedBy } = foldAlertOps(pass, alerts, alertOpsOf(context.rows, pass));
  const relies = verb === "escalate" ? (verifiedBy.at(-1) ?? null) : null;
  if (verb === "escalate" && relies === null) return { kind: "verify-first" };
  // An alert raised while the person was reading has been seen by nobody: it must still put the item back to new.
  const seen = draft.seen === null ? alerts : alerts.filter((alert) => draft.seen?.includes(alert));
  const refused = alertOpRefusal({ seen, author, args });
  if (refused !== null) return { kind: "invalid", why: refused };
  const rid = newRid(context, moment);
  const op: AlertOp = { rid, pass, seen, verb, hlc: tick(context, moment), author, args, relies };
  const fields = encodeAlertOp(op);
  const at = append(context, "urgent", { kind: "alert-op", version: ALERT_OP_VERSION, rid, moment, fields });
  context.rows.alerts.putOp(rid, pass, at);
  context.news.push({ kind: "alert-op", pass });
  return { kind: "done", rid };
}

/**
 * The ops of a pass as this edge holds them: its own, so each counts with its own stamp. One whose bytes on a worn card name another pass
 * is not what was signed: it counts nowhere until the sweep has found its record.
 */
export function alertOpsOf(rows: StoreRows, pass: Rid): StampedAlertOp[] {
  return rows.alerts.opsOfPass(pass).flatMap(({ rid, log, seq }) => {
    const payload = rows.logs.recordAt(log, seq)?.payload;
    const op = payload == null ? undefined : decodeAlertOp(rid, payload.subarray(SALT_BYTES));
    return op === undefined || op.pass !== pass ? [] : [{ ...op, effectiveHlc: op.hlc }];
  });
}

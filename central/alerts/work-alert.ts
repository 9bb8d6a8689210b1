import type { AlertItemView } from "../../shared/api/views.ts";
import { ALERT_OP_VERSION, alertOpRefusal, encodeAlertOp } from "../../shared/log/payloads/alert-op-payload.ts";
import type { AlertItemState } from "../../shared/match/fold-alert-ops.ts";
import type { AlertOp, AlertOpArguments, AlertVerb } from "../../shared/model/alert.ts";
import type { AlertId, Rid } from "../../shared/model/ids.ts";
import { alertItemViews } from "../db/alert-item-view-rows.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import { nextCentralHlc } from "../db/central-hlc-rows.ts";
import type { Db } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import type { AppendOwn } from "../merge/append-own.ts";
import { findItem } from "./alert-queue-rows.ts";
import { alertsOfPass, foldItem } from "./finding-rows.ts";

export interface WorkAlertDeps {
  readonly db: Db;
  readonly appendOwn: AppendOwn;
  readonly newId: () => string;
  readonly nowMs: () => number;
}

export interface AlertWork {
  readonly verb: AlertVerb;
  /** Alerts that were on the person's screen; null: all that there are. */
  readonly seen: readonly AlertId[] | null;
  readonly args: AlertOpArguments;
}

const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such alert." };
const VERIFY_FIRST: Refusal = {
  kind: "verify_first",
  message: "Compare the plate with the picture and verify it before you escalate: a misread sends people after the wrong car.",
};

/**
 * One act of a person on an item: a signed record of central's own log, whose projection sets the item's new state. Acts that the fold
 * would leave without effect are kept all the same (two people may press at once); only an escalation of something unverified is refused.
 */
export async function workAlert(
  deps: WorkAlertDeps,
  id: string,
  work: AlertWork,
  sees: readonly string[],
  who: AuditWho,
): Promise<{ readonly kind: "done"; readonly item: AlertItemView } | Refusal> {
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done"; readonly item: AlertItemView } | Refusal> => {
    const item = await findItem(tx, id, sees);
    const folded = item === undefined ? null : await foldItem(tx, item.pass);
    if (item === undefined || folded === null) return UNKNOWN;
    if (work.verb === "escalate" && folded.state !== "verified" && folded.state !== "escalated") return VERIFY_FIRST;
    const hlc = await nextCentralHlc(
      tx,
      folded.ops.map((done) => done.op.effectiveHlc),
      atMs,
    );
    const alerts = await alertsOfPass(tx, item.pass);
    const seen = alerts.filter((alert) => work.seen === null || work.seen.includes(alert));
    const refused = alertOpRefusal({ seen, author: who.userName, args: work.args });
    if (refused !== null) return { kind: "invalid", message: refused };
    const op: AlertOp = {
      rid: deps.newId() as Rid,
      pass: item.pass as Rid,
      seen,
      verb: work.verb,
      hlc,
      author: who.userName,
      args: work.args,
      relies: work.verb === "escalate" ? reliedOn(folded) : null,
    };
    await insertAudit(
      tx,
      who,
      { action: `alert.${work.verb}`, subject: item.pass, outcome: "ok", details: { op: op.rid, outcome: work.args.outcome } },
      atMs,
    );
    await deps.appendOwn(tx, [{ kind: "alert-op", version: ALERT_OP_VERSION, fields: encodeAlertOp(op), rid: op.rid }]);
    const [view] = await alertItemViews(tx, [item.pass]);
    return { kind: "done", item: view! };
  });
}

/** The newest verification. */
function reliedOn(folded: AlertItemState): Rid | null {
  return folded.verifiedBy.at(-1) ?? null;
}

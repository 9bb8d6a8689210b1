import { restoreEntry, settleDelete } from "../../shared/crdt/new-entry-op.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Refusal } from "../http/refusal.ts";
import { type DecisionKind, lockDecision, resolveDecision } from "./decision-rows.ts";
import { appendOp, type EditListDeps } from "./edit-list.ts";
import { entryState, findList } from "./watchlist-rows.ts";

export type Decision = "keep" | "delete";

const NOT_OPEN: Refusal = { kind: "not_found", message: "There is no such open decision; somebody may have decided it already." };

/**
 * A person settles where an edit met a delete. Either way an op of central's says so in the feed, so that every edge ends with the same:
 * `keep` brings the entry back as it was with the edit on top, `delete` stands against every edit that did not know of it. What a late
 * edit of a forgotten entry said, or one that was not theirs to make, changes nothing when it is turned down.
 */
export async function decideEntry(
  deps: EditListDeps,
  kind: DecisionKind,
  id: number,
  decision: Decision,
  who: AuditWho,
): Promise<{ readonly kind: "done" } | Refusal> {
  const atMs = deps.nowMs();
  const answer = await deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done" } | Refusal> => {
    const open = await lockDecision(tx, kind, id);
    if (open === undefined) return NOT_OPEN;
    const { list, entry } = open;
    const known = await findList(tx, list);
    const current = await entryState(tx, list, entry);
    // A list that is gone took its entries along: there is nothing left to say to anybody.
    const speaks = known !== undefined && (decision === "keep" ? current !== undefined || open.op !== null : kind === "conflict");
    if (speaks) {
      const target = { list, entry, current, keepWins: known.keepWins };
      const said = open.op === null ? [] : (decodeFeedOp(open.op)?.set ?? []);
      const reason = decision === "keep" ? "kept after an edit met its delete" : "the delete stands";
      const refused = await appendOp(tx, deps, current, who.userName, reason, (by) =>
        decision === "keep" ? restoreEntry(target, by, said) : settleDelete(target, by),
      );
      if (refused !== null) return refused;
    }
    await resolveDecision(tx, kind, id, { list, entry, by: who.userName, resolution: decision }, atMs);
    await insertAudit(tx, who, { action: "entry.decide", subject: entry, outcome: "ok", details: { list, kind, decision } }, atMs);
    return { kind: "done" };
  });
  if (answer.kind === "done") deps.onListsChanged();
  return answer;
}

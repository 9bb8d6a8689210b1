import type { AlertOp } from "../../shared/model/alert.ts";
import type { Tx } from "../db/open-db.ts";

/** Keeps one act; a repeat changes nothing. */
export async function insertAlertOp(tx: Tx, op: AlertOp, effectiveHlc: string, receivedMs: number): Promise<void> {
  await tx
    .insertInto("alert_ops")
    .values({
      rid: op.rid,
      pass: op.pass,
      verb: op.verb,
      hlc: op.hlc,
      effective_hlc: effectiveHlc,
      author: op.author,
      args: JSON.stringify(op.args),
      seen: JSON.stringify(op.seen),
      relies: op.relies,
      received_at: new Date(receivedMs),
    })
    .onConflict((conflict) => conflict.column("rid").doNothing())
    .execute();
}

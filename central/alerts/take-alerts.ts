import type { AlertOp, Finding } from "../../shared/model/alert.ts";
import type { Hlc } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";
import { insertAlertOp } from "./alert-op-rows.ts";
import { insertFinding, refreshAlertItems } from "./finding-rows.ts";

interface Received {
  readonly receivedMs: number;
}

/** A finding that came in an edge's signed log. */
export interface TakenFinding extends Received {
  readonly finding: Finding;
  readonly recordRid: string;
  readonly siteId: string;
  readonly collectorId: string;
  readonly cameraId: string;
  readonly test: boolean;
  readonly capturedMs: number;
}

/** An act on an alert item, from any log, central's own included; its deciding stamp was fixed at receipt. */
export interface TakenAlertOp extends Received {
  readonly op: AlertOp;
  readonly effectiveHlc: Hlc;
}

/** Where the merge puts alerts, inside its transaction; each record comes once, and a repeat changes nothing. */
export const alertSink = {
  /** An edge raises within a second, so the moment of the detection is the moment of the alert. */
  addFindings: async (tx: Tx, findings: readonly TakenFinding[]): Promise<void> => {
    for (const { finding, recordRid, receivedMs, ...place } of findings) {
      await insertFinding(tx, {
        finding,
        raisedBy: "edge",
        recordRid,
        foundMs: Math.min(place.capturedMs, receivedMs),
        place: { ...place, receivedMs },
      });
    }
    await refresh(
      tx,
      findings.map((taken) => taken.finding.pass),
      findings,
    );
  },
  addAlertOps: async (tx: Tx, ops: readonly TakenAlertOp[]): Promise<void> => {
    for (const { op, effectiveHlc, receivedMs } of ops) await insertAlertOp(tx, op, effectiveHlc, receivedMs);
    await refresh(
      tx,
      ops.map((taken) => taken.op.pass),
      ops,
    );
  },
};

async function refresh(tx: Tx, passes: readonly string[], received: readonly Received[]): Promise<void> {
  if (received.length > 0) await refreshAlertItems(tx, passes, Math.max(...received.map((each) => each.receivedMs)));
}

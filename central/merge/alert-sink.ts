import type { AlertOp, Finding } from "../../shared/model/alert.ts";
import type { Hlc, Rid } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";

/** A finding that came in an edge's signed log, with what the item of its pass needs. */
export interface ReceivedFinding {
  readonly finding: Finding;
  /** Rid of the alert record. */
  readonly recordRid: Rid;
  readonly siteId: string;
  readonly collectorId: string;
  readonly cameraId: string;
  readonly test: boolean;
  /** captured_at of the detection, ms UTC: with receivedMs it decides whether the alert is late. */
  readonly capturedMs: number;
  readonly receivedMs: number;
}

/** An act of a person on an alert item, from any collector's log, central's own included. Its stamp is fixed at receipt. */
export interface ReceivedAlertOp {
  readonly op: AlertOp;
  readonly effectiveHlc: Hlc;
  readonly receivedMs: number;
}

/** Where the merge puts alerts: given by the alerts slice, called inside the merge's transaction, each record once (by rid). */
export interface AlertSink {
  readonly addFindings: (tx: Tx, findings: readonly ReceivedFinding[]) => Promise<void>;
  readonly addAlertOps: (tx: Tx, ops: readonly ReceivedAlertOp[]) => Promise<void>;
}

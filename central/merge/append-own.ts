import type { RecordKind } from "../../shared/log/record.ts";
import type { Rid } from "../../shared/model/ids.ts";
import type { Tx } from "../db/open-db.ts";

/** A fact that central itself states: an edit made on the dashboard, an act on an alert, a detection that came without an edge. */
export interface OwnRecord {
  readonly kind: RecordKind;
  readonly version: number;
  /** The fields' bytes, encoded by the kind's codec (shared/log/payloads). */
  readonly fields: Uint8Array;
  /** A new UUIDv7 when left out; give it where the fields or the caller's own rows name it. */
  readonly rid?: Rid;
}

/**
 * Appends to central's own signed log inside the caller's transaction and projects like any collector's records: the caller writes
 * no rows of `alert_ops`, `entry_ops` or `detections` itself. Answers the rids in order. Detections and revisions go to the log of class
 * "detections", everything else to "urgent". Takes the log row's lock until the transaction ends, so call it late and commit soon.
 */
export type AppendOwn = (tx: Tx, records: readonly OwnRecord[]) => Promise<readonly Rid[]>;

import type { Generated } from "kysely";

/** One received log. `next` is the number of records held and `head` the hash of record next-1 (32 zero bytes when empty). */
export interface CollectorLogsTable {
  log_id: Uint8Array;
  collector_id: string;
  /** "urgent" | "detections"; null until the genesis record has come. */
  class: string | null;
  next: Generated<number>;
  head: Uint8Array;
  durable: Generated<number>;
  /** new | active | unconfirmed | closed | abandoned */
  status: Generated<string>;
  session: Uint8Array | null;
  device_key: Uint8Array | null;
  created_at: Date;
  updated_at: Date;
}

/** Exact received bytes. `payload` null: erased or unreadable at the edge, only its digest came. */
export interface LogRecordsTable {
  log_id: Uint8Array;
  seq: number;
  kind: number;
  version: number;
  rid: string;
  header: Uint8Array;
  payload: Uint8Array | null;
  payload_digest: Uint8Array;
  hash: Uint8Array;
}

export interface LogCheckpointsTable {
  log_id: Uint8Array;
  next: number;
  bytes: Uint8Array;
  signature: Uint8Array;
  received_at: Date;
}

export interface LogForksTable {
  id: Generated<number>;
  log_id: Uint8Array;
  next: number;
  checkpoint: Uint8Array;
  signature: Uint8Array;
  received_at: Date;
}

/** Committed rows in their one order; `kind` is the record kind on the wire, or one of DERIVED_ARRIVAL for facts central derived. */
export interface ArrivalsTable {
  arrival: number;
  rid: string;
  kind: number;
}

/** Written by every writing transaction, emptied in order by the sequencer. A checkpoint waits here with (log_id, next) to become a leaf. */
export interface ArrivalsPendingTable {
  pending: Generated<number>;
  rid: string | null;
  kind: number;
  log_id: Uint8Array | null;
  next: number | null;
  /** pg_current_xact_id() of the writer, by default. */
  xact_id: Generated<number>;
}

/** Leaf `position` of the tree is that checkpoint with its time of receipt (shared/log/tree-leaf.ts). */
export interface TreeLeavesTable {
  position: number;
  log_id: Uint8Array;
  next: number;
}

/** Hashes of full subtrees (shared/log/merkle.ts); a row never changes. */
export interface TreeNodesTable {
  level: number;
  position: number;
  hash: Uint8Array;
}

export interface TreeHeadsTable {
  size: number;
  root: Uint8Array;
  incarnation: Uint8Array;
  signature: Uint8Array;
  signed_at: Date;
}

/** Permanent: an erased rid is acknowledged and never projected again. */
export interface RecordIdsTable {
  rid: string;
  content_digest: Uint8Array;
  erased: Generated<boolean>;
}

export interface ProjectionErrorsTable {
  log_id: Uint8Array;
  seq: number;
  rid: string;
  kind: number;
  version: number;
  why: string;
  at: Date;
  resolved_at: Date | null;
}

/** Frames that failed decoding, chain or signature; at most 1 MiB a collector. */
export interface QuarantineTable {
  id: Generated<number>;
  collector_id: string;
  log_id: Uint8Array | null;
  at: Date;
  why: string;
  bytes: Uint8Array;
}

export interface TimeCorrectionsTable {
  rid: string;
  collector_id: string;
  device_key: Uint8Array;
  boot: Uint8Array;
  utc_minus_mono_ms: number;
  uncertainty_ms: number;
  source: string;
  received_at: Date;
  /** When it was true, on the monotonic clock of its boot; null in rows of an older release. */
  mono_ms: number | null;
}

/** A detection that was dated after it had been merged. Its own row is evidence and stays; lists and searches go by this time. */
export interface DetectionTimesTable {
  id: string;
  /** captured_at of the row: names its partition. */
  merged_at: Date;
  corrected_at: Date;
  uncertainty_ms: number;
  /** The clock-fix that made it possible. */
  correction: string;
}

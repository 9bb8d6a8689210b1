import type { Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import type { Zstd } from "../../shared/protocol/append-body.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { AlertSink } from "./alert-sink.ts";
import type { KnownPlates } from "./known-plates.ts";

/**
 * Publishes ops on the feeds of their lists, inside the merge's transaction; an op whose rid is published already changes nothing.
 * Answers with those that it published.
 */
export type PublishOps = (
  tx: Tx,
  ops: readonly EntryOp[],
  receiptMs: number,
  siteId: string | null,
  refused: ReadonlySet<Rid>,
) => Promise<ReadonlyMap<Rid, number>>;

/** Of a device's ops, those that must not change their lists: they are published without effect. */
export type RefusedOps = (
  tx: Tx,
  ops: readonly EntryOp[],
  from: { readonly collectorId: string; readonly siteId: string; readonly deviceKey: Uint8Array },
) => Promise<ReadonlySet<Rid>>;

/** What the merge needs from the rest of central. */
export interface MergeDeps {
  readonly db: Db;
  readonly zstd: Zstd;
  readonly nowMs: () => number;
  readonly alerts: AlertSink;
  readonly publishOps: PublishOps;
  readonly refusedOps: RefusedOps;
  /** Whether this central's own key signed it, in whatever life of the database. */
  readonly isOwnSignature: (message: Uint8Array, signature: Uint8Array) => boolean;
  readonly knownPlates: KnownPlates;
  /** Months ("YYYY-MM-01") whose partition is known to be there. */
  readonly months: Set<string>;
  /** Called after each commit that left something to number or to fan out. */
  readonly onCommitted: (what: { readonly entryOps: boolean }) => void;
  readonly log: MergeLog;
}

/** Ids and counts only, never plates. */
export interface MergeLog {
  readonly warn: (facts: object, words: string) => void;
}

import type { Generated } from "kysely";
import type { WatchlistKind } from "../../shared/model/watchlist.ts";

/** A list as it stands after the fold of the ops on its own entry (entry id = list id). */
export interface WatchlistsTable {
  id: string;
  name: string;
  owner: string;
  kind: WatchlistKind;
  differences_max: Generated<number>;
  critical: Generated<boolean>;
  keep_wins: Generated<boolean>;
  created_at: Date;
  deleted_at: Date | null;
  /** Positions given out in the feed: the next op gets this number. */
  feed_next: Generated<number>;
  /** Running hash of the feed up to feed_next. */
  feed_hash: Uint8Array | null;
  /** Checksum of the fold after feed_next (shared/crdt/list-checksum.ts). */
  feed_checksum: Uint8Array | null;
  /** Every replica has passed it: entries deleted before it are forgotten. */
  feed_horizon: Generated<number>;
  /** Positions below are inside the second newest verified backup. */
  feed_durable: Generated<number>;
}

/** The sites that get the list and may alert by it. */
export interface WatchlistSitesTable {
  list_id: string;
  site_id: string;
}

/** The folded entry. `state` is the whole CRDT state as `entryBytes` of shared/crdt, the columns are read from it. */
export interface WatchlistEntriesTable {
  list_id: string;
  entry_id: string;
  causal_length: number;
  pattern: string;
  reason: string;
  expires_at: Date;
  vehicle: string;
  added_by: string;
  added_at: Date;
  changed_by: string;
  changed_at: Date;
  /** Set while the causal length is even. */
  deleted_at: Date | null;
  state: Uint8Array;
  /** Every replica knew of the delete: the fold begins anew without it. The row stays, for history and for reviews. */
  forgotten_at: Generated<Date | null>;
}

/** The feed: ops of all actors in arrival order, each with the stamp that decides, fixed when published. */
export interface EntryOpsTable {
  list_id: string;
  position: number;
  rid: string;
  entry_id: string;
  effective_hlc: string;
  author: string;
  /** [rid, effective hlc, fields] as the wire has it; the running hash is taken over these bytes. */
  op: Uint8Array;
  /** Running hash and checksum of the fold after this op: a DELTA may end anywhere. */
  running_hash: Uint8Array;
  checksum: Uint8Array;
  received_at: Date;
}

/** An edit met a delete; a person decides. */
export interface EntryConflictsTable {
  id: Generated<number>;
  list_id: string;
  entry_id: string;
  rid: string;
  why: string;
  at: Date;
  resolved_at: Date | null;
  resolved_by: Generated<string | null>;
  resolution: Generated<string | null>;
}

/** An op on an entry that was deleted and forgotten before it came: it changed nothing, and a person decides. */
export interface EntryReviewsTable {
  id: Generated<number>;
  rid: string;
  list_id: string;
  entry_id: string;
  /** As the feed would have had it. */
  op: Uint8Array;
  author: string;
  why: string;
  at: Date;
  resolved_at: Date | null;
  resolved_by: string | null;
  resolution: string | null;
}

/** What an edge said last that it holds of a list. */
export interface FeedReplicasTable {
  collector_id: string;
  list_id: string;
  generation: Uint8Array;
  cursor: number;
  checksum: Uint8Array;
  heard_at: Date;
  /** When a snapshot was last sent because the checksums differed. */
  healed_at: Date | null;
}

/** A list's feed part at one position, by its digest; the newest few of each list are kept. */
export interface FeedSnapshotsTable {
  sha256: Uint8Array;
  list_id: string;
  generation: Uint8Array;
  at_position: number;
  bytes: Uint8Array;
  made_at: Date;
}

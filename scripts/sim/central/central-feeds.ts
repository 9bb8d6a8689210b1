/** Central's feeds in memory: what `central/feeds` keeps in tables, around the same pure fold. */

import { type FoldedOps, firstOfEach, foldOntoFeed, type PublishedOp } from "../../../central/feeds/fold-feed.ts";
import { STALE_AFTER_MS } from "../../../central/feeds/forget-tombstones.ts";
import { conflictingEdit, type EntryState, isPresent } from "../../../shared/crdt/entry-state.ts";
import { emptyListState, type HeldList, listFactsId } from "../../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../../shared/crdt/snapshot-bytes.ts";
import { contentHash } from "../../../shared/crypto/content-hash.ts";
import { ZERO_HASH } from "../../../shared/log/chain.ts";
import { sameBytes } from "../../../shared/log/record.ts";
import type { CollectorId, EntryId, Incarnation, ListId, Rid, Sha256 } from "../../../shared/model/ids.ts";
import type { EntryOp } from "../../../shared/model/watchlist.ts";
import type { StandingFeed } from "../../../shared/protocol/central-session.ts";
import type { Delta, FeedCursor, Snapshot } from "../../../shared/protocol/frames.ts";
import { OPS_PER_DELTA_MAX } from "../../../shared/protocol/limits.ts";
import { deltaSignedBytes, snapshotSignedBytes } from "../../../shared/protocol/signed-bytes.ts";
import type { Registered } from "./registered.ts";

export interface Feed {
  readonly list: ListId;
  readonly sites: Set<string>;
  readonly ops: PublishedOp[];
  /** When each op was published, for those who forget by age. */
  readonly publishedMs: number[];
  readonly state: HeldList;
  /** What each collector said last that it holds. */
  readonly replicas: Map<CollectorId, HeardReplica>;
  /** Deleted entries that no replica holds any more, with their causal length at the end. */
  readonly forgotten: Map<EntryId, number>;
  /** Every replica has passed this position. */
  horizon: number;
  /** For the checks alone: the greatest causal length at which an entry was ever deleted here. */
  readonly ended: Map<EntryId, number>;
}

interface HeardReplica {
  readonly cursor: FeedCursor;
  readonly heardMs: number;
}

const newFeed = (list: ListId): Feed => ({
  list,
  sites: new Set(),
  ops: [],
  publishedMs: [],
  state: emptyListState(list),
  replicas: new Map(),
  forgotten: new Map(),
  horizon: 0,
  ended: new Map(),
});

/** As central: a DELTA while the missing ops are cheaper than the list. */
const DELTA_ALWAYS_BYTES = 16 * 1024;
const SNAPSHOT_NAMES_RIDS = 4_096;

export class CentralFeeds {
  readonly feeds = new Map<ListId, Feed>();
  private readonly published = new Set<Rid>();

  /** Publishes what was never published; a list that begins with an op of a site is delivered there. */
  publish(ops: readonly EntryOp[], receiptMs: number, site: string | null): FoldedOps[] {
    const lists = new Map<ListId, EntryOp[]>();
    for (const op of ops) lists.set(op.list, [...(lists.get(op.list) ?? []), op]);
    return [...lists].map(([list, mine]) => this.publishOnList(list, mine, receiptMs, site));
  }

  private publishOnList(list: ListId, ops: readonly EntryOp[], receiptMs: number, site: string | null): FoldedOps {
    const feed = this.feeds.get(list) ?? newFeed(list);
    const fresh = firstOfEach(ops).filter((op) => !this.published.has(op.rid));
    if (fresh.length === 0) return { published: [], conflicts: [], reviews: [] };
    if (!this.feeds.has(list) && site !== null) feed.sites.add(site);
    this.feeds.set(list, feed);
    const hash = feed.ops.at(-1)?.runningHash ?? ZERO_HASH;
    const folded = foldOntoFeed(feed.state, { next: feed.ops.length, hash }, fresh, receiptMs, feed.forgotten);
    feed.ops.push(...folded.published);
    for (const op of folded.published) {
      this.published.add(op.rid);
      feed.publishedMs.push(receiptMs);
      const { causalLength } = feed.state.entries.get(op.entry) ?? { causalLength: 0 };
      if (causalLength % 2 === 0) feed.ended.set(op.entry, Math.max(causalLength, feed.ended.get(op.entry) ?? 0));
    }
    return folded;
  }

  headsOf(site: string, generation: Incarnation): StandingFeed[] {
    const named = [...this.feeds.values()].filter((feed) => feed.sites.has(site)).sort((a, b) => (a.list < b.list ? -1 : 1));
    return named.map((feed) => ({
      list: feed.list,
      generation,
      head: feed.ops.length,
      checksum: feed.state.checksum,
      horizon: feed.horizon,
    }));
  }

  /** What a collector says that it holds; then what every replica has passed is forgotten, as `central/feeds/forget-tombstones.ts` does. */
  hear(who: Registered, held: readonly FeedCursor[], generation: Incarnation, nowMs: number, horizonOf: HorizonOf): Heard {
    let wasStale = false;
    for (const cursor of held) {
      const feed = this.feeds.get(cursor.list);
      if (!feed?.sites.has(who.site)) continue;
      wasStale ||= (feed.replicas.get(who.collectorId)?.heardMs ?? nowMs) < nowMs - STALE_AFTER_MS;
      feed.replicas.set(who.collectorId, { cursor, heardMs: nowMs });
    }
    let forgotten = 0;
    for (const feed of this.feeds.values()) forgotten += forget(feed, horizonOf(feed, generation, nowMs));
    return { forgotten, wasStale };
  }

  /** Time goes by in which these collectors say the same as ever. */
  keepHearing(who: ReadonlySet<CollectorId>, ms: number): void {
    for (const { replicas } of this.feeds.values()) {
      for (const [id, { cursor, heardMs }] of replicas) if (who.has(id)) replicas.set(id, { cursor, heardMs: heardMs + ms });
    }
  }

  /** The next piece for a site that holds `held`; null when there is none. A snapshot's bytes stay here until `bytesOf` fetches them. */
  load(list: ListId, held: FeedCursor | null, generation: Incarnation, sign: (bytes: Uint8Array) => Uint8Array): Delta | Snapshot | null {
    const feed = this.feeds.get(list);
    if (feed === undefined) return null;
    const cursor = held !== null && held.generation === generation ? held.cursor : null;
    const same = held !== null && sameBytes(held.checksum, feed.state.checksum);
    if (cursor === feed.ops.length && same) return null;
    const missing = feed.ops.slice(cursor ?? 0);
    const missingBytes = missing.reduce((sum, op) => sum + op.bytes.length, 0);
    if (cursor === null || cursor >= feed.ops.length || missingBytes > DELTA_ALWAYS_BYTES) return this.snapshotOf(feed, generation, sign);
    const ops = missing.slice(0, OPS_PER_DELTA_MAX);
    const { runningHash, checksum } = ops.at(-1)!;
    const claim = { list, generation, from: cursor, to: cursor + ops.length, runningHash, checksum };
    const bytes = ops.map((op) => op.bytes);
    return { type: "delta", ...claim, ops: bytes, signature: sign(deltaSignedBytes(claim, bytes)) };
  }

  private readonly snapshots = new Map<Sha256, Uint8Array>();

  private snapshotOf(feed: Feed, generation: Incarnation, sign: (bytes: Uint8Array) => Uint8Array): Snapshot {
    const rids = feed.ops.slice(-SNAPSHOT_NAMES_RIDS).map((op) => op.rid);
    const bytes = encodeSnapshot(feed.state, rids);
    const sha256 = contentHash(bytes);
    this.snapshots.set(sha256, bytes);
    const claim = { list: feed.list, generation, at: feed.ops.length, bytes: bytes.length, sha256 };
    return { type: "snapshot", ...claim, signature: sign(snapshotSignedBytes(claim)) };
  }

  bytesOf(sha256: Sha256): Uint8Array | undefined {
    return this.snapshots.get(sha256);
  }

  copy(): CentralFeeds {
    const copy = new CentralFeeds();
    for (const [list, { sites, ops, publishedMs, state, replicas, forgotten, horizon, ended }] of this.feeds) {
      const held = { list, entries: new Map(state.entries), checksum: state.checksum.slice() };
      const known = { replicas: new Map(replicas), forgotten: new Map(forgotten), horizon, ended: new Map(ended) };
      copy.feeds.set(list, { list, sites: new Set(sites), ops: [...ops], publishedMs: [...publishedMs], state: held, ...known });
    }
    for (const rid of this.published) copy.published.add(rid);
    return copy;
  }
}

interface Heard {
  /** Entries that nobody holds any more. */
  readonly forgotten: number;
  /** It had been silent for so long that central did not wait for it. */
  readonly wasStale: boolean;
}

/** How far tombstones may go; `remembers` says whether central keeps the causal length at which what it forgets had ended. */
export type HorizonOf = (feed: Feed, generation: Incarnation, nowMs: number) => { readonly horizon: number; readonly remembers: boolean };

/** The smallest cursor of any replica that is not stale; one of another generation holds nothing yet. */
export function byReplicas({ ops, replicas }: Feed, generation: Incarnation, nowMs: number): ReturnType<HorizonOf> {
  const fresh = [...replicas.values()].filter((one) => one.heardMs >= nowMs - STALE_AFTER_MS);
  const cursors = fresh.map(({ cursor: held }) => (held.generation === generation ? held.cursor : 0));
  return { horizon: Math.min(ops.length, ...cursors), remembers: true };
}

function forget(feed: Feed, { horizon, remembers }: ReturnType<HorizonOf>): number {
  if (horizon <= feed.horizon) return 0;
  feed.horizon = horizon;
  const gone = tombstonesBelow(feed);
  for (const { id, causalLength } of gone) {
    if (remembers) feed.forgotten.set(id, causalLength);
    feed.state.entries.delete(id);
  }
  return gone.length;
}

/** Deleted entries that everybody has passed. A delete that an edit has met waits for a person. */
export function tombstonesBelow({ list, ops, state, horizon }: Feed): EntryState[] {
  const untouched = (id: EntryId): boolean => ops.findLastIndex((op) => op.entry === id) < horizon;
  return [...state.entries.values()].filter(
    (one) => one.id !== listFactsId(list) && !isPresent(one, false) && conflictingEdit(one) === null && untouched(one.id),
  );
}

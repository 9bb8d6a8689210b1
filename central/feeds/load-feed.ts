import { createHash } from "node:crypto";
import { joinSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { sameBytes } from "../../shared/log/record.ts";
import type { Incarnation, ListId, Sha256 } from "../../shared/model/ids.ts";
import type { Delta, FeedCursor, Snapshot } from "../../shared/protocol/frames.ts";
import { OPS_PER_DELTA_MAX } from "../../shared/protocol/limits.ts";
import { deltaSignedBytes, snapshotSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { Db } from "../db/open-db.ts";
import { claimHealing, findSnapshotAt, insertSnapshot, measureFeed, newestRids, opsFrom, readWhole, type StoredOp } from "./feed-rows.ts";

export interface FeedDeps {
  readonly db: Db;
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Generation of all feeds. */
  readonly incarnation: Incarnation;
  readonly nowMs: () => number;
}

/** Ops of one DELTA: the frame must fit a record, for the edge to give it back after a restore (`returned-delta`). */
const DELTA_BYTES_MAX = 12 * 1024;
/** Below this a DELTA is always cheaper than the round trip of a fetch, however small the list. */
const DELTA_ALWAYS_BYTES = 16 * 1024;
/** A list whose checksums differ is sent again at most this often to one edge. */
const HEALED_EVERY_MS = 10 * 60_000;
/** Ops that a snapshot names, so that an edge finds its own among them: what its list's busiest month adds. */
const SNAPSHOT_NAMES_RIDS = 4_096;

/**
 * The next piece for an edge that holds `held`: a signed DELTA when it holds the same generation and the ops it lacks are under half of
 * the snapshot; else a SNAPSHOT to fetch. One that stands where the feed does and yet holds another list gets a snapshot too, at most one
 * in ten minutes. Null when there is nothing to send.
 */
export async function loadFeed(
  deps: FeedDeps,
  collectorId: string,
  list: ListId,
  held: FeedCursor | null,
): Promise<Delta | Snapshot | null> {
  const cursor = held !== null && held.generation === deps.incarnation ? held.cursor : null;
  if (cursor === null) return snapshotOf(deps, list);
  const { opsBytes, snapshotBytes, head, checksum } = await measureFeed(deps.db, list, cursor);
  if (cursor === head) return sameBytes(held!.checksum, checksum) ? null : heal(deps, collectorId, list);
  if (cursor > head || opsBytes > Math.max(snapshotBytes / 2, DELTA_ALWAYS_BYTES)) return snapshotOf(deps, list);
  return deltaFrom(deps, list, cursor);
}

/** The edge holds another list at the very same position. A list that differs again and again must not be fetched all day. */
async function heal(deps: FeedDeps, collectorId: string, list: ListId): Promise<Snapshot | null> {
  const atMs = deps.nowMs();
  const due = await claimHealing(deps.db, collectorId, list, atMs, atMs - HEALED_EVERY_MS);
  return due ? snapshotOf(deps, list) : null;
}

async function deltaFrom(deps: FeedDeps, list: ListId, from: number): Promise<Delta | null> {
  const stored = withinFrame(await opsFrom(deps.db, list, from, OPS_PER_DELTA_MAX));
  const last = stored.at(-1);
  if (last === undefined) return null;
  const ops = stored.map((one) => one.bytes);
  const { runningHash, checksum } = last;
  const claim = { list, generation: deps.incarnation, from, to: from + ops.length, runningHash, checksum };
  return { type: "delta", ...claim, ops, signature: deps.sign(deltaSignedBytes(claim, ops)) };
}

function withinFrame(ops: readonly StoredOp[]): StoredOp[] {
  let bytes = 0;
  const fitting = ops.findIndex((one) => {
    bytes += one.bytes.length;
    return bytes > DELTA_BYTES_MAX;
  });
  return ops.slice(0, fitting < 0 ? ops.length : Math.max(1, fitting));
}

async function snapshotOf(deps: FeedDeps, list: ListId): Promise<Snapshot> {
  const { at, rows } = await readWhole(deps.db, list);
  const known = (await findSnapshotAt(deps.db, list, deps.incarnation, at)) ?? (await makeSnapshot(deps, list, at, rows));
  const claim = { list, generation: deps.incarnation, ...known };
  return { type: "snapshot", ...claim, signature: deps.sign(snapshotSignedBytes(claim)) };
}

/** The stored rows are canonical bytes already: nothing is parsed, or 100,000 entries would hold up everything else here for seconds. */
async function makeSnapshot(deps: FeedDeps, list: ListId, at: number, rows: readonly Uint8Array[]) {
  const bytes = joinSnapshot(list, rows, await newestRids(deps.db, list, at, SNAPSHOT_NAMES_RIDS));
  const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
  await insertSnapshot(deps.db, { sha256, list, generation: deps.incarnation, at, bytes }, deps.nowMs());
  return { at, bytes: bytes.length, sha256 };
}

/**
 * Watchlists out of central's file: each piece is verified and applied as one of a live session. A list that stands further here is left as it
 * is; a list that the file does not name, and that central published before, is not this site's any more.
 */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import type { DownList, DownManifest } from "../../shared/bundle/down-parts.ts";
import { NO_GENERATION } from "../../shared/crdt/overlay.ts";
import { sameBytes } from "../../shared/log/record.ts";
import type { ListId } from "../../shared/model/ids.ts";
import type { Delta, Snapshot } from "../../shared/protocol/frames.ts";
import type { FeedPosition } from "../log/store-port.ts";
import type { DownCounts } from "./down-words.ts";
import { giveBack, leaveList } from "./leave-lists.ts";
import { type FeedResult, isOfPinnedCentral, putInForce, receiveDelta } from "./receive-feed.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

export type CarriedListsDeps = Pick<UplinkDeps, "pinned" | "reader" | "writer" | "log"> & {
  /** Absolute path at which a snapshot lies while it comes. */
  readonly carriedFile: string;
};

export interface CarriedLists {
  readonly delta: (delta: Delta) => Promise<void>;
  readonly snapshot: (snapshot: Snapshot) => Promise<void>;
  readonly piece: (bytes: Uint8Array) => Promise<void>;
  /** The file was read to its end: what it says of all lists is done. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Coming {
  readonly snapshot: Snapshot;
  readonly hash: Hash;
  readonly file: FileHandle;
  missing: number;
}

/** `counts` is told what becomes of each list. */
export function carriedLists(deps: CarriedListsDeps, manifest: DownManifest, counts: DownCounts): CarriedLists {
  const { reader, writer, log } = deps;
  const { incarnation } = manifest;
  const updated = new Set<ListId>();
  let coming: Coming | null = null;
  let isNoted = false;

  const heldOf = (list: ListId): FeedPosition | undefined => reader.feeds().find((feed) => feed.list === list);
  /** Before the first change, so that no older file can undo it. */
  const noteOnce = async (): Promise<void> => {
    if (isNoted) return;
    isNoted = true;
    await writer.noteCentralSaid(manifest.centralId, manifest.madeMs);
  };
  const apply = async (list: ListId, work: () => Promise<FeedResult>): Promise<void> => {
    await noteOnce();
    const result = await work();
    if (result.kind === "applied") updated.add(list);
    else log.warn({}, `watchlist not taken over from central's file: ${result.why}`);
  };
  const endComing = async (): Promise<void> => {
    const ended = coming;
    coming = null;
    await ended?.file.close();
    if (ended !== null) await rm(deps.carriedFile, { force: true });
  };

  return {
    async delta(delta) {
      const held = heldOf(delta.list);
      if (held?.generation === delta.generation && held.cursor >= delta.to) return;
      await apply(delta.list, () => receiveDelta(deps, delta));
    },
    async snapshot(snapshot) {
      const held = heldOf(snapshot.list);
      const named = manifest.lists.find((one) => one.list === snapshot.list);
      if (snapshot.generation !== incarnation || isHeld(held, snapshot, named)) return;
      if (!isOfPinnedCentral(deps, snapshot))
        return log.warn({}, "a watchlist in central's file that central has not signed was not taken");
      coming = { snapshot, hash: createHash("sha256"), file: await open(deps.carriedFile, "w", 0o600), missing: snapshot.bytes };
    },
    async piece(bytes) {
      if (coming === null) return;
      const { snapshot, hash, file } = coming;
      hash.update(bytes);
      await file.writeFile(bytes);
      coming.missing -= bytes.length;
      if (coming.missing > 0) return;
      await file.sync();
      await apply(snapshot.list, () => putInForce(deps, snapshot, hash.digest("hex"), deps.carriedFile));
      await endComing();
    },
    async settle() {
      const held = new Map(reader.feeds().map((feed) => [feed.list, feed]));
      for (const named of manifest.lists) {
        const own = held.get(named.list);
        if (!isThere(own, named, incarnation)) counts.stuck += 1;
        else if (updated.has(named.list)) counts.updated += 1;
        else counts.known += 1;
        if (own?.generation === incarnation) await settleList(deps, named, own, manifest);
      }
      counts.withdrawn = await withdraw(deps, manifest, [...held.values()], noteOnce);
    },
    close: endComing,
  };
}

/** The same place or further, in the same life of central; at the very same place another list is put right. */
function isHeld(held: FeedPosition | undefined, { generation, at }: Snapshot, named: DownList | undefined): boolean {
  if (held === undefined || held.generation !== generation || held.cursor < at) return false;
  return held.cursor > at || named?.head !== at || sameBytes(held.checksum, named.checksum);
}

function isThere(held: FeedPosition | undefined, named: DownList, generation: string): boolean {
  if (held === undefined || held.generation !== generation || held.cursor < named.head) return false;
  return held.cursor > named.head || sameBytes(held.checksum, named.checksum);
}

/** As after a WELCOME: what two backups hold need not be kept, what every replica knows of is forgotten, what central lacks goes back. */
async function settleList({ writer }: CarriedListsDeps, named: DownList, held: FeedPosition, { incarnation }: DownManifest): Promise<void> {
  const { list, head, horizon, durable } = named;
  await giveBack(writer, list, incarnation);
  if (durable > 0) await writer.noteFeedDurable(list, incarnation, durable);
  if (horizon > 0 && held.cursor >= head) await writer.forgetDeleted(list, incarnation, horizon, head);
}

/**
 * Lists that no longer name this site stop matching. One of an earlier life of central's may only be unknown to a central that was restored:
 * it goes when that one has everything that this site had to say, and nothing of it had to be given back.
 */
async function withdraw(
  { reader, writer }: CarriedListsDeps,
  manifest: DownManifest,
  held: readonly FeedPosition[],
  noteOnce: () => Promise<void>,
): Promise<number> {
  const named = new Set(manifest.lists.map((one) => one.list));
  const isHeard = reader.logs().every((log) => log.class !== "urgent" || log.acknowledged >= log.head.next);
  let gone = 0;
  for (const { list, generation } of held) {
    if (generation === NO_GENERATION || named.has(list)) continue;
    await noteOnce();
    if (await leaveList(writer, list, manifest.incarnation, generation === manifest.incarnation || isHeard)) gone += 1;
  }
  return gone;
}

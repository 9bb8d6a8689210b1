/**
 * A file for one site on its way down: what central has of its logs, its watchlists and the commands that wait for it, sealed to its device
 * and signed. It is made while it is taken, never whole in memory; what is in it goes the way at the site that a live session's frames go.
 */
import { DOWN_COMMANDS_MAX, DOWN_RECEIPT_IMAGES_MAX, SNAPSHOT_PIECE_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import { CONTENT_KEY_BYTES } from "../../shared/bundle/bundle-seal.ts";
import type { DownList } from "../../shared/bundle/down-parts.ts";
import { type BundleReceipt, openReceipt, signReceipt } from "../../shared/bundle/receipt.ts";
import { type DownWriter, downWriter } from "../../shared/bundle/write-down.ts";
import type { CollectorId, ListId, SessionId, Sha256 } from "../../shared/model/ids.ts";
import type { StandingFeed } from "../../shared/protocol/central-session.ts";
import type { Command, FeedCursor, Snapshot } from "../../shared/protocol/frames.ts";
import { LOGS_PER_HELLO_MAX } from "../../shared/protocol/limits.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { FeedDeps, loadFeed } from "../feeds/load-feed.ts";
import type { standingLogs } from "../ingest/admit-bundle.ts";
import type { CentralIdentity } from "../integrity/central-identity.ts";
import { findDevice, heldLists, liveLogs, lockDownSite, stampDown } from "./down-rows.ts";

export interface MakeDownDeps {
  readonly db: Db;
  readonly identity: CentralIdentity;
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly version: string;
  readonly feeds: FeedDeps;
  readonly loadFeed: typeof loadFeed;
  readonly headsOf: (siteId: string) => Promise<readonly StandingFeed[]>;
  readonly readSnapshotPart: (sha256: Sha256, from: number, length: number) => Promise<Uint8Array | undefined>;
  readonly carriedCommands: (collectorId: string, deviceKey: Uint8Array, most: number) => Promise<readonly Command[]>;
  readonly standingLogs: typeof standingLogs;
  readonly log: { readonly info: (facts: object, words: string) => void };
}

export interface DownOrder {
  readonly collectorId: CollectorId;
  /** `whole`: all lists, whatever the site may hold. `changed`: what it lacks by its own last word. */
  readonly lists: "whole" | "changed";
  /** Central's own answer to a bundle of this site, for what it says of pictures; null: none is at hand. */
  readonly receipt: Uint8Array | null;
  /** Sites of the person; empty for all. */
  readonly sites: readonly string[];
}

export type DownRefusal = "unknown" | "no-device" | "strange-receipt";
export type MadeDown =
  | { readonly kind: "refused"; readonly why: DownRefusal }
  | { readonly kind: "down"; readonly site: string; readonly madeMs: number; readonly bytes: AsyncGenerator<Uint8Array> };

/** No bundle: the file was asked for by a person, not as the answer to one. */
const NO_BUNDLE = "0".repeat(32) as SessionId;
/** Read from the database at once. */
const WINDOW_BYTES = 16 * SNAPSHOT_PIECE_BYTES_MAX;

interface Begun {
  readonly site: string;
  readonly siteId: string;
  readonly deviceKey: Uint8Array;
  readonly madeMs: number;
  readonly held: readonly FeedCursor[];
}

/** Refuses before anything is made. `also`: done in the transaction that begins the file (the audit of who asked for it). */
export async function makeDown(
  deps: MakeDownDeps,
  order: DownOrder,
  also: (tx: Tx) => Promise<void> = async () => undefined,
): Promise<MadeDown> {
  const receipt = order.receipt === null ? null : openReceipt(order.receipt, deps.identity.publicKey);
  if (receipt?.kind === "refused") return { kind: "refused", why: "strange-receipt" };
  const begun = await begin(deps, order, also);
  if (typeof begun === "string") return { kind: "refused", why: begun };
  const bytes = writeAll(deps, order.collectorId, begun, receipt?.receipt ?? null);
  return { kind: "down", site: begun.site, madeMs: begun.madeMs, bytes };
}

function begin({ db, nowMs }: MakeDownDeps, order: DownOrder, also: (tx: Tx) => Promise<void>): Promise<Begun | DownRefusal> {
  const { collectorId } = order;
  return db.transaction().execute(async (tx): Promise<Begun | DownRefusal> => {
    const site = await lockDownSite(tx, collectorId, order.sites);
    if (site === undefined) return "unknown";
    const deviceKey = await findDevice(tx, collectorId);
    if (deviceKey === undefined) return "no-device";
    const madeMs = await stampDown(tx, collectorId, nowMs());
    const held = order.lists === "whole" ? [] : await heldLists(tx, collectorId);
    await also(tx);
    return { site: site.name, siteId: site.siteId, deviceKey, madeMs, held };
  });
}

async function* writeAll(
  deps: MakeDownDeps,
  collectorId: CollectorId,
  { siteId, deviceKey, madeMs, held }: Begun,
  receipt: BundleReceipt | null,
): AsyncGenerator<Uint8Array> {
  const { identity, feeds, version } = deps;
  const standing = await deps.headsOf(siteId);
  const manifest = {
    collectorId,
    deviceKey,
    centralId: identity.centralId,
    incarnation: feeds.incarnation,
    madeMs,
    lists: standing.map(downList),
    version,
  };
  const writer = downWriter(manifest, deps.randomBytes(CONTENT_KEY_BYTES), identity.sign);
  yield writer.begin();
  yield* receiptsOf(deps, writer, collectorId, receipt);
  for (const feed of standing) {
    yield* listOf(deps, writer, collectorId, feed, held.find((one) => one.list === feed.list) ?? null);
  }
  const commands = await deps.carriedCommands(collectorId, deviceKey, DOWN_COMMANDS_MAX);
  for (const command of commands) yield writer.part({ kind: "command", command });
  yield writer.end();
  deps.log.info({ collector: collectorId, lists: standing.length, commands: commands.length }, "a file for a site's stick was made");
}

const downList = ({ list, head, checksum = new Uint8Array(32), horizon = 0, durable = 0 }: StandingFeed): DownList => {
  return { list, head, checksum, horizon, durable };
};

/** Where the site's logs stand now; the pictures that its bundle brought follow in receipts of a part each. */
async function* receiptsOf(
  deps: MakeDownDeps,
  writer: DownWriter,
  collectorId: CollectorId,
  receipt: BundleReceipt | null,
): AsyncGenerator<Uint8Array> {
  const ids = receipt?.logs.map((log) => log.logId) ?? (await liveLogs(deps.db, collectorId, LOGS_PER_HELLO_MAX));
  const logs = [...(await deps.standingLogs(deps, collectorId, ids)).values()];
  const { centralId, sign } = deps.identity;
  const { bundleId, images } = receipt ?? { bundleId: NO_BUNDLE, images: [] };
  for (let at = 0; at === 0 || at < images.length; at += DOWN_RECEIPT_IMAGES_MAX) {
    const some = { bundleId, centralId, logs: at === 0 ? logs : [], images: images.slice(at, at + DOWN_RECEIPT_IMAGES_MAX) };
    yield writer.part({ kind: "receipt", bytes: signReceipt(some, sign) });
  }
}

/** The pieces that bring one list up to where it stood when the file was begun: as for a live session, one after the other. */
async function* listOf(
  deps: MakeDownDeps,
  writer: DownWriter,
  collectorId: CollectorId,
  { list, head }: StandingFeed,
  held: FeedCursor | null,
): AsyncGenerator<Uint8Array> {
  for (let from = held; ; ) {
    const frame = await deps.loadFeed(deps.feeds, collectorId, list as ListId, from);
    if (frame === null) return;
    if (frame.type === "snapshot") return yield* snapshotOf(deps, writer, frame);
    yield writer.part({ kind: "delta", delta: frame });
    if (frame.to >= head) return;
    from = { list: list as ListId, generation: frame.generation, cursor: frame.to, checksum: frame.checksum };
  }
}

async function* snapshotOf(deps: MakeDownDeps, writer: DownWriter, snapshot: Snapshot): AsyncGenerator<Uint8Array> {
  yield writer.part({ kind: "snapshot", snapshot });
  for (let from = 0; from < snapshot.bytes; from += WINDOW_BYTES) {
    const window = await deps.readSnapshotPart(snapshot.sha256, from, Math.min(WINDOW_BYTES, snapshot.bytes - from));
    if (window === undefined) throw new Error("A list was changed several times while its file was made. Make the file again.");
    for (let at = 0; at < window.length; at += SNAPSHOT_PIECE_BYTES_MAX) {
      yield writer.part({ kind: "piece", offset: from + at, bytes: window.subarray(at, at + SNAPSHOT_PIECE_BYTES_MAX) });
    }
  }
}

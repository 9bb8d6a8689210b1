/**
 * Where a known-bad variant takes hold: each is a difference at the edge of the production cores, in the simulator's own adapters, so
 * that no switch for doing it wrong exists in the product. `none` does what the product does.
 */

import { imageKey, type PutOutcome } from "../../central/images/image-store.ts";
import { type FinishOutcome, type FinishStep, finishing } from "../../central/images/upload-steps.ts";
import type { StoreNews } from "../../edge/log/store-port.ts";
import type { CommandTaken } from "../../edge/log/take-command.ts";
import type { Steps } from "../../shared/flow/run-steps.ts";
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { Incarnation, ListId, LogId, Sha256 } from "../../shared/model/ids.ts";
import type { EdgeSource } from "../../shared/protocol/edge-flow.ts";
import type { Command, DownFrame, FeedCursor } from "../../shared/protocol/frames.ts";
import { judgeCommand } from "../../shared/protocol/judge-command.ts";
import { byReplicas, type Feed, type HorizonOf } from "./central/central-feeds.ts";
import type { CentralImages } from "./central/central-images.ts";
import type { CentralTables } from "./central/central-tables.ts";
import type { SiteProcess } from "./site/site-process.ts";

export interface Variant {
  readonly name: string;
  /** What the session core reads. */
  readonly source: (source: EdgeSource, process: SiteProcess) => EdgeSource;
  readonly sourceKey: (key: string) => string;
  readonly opened: (process: SiteProcess) => void;
  /** A command was written whose commit the coming death will take back. */
  readonly beforeDoom: (process: SiteProcess, news: readonly StoreNews[]) => void;
  /** A frame as the edge takes it; null: it does not. */
  readonly received: (frame: DownFrame, process: SiteProcess) => DownFrame | null;
  readonly acknowledged: (process: SiteProcess, logId: LogId, next: number) => void;
  readonly beforeSnapshot: (process: SiteProcess, list: ListId) => void;
  /** A bundle with the records below `to` leaves on a stick. */
  readonly exported: (process: SiteProcess, logId: LogId, to: number) => void;
  /** A command's id is written down, before it runs; undefined: the store refused, or this run died. */
  readonly takeCommand: (process: SiteProcess, command: Command, configRevision: number) => CommandTaken | undefined;
  /** A command's answer is written down. */
  readonly finishCommand: (process: SiteProcess, result: CommandResult) => void;
  /** Whether central takes a rid for known that is. */
  readonly knowsRids: boolean;
  /** How far central lets deleted entries go. */
  readonly horizonOf: HorizonOf;
  /** The so manieth newest backup says what is durable. */
  readonly durableBackup: 1 | 2;
  /** The disk ladder's last step: how many records went. */
  readonly pruneAcknowledged: (process: SiteProcess) => number;
  /** Whether the edge waits for the disk before it names a picture. */
  readonly syncsPictures: boolean;
  /** Whether what one life of central had taken of pictures is offered to the next. */
  readonly offersImagesAgain: boolean;
  /** How central makes a picture of a complete upload. */
  readonly finishing: typeof finishing;
  /** A piece of a picture came. */
  readonly appended: (images: CentralImages, sha256: Sha256, tables: CentralTables) => void;
}

export const NO_VARIANT: Variant = {
  name: "none",
  source: (source) => source,
  sourceKey: (key) => key,
  opened: () => {},
  beforeDoom: () => {},
  received: (frame) => frame,
  acknowledged: () => {},
  beforeSnapshot: () => {},
  exported: () => {},
  takeCommand: (process, command, configRevision) => process.command("takeCommand", command, configRevision, process.clock.moment()),
  finishCommand: (process, result) => void process.command("finishCommand", result, process.clock.moment()),
  knowsRids: true,
  horizonOf: byReplicas,
  durableBackup: 2,
  pruneAcknowledged: (process) => process.command("pruneAcknowledged", process.clock.moment()) ?? 0,
  syncsPictures: true,
  offersImagesAgain: true,
  finishing,
  appended: () => {},
};

/** The known-bad ways; each must be caught. What they stand for is in the README. Made anew for each seed. */
const VARIANTS: readonly (() => Variant)[] = [
  () => {
    let counter = 0;
    return { ...NO_VARIANT, name: "no-source-key", sourceKey: (key) => `${key.slice(0, 50)}${counter++}` };
  },
  () => ({ ...NO_VARIANT, name: "synchronous-normal", opened: ({ store }) => void store.db.pragma("synchronous = normal") }),
  () => ({ ...NO_VARIANT, name: "send-before-commit", beforeDoom: tellSession }),
  () => ({ ...NO_VARIANT, name: "no-rid-de-duplication", knowsRids: false }),
  () => ({ ...NO_VARIANT, name: "edge-side-cursor", received: byOwnCursor }),
  () => ({ ...NO_VARIANT, name: "counter-epoch", received: byNumber }),
  () => ({ ...NO_VARIANT, name: "prune-on-ack", acknowledged: prune }),
  () => ({ ...NO_VARIANT, name: "snapshot-drops-overlay", beforeSnapshot: dropOverlay }),
  () => ({ ...NO_VARIANT, name: "adopted-checksum", source: believing }),
  () => ({ ...NO_VARIANT, name: "priorities-off", source: allAlike }),
  () => ({ ...NO_VARIANT, name: "tombstones-by-age", horizonOf: byAge }),
  () => ({ ...NO_VARIANT, name: "durable-of-newest-backup", durableBackup: 1 }),
  () => ({ ...NO_VARIANT, name: "ladder-without-record", pruneAcknowledged: pruneSilently }),
  () => ({ ...NO_VARIANT, name: "picture-not-synced", syncsPictures: false }),
  () => ({ ...NO_VARIANT, name: "pictures-offered-once", offersImagesAgain: false }),
  () => ({ ...NO_VARIANT, name: "hash-not-asked", finishing: unasked }),
  () => ({ ...NO_VARIANT, name: "shown-in-part", appended: showPart }),
  () => ({ ...NO_VARIANT, name: "prune-on-export", exported: prune }),
  () => ({ ...NO_VARIANT, name: "ledger-after-run", takeCommand: runUnwritten, finishCommand: writeAndFinish }),
  () => ({ ...NO_VARIANT, name: "expiry-by-any-clock", takeCommand: byAnyClock }),
];

export const VARIANT_NAMES: readonly string[] = VARIANTS.map((make) => make().name);

/** A known-bad way by name; throws for a name that is none. */
export function variantOf(name: string): Variant {
  const variant = VARIANTS.map((make) => make()).find((one) => one.name === name);
  if (variant === undefined) throw new Error(`no variant is called ${name}; there are: ${VARIANT_NAMES.join(", ")}`);
  return variant;
}

function tellSession(process: SiteProcess, news: readonly StoreNews[]): void {
  for (const one of news) {
    if (one.kind === "grown") process.uplink.session?.handle({ type: "grown", logId: one.logId, next: one.next });
  }
  process.uplink.session?.handle({ type: "tick" });
}

/** The edge believes what was acknowledged once, whatever central says of itself now. */
function byOwnCursor(frame: DownFrame, process: SiteProcess): DownFrame | null {
  const cursorOf = (logId: LogId): number => process.reader.logs().find((log) => log.logId === logId)?.acknowledged ?? 0;
  if (frame.type === "rewind") return frame.next < cursorOf(frame.logId) ? null : frame;
  if (frame.type !== "welcome") return frame;
  const logs = frame.logs.map((log) => {
    const next = cursorOf(log.logId);
    return next > log.next ? { ...log, next, head: process.reader.hashAt(log.logId, next - 1)! } : log;
  });
  return { ...frame, logs };
}

/** Positions are compared by their number alone, as an epoch that counts would. */
function byNumber(frame: DownFrame, process: SiteProcess): DownFrame | null {
  const own = <T extends { readonly logId: LogId; readonly next: number; readonly head: Uint8Array }>(log: T): T => {
    const head = log.next === 0 ? null : process.reader.hashAt(log.logId, log.next - 1);
    return head === null ? log : { ...log, head };
  };
  if (frame.type === "welcome") return { ...frame, logs: frame.logs.map(own) };
  return frame.type === "ack" || frame.type === "rewind" ? own(frame) : frame;
}

/** Weeks, on the scale of a seed's hours. */
const TOMBSTONE_AGE_MS = 20 * 60_000;

/** A deleted entry goes when it is old enough, whoever has not heard of its end; and nothing remembers that it ever was. */
function byAge({ publishedMs }: Feed, _generation: Incarnation, nowMs: number): ReturnType<HorizonOf> {
  return { horizon: publishedMs.filter((atMs) => atMs < nowMs - TOMBSTONE_AGE_MS).length, remembers: false };
}

function prune({ store }: SiteProcess, logId: LogId, next: number): void {
  store.db.prepare("delete from records where log = (select n from logs where log_id = ?) and seq < ?").run(logId, next - 1);
  store.db.prepare("update logs set first = max(first, ?) where log_id = ?").run(next - 1, logId);
}

/** What central has acknowledged goes when the card is full, and nothing says so. */
function pruneSilently(process: SiteProcess): number {
  const log = process.reader.logs().find((one) => one.class === "detections")!;
  if (log.acknowledged <= Math.max(2, log.first)) return 0;
  prune(process, log.logId, log.acknowledged);
  return log.acknowledged - log.first;
}

function dropOverlay(process: SiteProcess, list: ListId): void {
  process.store.db.prepare("delete from own_ops where list = ?").run(list);
  process.command("dropList", list);
}

/** The edge reports for each list the checksum that central told for that place, whatever it holds. */
function believing(source: EdgeSource, { site }: SiteProcess): EdgeSource {
  const told = (feed: FeedCursor): FeedCursor => {
    const { central } = site.world;
    const checksum = central.tables.feeds.feeds.get(feed.list)?.ops[feed.cursor - 1]?.checksum;
    return checksum === undefined || feed.generation !== central.incarnation ? feed : { ...feed, checksum };
  };
  return {
    ...source,
    hello: (session) => {
      const hello = source.hello(session);
      return { ...hello, feeds: hello.feeds.map(told) };
    },
    heartbeat: () => {
      const heartbeat = source.heartbeat();
      return { ...heartbeat, feeds: heartbeat.feeds.map(told) };
    },
  };
}

/** A command runs first; its id is written down with its answer. */
function runUnwritten(process: SiteProcess, command: Command, configRevision: number): CommandTaken | undefined {
  const isNew = process.rows.commands.state(command.id) === undefined;
  if (isNew && judgeCommand(command, process.clock.moment()).kind === "run") return "run";
  return NO_VARIANT.takeCommand(process, command, configRevision);
}

function writeAndFinish(process: SiteProcess, result: CommandResult): void {
  const { commandOf } = process.commands;
  const command = commandOf(result.command);
  if (command !== null) NO_VARIANT.takeCommand(process, command, result.configRevision);
  if (process.isAlive) NO_VARIANT.finishCommand(process, result);
}

/** The machine's clock is believed, whoever set it. */
function byAnyClock(process: SiteProcess, command: Command, configRevision: number): CommandTaken | undefined {
  const wallMs = Math.round(process.site.clock.wallMs());
  return process.command("takeCommand", command, configRevision, { ...process.clock.moment(), wallMs, clockQuality: 3 });
}

/** Both logs of one class, the bulky one first. */
function allAlike(source: EdgeSource): EdgeSource {
  return {
    ...source,
    hello: (session) => {
      const hello = source.hello(session);
      return { ...hello, logs: hello.logs.map((log) => ({ ...log, class: "detections" as const })).reverse() };
    },
  };
}

/** Whatever has come is kept, under the name it was announced with. */
function* unasked(
  sha256: Sha256,
  standing: number,
  expectedBytes: number,
  atMs: number,
): Steps<FinishStep, FinishOutcome, Uint8Array | PutOutcome | undefined> {
  if (standing < expectedBytes) return { kind: "incomplete", offset: standing };
  const key = imageKey(sha256, atMs);
  const bytes = (yield { do: "read" }) as Uint8Array | undefined;
  if (bytes === undefined) return { kind: "incomplete", offset: 0 };
  yield { do: "put", key, bytes };
  yield { do: "discard" };
  return { kind: "stored", key, sizeBytes: expectedBytes };
}

/** An upload is written to the place where people look. */
function showPart(images: CentralImages, sha256: Sha256, tables: CentralTables): void {
  const bytes = tables.expectedImages.get(sha256);
  const key = imageKey(sha256, images.nowMs());
  if (bytes === undefined || tables.storedImages.has(sha256)) return;
  images.objects.set(key, images.part(sha256));
  tables.storedImages.set(sha256, { bytes, key });
}

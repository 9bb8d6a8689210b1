/** Carrying by neighbours put together with the rest of this edge: what it hands over, what it takes, where the others are. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { SiteStatus } from "../shared/api/site-api.ts";
import { createBackoff } from "../shared/flow/backoff.ts";
import { runLoop } from "../shared/flow/run-loop.ts";
import type { CentralId } from "../shared/model/ids.ts";
import { UNKNOWN_CENTRAL } from "../shared/protocol/signed-bytes.ts";
import type { EdgeConfig } from "./config.ts";
import { type Bringer, type Carried, makeBringer, type ReceiptTaken } from "./neighbours/bring-to-neighbour.ts";
import { type Carrier, makeCarrier } from "./neighbours/carrier.ts";
import { type CarrySpool, openCarrySpool } from "./neighbours/carry-spool.ts";
import { makeDeliverer } from "./neighbours/deliver-bundles.ts";
import { findNeighbours, ownNetworks } from "./neighbours/find-neighbours.ts";
import { handOver } from "./neighbours/hand-over.ts";
import { type KnownNeighbours, openKnownNeighbours } from "./neighbours/known-neighbours.ts";
import { lanPost } from "./neighbours/lan-post.ts";
import { neighbourLines } from "./neighbours/neighbour-words.ts";
import { type Outgoing, type OutgoingBundle, openOutgoingBundle } from "./neighbours/outgoing-bundle.ts";
import type { Closers, StartedStore } from "./start-store.ts";
import { CENTRAL_KEYS, readApiKey, type StartedUplink } from "./start-uplink.ts";
import { exportBundle, waitingToCarry } from "./sync/export-bundle.ts";
import { openPinnedCentral, type PinnedCentral } from "./sync/pinned-central.ts";
import { takeReceipt } from "./sync/take-receipt.ts";
import { EDGE_VERSION } from "./version.ts";
import type { Listening } from "./web/open-web.ts";
import { writeDurably } from "./write-durably.ts";

export interface StartNeighboursDeps {
  readonly config: EdgeConfig;
  readonly store: StartedStore;
  readonly uplink: Pick<StartedUplink, "status" | "stateForMs">;
  readonly known: KnownNeighbours;
  readonly freeBytes: () => number | null;
  /** What the page says has changed. */
  readonly onChange: () => void;
  readonly log: Logger;
}

export interface StartedNeighbours {
  /** Null: this site takes nothing. */
  readonly carrier: Carrier | null;
  readonly lines: () => SiteStatus["neighbours"];
  /** The disk is low: one thing that is only a copy goes. Answers how many went. */
  readonly giveUp: () => number;
  /** The site's page stands there: it may be announced, and rounds begin. */
  readonly begin: (page: Listening) => void;
}

const NONE: StartedNeighbours = { carrier: null, lines: () => [], giveUp: () => 0, begin: () => {} };
const ROUND_EVERY_MS = 5_000;
const DELIVER_EVERY_MS = 2_000;
const SWEEP_EVERY_MS = 10 * 60_000;

/** Before the uplink is started, which brings central's word. */
export function knownNeighbours({ home }: EdgeConfig): KnownNeighbours {
  return openKnownNeighbours({ file: join(folderOf(home), "known.json"), writeDurably });
}

const folderOf = (home: string): string => join(home, "data", "neighbours");
const sleep = async (ms: number, signal: AbortSignal): Promise<void> => void (await delay(ms, undefined, { signal }).catch(() => {}));

export function startNeighbours(deps: StartNeighboursDeps, closers: Closers): StartedNeighbours {
  const { config, store, known, log } = deps;
  const { central, neighbours } = config;
  const apiKey = central === null ? null : readApiKey(central.apiKeyFile);
  if (!neighbours.enabled || central === null || apiKey === null) return NONE;
  const parts: Parts = { ...deps, apiKey, centralUrl: central.url, pinned: pinnedOf(store), ending: new AbortController() };
  const folder = folderOf(config.home);
  const spool = openCarrySpool({
    folder: join(folder, "spool"),
    bytesMax: neighbours.spoolBytes,
    bundlesMax: neighbours.spoolBundles,
    freeBytes: deps.freeBytes,
    keepFreeBytes: keepFree(config),
    writeDurably,
    now: store.clock.wallMs,
  });
  const outgoing = openOutgoingBundle({ folder, exportBundle: () => exportFor(parts), writeDurably, now: store.clock.wallMs });
  const carriedFile = join(folder, "carried.json");
  let carried = readCarried(carriedFile);
  const found: { addresses: () => readonly string[] } = { addresses: () => [] };
  const addresses = (): readonly string[] => [...new Set([...neighbours.addresses, ...found.addresses()])];
  const bringer = bringerOf(parts, outgoing, addresses, (now) => {
    writeDurably(carriedFile, `${JSON.stringify(now)}\n`, 0o600);
    carried = now;
  });
  const loops = { delivering: () => {} };
  const carrier = neighbours.carry ? carrierOf(parts, spool, () => loops.delivering()) : null;
  closers.push(() => parts.ending.abort());
  return {
    carrier,
    lines: () =>
      neighbourLines({
        known: known.count(),
        waitsAt: bringer.waitsAt(),
        carried,
        spool: spool.bundles(),
        nameOf: (origin) => known.nameOf(origin) ?? "a neighbour",
      }),
    giveUp() {
      if (spool.giveUp() > 0) return 1;
      if (outgoing.current() === null) return 0;
      outgoing.drop();
      return 1;
    },
    begin(page) {
      const finder = neighbours.mdns ? finderOf(parts, page) : null;
      if (finder !== null) {
        found.addresses = finder.addresses;
        closers.push(finder.stop);
      }
      const loopsOf = [loop(parts, ROUND_EVERY_MS, "carrying by neighbours", bringer.round), deliveringLoop(parts, spool)];
      loops.delivering = loopsOf[1]!.nudge;
      const sweeping = setInterval(spool.sweep, SWEEP_EVERY_MS);
      closers.push(async () => {
        clearInterval(sweeping);
        parts.ending.abort();
        await Promise.all(loopsOf.map(({ done }) => done));
      });
      log.info({ known: known.count(), takes: carrier !== null, multicast: finder !== null }, "neighbours may carry this site's bundles");
    },
  };
}

interface Parts extends StartNeighboursDeps {
  readonly apiKey: string;
  readonly centralUrl: string;
  readonly pinned: () => PinnedCentral;
  readonly ending: AbortController;
}

/** The pin is made at first contact and never changes while this program runs. */
function pinnedOf({ credentials }: StartedStore): () => PinnedCentral {
  let pinned = openPinnedCentral(credentials.pathOf(CENTRAL_KEYS));
  return () => {
    if (pinned.signingKey() === null) pinned = openPinnedCentral(credentials.pathOf(CENTRAL_KEYS));
    return pinned;
  };
}

/** What neighbours' bundles, and the one for them, must leave free: else the ladder would begin because of them. */
const keepFree = ({ disk }: EdgeConfig): number => disk.lowBytes + 2 * disk.ballastBytes;

function exportFor({ config, store, apiKey, pinned }: Parts) {
  const { keys, reader, clock } = store;
  const base = { collectorId: config.collectorId, deviceKeys: keys, reader, randomBytes, version: EDGE_VERSION, now: clock.wallMs };
  return exportBundle(
    { ...base, apiKey, pinned: pinned() },
    { images: config.neighbours.pictures, bytesMax: config.neighbours.bundleBytes },
  );
}

function isWorthwhile({ config, store, pinned, freeBytes }: Parts): boolean {
  const { pictures, bundleBytes } = config.neighbours;
  const { refusal, records, images } = waitingToCarry({ pinned: pinned(), reader: store.reader });
  const pictureCount = pictures === "none" ? 0 : images[pictures].count;
  const free = freeBytes();
  return refusal === null && records + pictureCount > 0 && (free === null || free - bundleBytes >= keepFree(config));
}

function bringerOf(
  parts: Parts,
  outgoing: OutgoingBundle,
  addresses: () => readonly string[],
  remember: (carried: Carried) => void,
): Bringer {
  const { config, store, known, pinned, log } = parts;
  const handing = {
    collectorId: config.collectorId,
    deviceKeys: store.keys,
    centralId: () => pinned().centralId(),
    known,
    outgoing,
    post: lanPost,
    randomBytes,
  };
  return makeBringer({
    outgoing,
    uplink: () => uplinkNow(parts),
    isWorthwhile: () => isWorthwhile(parts),
    addresses,
    handOver: (address, bundle, signal) => handOver(handing, address, bundle, signal),
    takeReceipt: (receipt, bundle) => receiptOf(parts, receipt, bundle),
    remember,
    onChange: parts.onChange,
    now: store.clock.wallMs,
    monoMs: store.clock.monoMs,
    log,
  });
}

function uplinkNow({ uplink, config }: Parts): "connected" | "soon" | "down" {
  if (uplink.status().state === "connected") return "connected";
  return uplink.stateForMs() >= config.neighbours.afterMs ? "down" : "soon";
}

/** Only of the bundle that is out: an older receipt would say that central has less than it has. */
async function receiptOf({ store, pinned }: Parts, receipt: Uint8Array, { bundleId }: Outgoing): Promise<ReceiptTaken> {
  const { reader, writer } = store;
  const settled = (): number => reader.logs().reduce((sum, log) => sum + log.acknowledged, 0) - reader.waitingImageCount();
  const before = settled();
  const outcome = await takeReceipt({ pinned: pinned(), reader, writer }, receipt, bundleId);
  return { isTaken: outcome.kind === "taken", isProgress: settled() > before, words: outcome.words };
}

function carrierOf(parts: Parts, spool: CarrySpool, onHeld: () => void): Carrier {
  const { config, store, known, pinned, uplink, onChange, log } = parts;
  return makeCarrier({
    collectorId: config.collectorId,
    deviceKeys: store.keys,
    centralId: (): CentralId => pinned().centralId(),
    known: { find: (centralId, collector, key) => (centralId === UNKNOWN_CENTRAL ? undefined : known.find(centralId, collector, key)) },
    spool,
    hasUplink: () => uplink.status().state === "connected",
    onHeld: () => {
      onHeld();
      onChange();
    },
    randomBytes,
    monoMs: store.clock.monoMs,
    random: Math.random,
    log,
  });
}

function deliveringLoop(parts: Parts, spool: CarrySpool) {
  const { centralUrl, apiKey, store, onChange, log } = parts;
  const deliverer = makeDeliverer({
    spool,
    centralUrl,
    apiKey,
    isIdle: () => isIdle(parts),
    monoMs: store.clock.monoMs,
    random: Math.random,
    sleep,
    onChange,
    log,
  });
  return loop(parts, DELIVER_EVERY_MS, "bringing neighbours' bundles to central", deliverer.deliverNext);
}

/** Connected, no alert waits, and of detections no more than the batch that is being filled. */
function isIdle({ uplink, store, config }: Parts): boolean {
  const { state, waiting } = uplink.status();
  const urgentWaits = store.reader.logs().some((log) => log.class === "urgent" && log.head.next > log.acknowledged);
  return state === "connected" && !urgentWaits && waiting <= config.batch.maxDetections;
}

/** Null on a page that only this machine can open: there is nothing to tell others of. */
function finderOf({ config, store, log }: Parts, { host, port, isTls }: Listening) {
  if (host === "localhost" || host === "::1" || host.startsWith("127.")) return null;
  const isAny = host === "0.0.0.0" || host === "::";
  const networks = (): string[] => ownNetworks().filter((network) => isAny || network === host);
  return findNeighbours({ id: config.collectorId, port, isTls, networks, monoMs: store.clock.monoMs, log });
}

function loop({ ending, log }: Parts, intervalMs: number, what: string, turn: (signal: AbortSignal) => Promise<boolean>) {
  return runLoop({
    signal: ending.signal,
    intervalMs,
    sleep,
    backoff: createBackoff(Math.random),
    turn: async (signal) => ((await turn(signal)) ? "more" : "idle"),
    onError: (error, waitMs) => log.warn({ error: String((error as Error).message ?? error), waitMs }, `${what} failed; it is tried again`),
  });
}

function readCarried(file: string): Carried | null {
  try {
    const carried = JSON.parse(readFileSync(file, "utf8")) as Carried;
    return typeof carried.by === "string" && Number.isSafeInteger(carried.records) && Number.isFinite(carried.receiptAtMs) ? carried : null;
  } catch {
    return null;
  }
}

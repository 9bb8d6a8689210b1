/**
 * Bundles of neighbours that wait for this site's uplink: one per neighbour, the newer one in place of the older, within a quota of bytes and
 * files, and only while the disk has room beyond what this site's own log needs. They are copies: their site keeps everything until
 * central's receipt is back, so each of them may be given up at any time.
 *
 *   <collector>.json     what it is and how far it got   <collector>.bundle   the file, its length is the offset
 *   <collector>.receipt  central's answer, for the way back
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type CollectorId, parseUuid, type Sha256 } from "../../shared/model/ids.ts";
import type { BundleOffer, Standing } from "../../shared/neighbour/neighbour-messages.ts";
import { digestOf } from "./digest-of.ts";

export interface SpoolDeps {
  readonly folder: string;
  readonly bytesMax: number;
  readonly bundlesMax: number;
  /** Null when the system does not say. */
  readonly freeBytes: () => number | null;
  /** What must stay free for this site itself, once all that was promised has come. */
  readonly keepFreeBytes: number;
  readonly writeDurably: (path: string, text: string, mode: number) => void;
  readonly now: () => number;
}

export interface SpooledBundle extends BundleOffer {
  readonly origin: CollectorId;
  readonly receivedMs: number;
  readonly state: "arriving" | "held" | "delivered" | "refused";
  /** Of central's answer. */
  readonly words: string;
  readonly answeredMs: number | null;
}

export type Taken = { readonly kind: "standing"; readonly standing: Standing } | { readonly kind: "no-room"; readonly words: string };

export interface CarrySpool {
  /** Begins a bundle, or says how far a known one is. */
  readonly offer: (origin: CollectorId, offer: BundleOffer) => Taken;
  /** Where this file stands; undefined when another one, or none, lies here. */
  readonly standing: (origin: CollectorId, sha256: Sha256) => Standing | undefined;
  /** Appends a piece that begins where the file ends; any other changes nothing. The last one is checked against the whole file's name. */
  readonly append: (origin: CollectorId, sha256: Sha256, offset: number, piece: Uint8Array) => Promise<Taken>;
  /** The bundle that has waited longest to be delivered. */
  readonly next: (isDue: (bundle: SpooledBundle) => boolean) => SpooledBundle | undefined;
  readonly fileOf: (bundle: SpooledBundle) => string;
  /** Central's answer; the file goes, the receipt stays for its origin. Nothing when a newer one took its place meanwhile. */
  readonly settle: (bundle: SpooledBundle, answer: { state: "delivered" | "refused"; words: string; receipt: Uint8Array | null }) => void;
  /** Gives up one waiting bundle, the oldest; answers how many went. */
  readonly giveUp: () => number;
  /** Forgets what nobody came back for. */
  readonly sweep: () => void;
  readonly bundles: () => readonly SpooledBundle[];
}

/** A receipt that was not fetched, and a bundle that stopped arriving, are kept for so long. */
const RECEIPT_KEPT_MS = 7 * 24 * 3_600_000;
const ARRIVING_KEPT_MS = 24 * 3_600_000;
const FULL = "This site carries as many bundles of neighbours as it may. It is asked again later.";
const TOO_LARGE = "The bundle is larger than what this site keeps for neighbours.";
const NO_DISK = "This site's disk has no room for a neighbour's bundle.";

export function openCarrySpool(deps: SpoolDeps): CarrySpool {
  mkdirSync(deps.folder, { recursive: true, mode: 0o700 });
  const bundles = readSpool(deps.folder);
  const pathOf = (origin: CollectorId, what: "json" | "bundle" | "receipt"): string => join(deps.folder, `${origin}.${what}`);
  const isWaiting = ({ state }: SpooledBundle): boolean => state === "arriving" || state === "held";
  const offsetOf = (bundle: SpooledBundle): number => (isWaiting(bundle) ? sizeOf(pathOf(bundle.origin, "bundle")) : bundle.bytes);

  const keep = (bundle: SpooledBundle): void => {
    deps.writeDurably(pathOf(bundle.origin, "json"), `${JSON.stringify(bundle)}\n`, 0o600);
    bundles.set(bundle.origin, bundle);
  };
  const drop = (origin: CollectorId): void => {
    bundles.delete(origin);
    for (const what of ["json", "bundle", "receipt"] as const) rmSync(pathOf(origin, what), { force: true });
  };
  const standingOf = (bundle: SpooledBundle): Standing => ({
    sha256: bundle.sha256,
    state: bundle.state === "arriving" ? "wanted" : bundle.state,
    offset: offsetOf(bundle),
    words: bundle.words,
    atMs: bundle.answeredMs,
    receipt: bundle.state === "delivered" ? readFile(pathOf(bundle.origin, "receipt")) : null,
  });
  const refusalOf = (origin: CollectorId, bytes: number): string | null => {
    const others = [...bundles.values()].filter((one) => one.origin !== origin && isWaiting(one));
    if (bytes > deps.bytesMax) return TOO_LARGE;
    if (others.length >= deps.bundlesMax) return FULL;
    if (others.reduce((sum, one) => sum + one.bytes, bytes) > deps.bytesMax) return FULL;
    const free = deps.freeBytes();
    const replaced = bundles.has(origin) ? sizeOf(pathOf(origin, "bundle")) : 0;
    const promised = others.reduce((sum, one) => sum + Math.max(0, one.bytes - offsetOf(one)), bytes);
    return free !== null && free + replaced - promised < deps.keepFreeBytes ? NO_DISK : null;
  };
  const finish = async (bundle: SpooledBundle): Promise<void> => {
    const path = pathOf(bundle.origin, "bundle");
    if ((await digestOf(path)) === bundle.sha256) return keep({ ...bundle, state: "held" });
    // Torn by a power cut, or not what was offered: it begins again from nothing.
    rmSync(path, { force: true });
  };

  return {
    offer(origin, offer) {
      const known = bundles.get(origin);
      if (known?.sha256 === offer.sha256) return { kind: "standing", standing: standingOf(known) };
      const refusal = refusalOf(origin, offer.bytes);
      if (refusal !== null) return { kind: "no-room", words: refusal };
      drop(origin);
      const bundle: SpooledBundle = { ...offer, origin, receivedMs: deps.now(), state: "arriving", words: "", answeredMs: null };
      keep(bundle);
      return { kind: "standing", standing: standingOf(bundle) };
    },
    standing(origin, sha256) {
      const known = bundles.get(origin);
      return known?.sha256 === sha256 ? standingOf(known) : undefined;
    },
    async append(origin, sha256, offset, piece) {
      const bundle = bundles.get(origin);
      if (bundle?.sha256 !== sha256) return { kind: "no-room", words: "This site does not know that bundle any more. Offer it again." };
      const at = offsetOf(bundle);
      const isNext = bundle.state === "arriving" && offset === at && offset + piece.length <= bundle.bytes && piece.length > 0;
      if (!isNext) return { kind: "standing", standing: standingOf(bundle) };
      const free = deps.freeBytes();
      if (free !== null && free - piece.length < deps.keepFreeBytes) return { kind: "no-room", words: NO_DISK };
      await appendTo(pathOf(origin, "bundle"), offset, piece, offset + piece.length === bundle.bytes);
      if (offset + piece.length === bundle.bytes && bundles.get(origin) === bundle) await finish(bundle);
      return { kind: "standing", standing: standingOf(bundles.get(origin) ?? bundle) };
    },
    next: (isDue) => oldest([...bundles.values()].filter((one) => one.state === "held" && isDue(one))),
    fileOf: ({ origin }) => pathOf(origin, "bundle"),
    settle({ origin, sha256 }, { state, words, receipt }) {
      const now = bundles.get(origin);
      if (now?.sha256 !== sha256 || now.state !== "held") return;
      // The receipt first: without it the bundle would be answered for with nothing to show.
      if (receipt !== null) deps.writeDurably(pathOf(origin, "receipt"), Buffer.from(receipt).toString("base64"), 0o600);
      keep({ ...now, state, words, answeredMs: deps.now() });
      rmSync(pathOf(origin, "bundle"), { force: true });
    },
    giveUp() {
      const given = oldest([...bundles.values()].filter(isWaiting));
      if (given !== undefined) drop(given.origin);
      return given === undefined ? 0 : 1;
    },
    sweep() {
      const nowMs = deps.now();
      for (const one of [...bundles.values()]) {
        const keptMs = one.state === "arriving" ? ARRIVING_KEPT_MS : RECEIPT_KEPT_MS;
        if (one.state !== "held" && nowMs - (one.answeredMs ?? one.receivedMs) > keptMs) drop(one.origin);
      }
    },
    bundles: () => [...bundles.values()],
  };
}

const oldest = (bundles: readonly SpooledBundle[]): SpooledBundle | undefined =>
  bundles.reduce<SpooledBundle | undefined>(
    (first, one) => (first === undefined || one.receivedMs < first.receivedMs ? one : first),
    undefined,
  );

/** What lies in the folder after a start; what belongs to nothing goes. */
function readSpool(folder: string): Map<CollectorId, SpooledBundle> {
  const bundles = new Map<CollectorId, SpooledBundle>();
  const names = readdirSync(folder);
  for (const name of names.filter((one) => one.endsWith(".json"))) {
    const bundle = parseBundle(join(folder, name));
    if (bundle !== undefined && name === `${bundle.origin}.json`) bundles.set(bundle.origin, bundle);
  }
  for (const name of names)
    if (!bundles.has(name.split(".")[0] as CollectorId)) rmSync(join(folder, name), { force: true, recursive: true });
  return bundles;
}

function parseBundle(path: string): SpooledBundle | undefined {
  try {
    const bundle = JSON.parse(readFileSync(path, "utf8")) as SpooledBundle;
    const isSound = parseUuid(bundle.origin) !== undefined && /^[0-9a-f]{64}$/.test(bundle.sha256) && Number.isSafeInteger(bundle.bytes);
    return isSound ? bundle : undefined;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Base64 text, written whole; null when it is not there. */
function readFile(path: string): Uint8Array | null {
  try {
    return new Uint8Array(Buffer.from(readFileSync(path, "utf8"), "base64"));
  } catch {
    return null;
  }
}

async function appendTo(path: string, offset: number, piece: Uint8Array, isLast: boolean): Promise<void> {
  const file = await open(path, offset === 0 ? "w" : "r+", 0o600);
  try {
    await file.write(piece, 0, piece.length, offset);
    if (isLast) await file.sync();
  } finally {
    await file.close();
  }
}

/** Fills a home's store as its own writer would in a week: real records, chained, signed and indexed. */
import { randomBytes } from "node:crypto";
import { uptime } from "node:os";
import { uuidv7 } from "uuidv7";
import { bootOf, kernelBoot } from "../../edge/clock/boot-id.ts";
import { openCredentials } from "../../edge/config/credential-store.ts";
import { type EdgeStore, openStore } from "../../edge/log/open-store.ts";
import type { DetectionStored } from "../../edge/log/store-port.ts";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import type { Moment } from "../../shared/log/chain.ts";
import {
  type BootId,
  bytesToHex,
  type CameraId,
  type CollectorId,
  type EntryId,
  hexToBytes,
  type ListId,
  type Rid,
  uuid,
} from "../../shared/model/ids.ts";
import type { EntryField, FeedOp, FieldValue } from "../../shared/model/watchlist.ts";
import { OPS_PER_DELTA_MAX } from "../../shared/protocol/limits.ts";
import { variedReading } from "./varied-detections.ts";

export interface Filling {
  readonly home: string;
  readonly collector: string;
  readonly camera: string;
  readonly records: number;
  readonly perMinute: number;
  readonly entries: number;
  readonly progress: (words: string) => void;
}

/** Larger than a site's, and nothing is synced meanwhile: what is filled in is measured afterwards, and made anew when it is lost. */
const BATCH = 2_048;
/** The writer forgets source keys of more than a day ago each hour; so does the filling, or it would drag along a week of them. */
const FORGET_EVERY_MS = 60 * 60_000;
/** Of the filling only: keys come in no order, and what the writer's 4 MiB do not hold is read and written again and again. */
const CACHE_KIB = 512 * 1024;
/** What lies before belongs to another boot of the machine; what is younger may still have open passes. */
const THIS_BOOT_MS = 60 * 60_000;
const GENERATION = "a".repeat(32);

export interface Filled {
  /** Detections that the store answered as new. */
  readonly stored: number;
  readonly recordsMs: number;
  readonly entriesMs: number;
  /** The list that holds the entries. */
  readonly list: ListId;
}

/** The home must have been started once: it has its key. */
export async function fillHome(filling: Filling): Promise<Filled> {
  await loadSodium();
  const { home, progress } = filling;
  const keys = signingKeysFromSeed(hexToBytes(openCredentials(home).read("device-key")!));
  const thisBoot = bootOf(home, kernelBoot(), randomBytes);
  const endMs = Date.now();
  const stepMs = 60_000 / filling.perMinute;
  let atMs = endMs - filling.records * stepMs;
  const momentOf = (): Moment => {
    const isNow = endMs - atMs < THIS_BOOT_MS;
    const monoMs = Math.max(0, Math.round(isNow ? uptime() * 1_000 - (endMs - atMs) : atMs - (endMs - filling.records * stepMs)));
    return { boot: isNow ? thisBoot : ("00000000000000b1" as BootId), monoMs, wallMs: Math.round(atMs), clockQuality: 3 };
  };
  const device = { publicKey: keys.publicKey, sign: makeSigner(keys) };
  const random = pooledRandom();
  const store = openStore({ home, collector: uuid<CollectorId>(filling.collector), device, random, now: momentOf });
  try {
    store.db.pragma("synchronous = off");
    store.db.pragma(`cache_size = -${CACHE_KIB}`);
    const fromMs = performance.now();
    let stored = 0;
    let forgottenMs = atMs;
    for (let done = 0; done < filling.records; ) {
      const count = Math.min(BATCH, filling.records - done);
      const commands = Array.from({ length: count }, () => {
        atMs += stepMs;
        return { verb: "appendDetection" as const, args: [draftOf(uuid<CameraId>(filling.camera), momentOf(), random)] };
      });
      const { outcomes } = store.run(commands);
      stored += outcomes.filter((outcome) => outcome.ok && (outcome.value as DetectionStored).kind === "stored").length;
      store.tidy();
      if (atMs - forgottenMs >= FORGET_EVERY_MS) {
        forgottenMs = atMs;
        store.verb("forgetOld", momentOf());
      }
      done += count;
      if (done % (BATCH * 50) === 0) {
        progress(`${done} of ${filling.records} records stored`);
        // The event loop of the bench gets its turn: its own clock and its child would wait else.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const entriesFromMs = performance.now();
    const list = uuid<ListId>(uuidv7());
    addEntries(store, list, listOps(list, filling.entries, endMs), momentOf());
    return { stored, recordsMs: entriesFromMs - fromMs, entriesMs: performance.now() - entriesFromMs, list };
  } finally {
    store.close();
  }
}

/** Random bytes from a pool: two million calls into the system are a tenth of the filling. */
function pooledRandom(): (count: number) => Uint8Array {
  let pool = new Uint8Array(0);
  return (count) => {
    if (pool.length < count) pool = randomBytes(Math.max(count, 65_536));
    const taken = pool.slice(0, count);
    pool = pool.subarray(count);
    return taken;
  };
}

/** Without pictures: the folder of a week's is what the disk ladder empties first, and none of it is in memory. */
function draftOf(camera: CameraId, moment: Moment, random: (count: number) => Uint8Array) {
  const sourceKey = bytesToHex(random(32));
  return { reading: variedReading(camera, moment.wallMs), sourceKey, eventKey: null, moment, dropped: [] };
}

/** A list of central's with so many plates, a tenth of them wildcards. */
export function listOps(list: ListId, entries: number, atMs: number): FeedOp[] {
  let number = 0;
  const op = (entry: EntryId, set: readonly (readonly [EntryField, FieldValue])[]): FeedOp => {
    const hlc = makeHlc(atMs - entries + number++, 0);
    return { rid: uuid<Rid>(uuidv7()), list, entry, causalLength: 1, set, hlc, reason: "bench", author: "Dispatch", effectiveHlc: hlc };
  };
  const facts: readonly (readonly [EntryField, FieldValue])[] = [
    ["listName", "County"],
    ["listOwner", "Dispatch"],
    ["listKind", "shared"],
    ["listDifferencesMax", 1],
  ];
  const ops = [op(list as string as EntryId, facts)];
  for (let at = 0; at < entries; at++) {
    const plate = `W${at.toString(36).toUpperCase().padStart(5, "0")}`;
    const pattern = at % 10 === 0 ? `${plate.slice(0, 5)}?${plate.slice(5)}` : plate;
    ops.push(
      op(uuid<EntryId>(uuidv7()), [
        ["pattern", pattern],
        ["reason", "stolen"],
        ["expiresMs", atMs + 30 * 86_400_000],
      ]),
    );
  }
  return ops;
}

/** As DELTAs bring it. */
function addEntries(store: EdgeStore, list: ListId, ops: readonly FeedOp[], moment: Moment): void {
  for (let from = 0; from < ops.length; from += OPS_PER_DELTA_MAX) {
    const piece = ops.slice(from, from + OPS_PER_DELTA_MAX);
    const outcome = store.verb("applyDelta", list, GENERATION, from, from + piece.length, piece, moment);
    if (outcome.kind !== "applied") throw new Error(`a piece of the list was answered ${outcome.kind}`);
  }
}

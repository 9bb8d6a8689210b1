import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { Reading } from "../../shared/model/detection.ts";
import type { BootId, CameraId, CollectorId, ListId, Sha256 } from "../../shared/model/ids.ts";
import { uuid } from "../../shared/model/ids.ts";
import { normalisePlate } from "../../shared/plate/normalise-plate.ts";
import { openReading } from "./open-database.ts";
import { type EdgeStore, openStore } from "./open-store.ts";
import type { DetectionDraft } from "./store-port.ts";
import { prepareRows, type StoreRows } from "./store-rows.ts";

/** A fresh home with a real store in it, for tests: real file, real key, a clock that the test moves. */
export interface TestStore {
  readonly home: string;
  readonly store: EdgeStore;
  /** Read-only connection of its own. */
  readonly rows: StoreRows;
  readonly db: ReturnType<typeof openReading>;
  readonly clock: { monoMs: number; wallMs: number; boot: BootId; clockQuality: number };
  readonly now: () => Moment;
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  readonly reopen: () => TestStore;
  readonly remove: () => void;
}

export const COLLECTOR = uuid<CollectorId>("01990000-0000-7000-8000-000000000001");
export const CAMERA = uuid<CameraId>("01990000-0000-7000-8000-0000000000c1");
export const LIST = uuid<ListId>("01990000-0000-7000-8000-0000000000a1");
export const START_MS = Date.UTC(2026, 10, 22, 2, 10);

/** `held`: a home that exists already, with its key. */
export async function makeTestStore(held?: Pick<TestStore, "home" | "clock" | "seed">): Promise<TestStore> {
  await loadSodium();
  if (held !== undefined) return openAt(held.home, held.clock, held.seed);
  const home = mkdtempSync(join(tmpdir(), "edge-store-"));
  const clock = { monoMs: 100_000, wallMs: START_MS, boot: "00000000000000b1" as BootId, clockQuality: 3 };
  return openAt(home, clock, randomBytes(32));
}

function openAt(home: string, clock: TestStore["clock"], seed: Uint8Array): TestStore {
  const { publicKey } = signingKeysFromSeed(seed);
  const sign = makeSigner({ publicKey, seed });
  const now = (): Moment => ({ ...clock });
  const store = openStore({ home, collector: COLLECTOR, device: { publicKey, sign }, random: randomBytes, now });
  const db = openReading(home);
  const close = (): void => {
    db.close();
    store.close();
  };
  return {
    home,
    store,
    db,
    rows: prepareRows(db),
    clock,
    now,
    seed,
    publicKey,
    sign,
    reopen() {
      close();
      return openAt(home, clock, seed);
    },
    remove() {
      close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export const sha256Of = (text: string): Sha256 => createHash("sha256").update(text).digest("hex") as Sha256;

/** A reading of a plate, everything else unremarkable. */
export function readingOf(plate: string | null, changes: Partial<Reading> = {}): Reading {
  return {
    camera: CAMERA,
    cameraTimeMs: null,
    cameraOffsetMinutes: null,
    plate: normalisePlate(plate),
    plateRead: plate,
    confidence: { value: 93, scale: 100 },
    characterConfidence: null,
    region: "US-NY",
    direction: "approaching",
    lane: 1,
    vehicle: null,
    speedKmh: null,
    box: null,
    images: [],
    test: false,
    historical: false,
    ...changes,
  };
}

export function draftOf(plate: string | null, now: () => Moment, changes: Partial<DetectionDraft> = {}): DetectionDraft {
  const key = Math.random().toString(36);
  return { reading: readingOf(plate), sourceKey: sha256Of(key), eventKey: null, moment: now(), dropped: [], ...changes };
}

/** Makes a list of this site and puts one plate on it; answers the entry's id. */
export function watch({ store, now }: Pick<TestStore, "store" | "now">, pattern: string, list: ListId = LIST): string {
  store.verb("applyOwnOp", {
    list,
    entry: list,
    set: [
      ["listName", "Main & Maple"],
      ["listOwner", "the site"],
      ["listKind", "site"],
      ["listDifferencesMax", 1],
      ["listCritical", false],
      ["listKeepWins", false],
    ],
    presence: "add",
    reason: "first start",
    author: "this site",
    moment: now(),
  });
  const added = store.verb("applyOwnOp", {
    list,
    entry: null,
    set: [
      ["pattern", pattern],
      ["reason", "seen at two break-ins"],
      ["expiresMs", START_MS + 7 * 86_400_000],
      ["vehicle", ""],
    ],
    presence: "add",
    reason: "seen at two break-ins",
    author: "Miriam",
    moment: now(),
  });
  if (added.kind !== "op") throw new Error(added.why);
  return added.op.entry;
}

/** A camera's own message number as a plate, and back: what a ledger is keyed by that no rid of ours can spoil. */
export const plateOfNumber = (number: number): string => `K${number.toString(36).toUpperCase().padStart(6, "0")}`;
export const numberOfPlate = (plate: string): number => Number.parseInt(plate.slice(1), 36);

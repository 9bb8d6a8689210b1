/** What the uplink's tests stand on: an edge with its real store, and peers on loopback that say what the test tells them. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { type SigningKeys, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import type { DetectionImage } from "../../shared/model/detection.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import { makeEdgeLogReader } from "../log/edge-log-reader.ts";
import { imageFile } from "../log/image-file.ts";
import { openReading } from "../log/open-database.ts";
import { openWriter, type SiteWriter } from "../log/open-writer.ts";
import type { EdgeLogReader } from "../log/store-port.ts";
import { prepareRows } from "../log/store-rows.ts";
import { COLLECTOR, draftOf, makeTestStore, readingOf } from "../log/test-store.ts";
import { makeImageBudget } from "./image-budget.ts";
import { openPinnedCentral } from "./pinned-central.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

await loadSodium();
export const CENTRAL: SigningKeys = signingKeysFromSeed(new Uint8Array(32).fill(2));
/** What a WELCOME of that central carries. */
export const CENTRAL_KEYS = [CENTRAL.publicKey, new Uint8Array(32).fill(3)] as const;

export interface TestEdge {
  readonly deps: UplinkDeps;
  readonly reader: EdgeLogReader;
  readonly writer: SiteWriter;
  readonly warnings: string[];
  /** Stores one detection with pictures of so many bytes, acknowledged at once; answers the pictures. */
  readonly capture: (...sizes: readonly number[]) => Promise<readonly DetectionImage[]>;
  readonly close: () => Promise<void>;
}

/** An edge in a home of its own, pinned to CENTRAL. `over`: what this test has otherwise. */
export async function openTestEdge(over: Partial<UplinkDeps> = {}): Promise<TestEdge> {
  const made = await makeTestStore();
  const { home, seed, now: moment } = made;
  made.db.close();
  made.store.close();
  const writer = await openWriter({ home, collector: COLLECTOR, seed, now: moment, onNews: () => {}, onDeath: () => {} });
  const db = openReading(home);
  const reader = makeEdgeLogReader({ home, db, rows: prepareRows(db), sign: made.sign, now: moment });
  const warnings: string[] = [];
  const pinned = openPinnedCentral(`${home}/config/.credentials/central-keys`);
  pinned.accept(CENTRAL_KEYS);
  const deps: UplinkDeps = {
    centralUrl: "http://127.0.0.1:9",
    collectorId: COLLECTOR,
    apiKey: "alpr_test",
    deviceKeys: { publicKey: made.publicKey, seed },
    reader,
    writer,
    pinned,
    report: () => ({
      spool: { bytes: 0, oldestMs: null, freeBytes: null, imagesWaiting: 0 },
      health: { rssBytes: 1, uptimeSeconds: 1, waitingRecords: 0, version: "test" },
      cameras: [],
      configRevision: 0,
      site: { name: "Main & Maple", timeZone: "America/New_York", latitude: null, longitude: null },
      alarms: [],
    }),
    clockReading: () => ({ wallMs: Date.now(), monoMs: performance.now(), quality: 3 }),
    moment,
    onClockSample: () => {},
    onCommand: () => {},
    onCentralAnswered: () => {},
    onNeighbours: () => {},
    imagePath: (path) => path,
    imageBudget: makeImageBudget([], "UTC", { wallMs: Date.now, monoMs: () => performance.now() }),
    snapshotFile: (list) => `${home}/data/snapshot-${list}.part`,
    recordsMax: 50,
    version: "test",
    now: Date.now,
    random: () => 0,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    log: { info: () => {}, warn: (_facts, words) => void warnings.push(words) },
    ...over,
  };
  return {
    deps,
    reader,
    writer,
    warnings,
    async capture(...sizes) {
      const images = sizes.map((bytes, at): DetectionImage => {
        const content = randomBytes(bytes);
        const sha256 = createHash("sha256").update(content).digest("hex") as Sha256;
        const path = imageFile(home, sha256);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
        return { role: at === 0 ? "full" : "crop", sha256, bytes };
      });
      await writer.appendDetection(draftOf("ABC123", moment, { reading: readingOf("ABC123", { images }) }));
      for (const log of reader.logs()) await writer.noteAcknowledged(log.logId, log.head.next, 0);
      return images;
    },
    async close() {
      db.close();
      await writer.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface TestPeer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** An HTTP server on loopback. */
export async function listenAt(handle: RequestListener): Promise<TestPeer & { readonly server: ReturnType<typeof createServer> }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Waits until it is so, at most 5 s; then says what was waited for. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns++) {
    if (turns > 2_000) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A central's sync side on a real port, on a test database, with real keys: for the tests of this room and the benches. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { uuidv7 } from "uuidv7";
import { WebSocket } from "ws";
import { signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import type { DownFrame, UpFrame } from "../../shared/protocol/frames.ts";
import { authenticateCollector } from "../collectors/authenticate-collector.ts";
import type { Db, OpenDb } from "../db/open-db.ts";
import type { Foundation } from "../foundation.ts";
import { createHttp } from "../http/create-http.ts";
import { listen } from "../http/listen.ts";
import { serveUpgrades } from "../http/upgrades.ts";
import { folderStore } from "../images/folder-store.ts";
import { type Sequencer, startSequencer } from "../merge/sequencer.ts";
import { registerCollector } from "../merge/test-world.ts";
import { type Merging, openMerging } from "../merging.ts";
import { openSyncing, type Syncing } from "../syncing.ts";

export interface TestCentral {
  readonly db: Db;
  readonly url: string;
  readonly merging: Merging;
  readonly syncing: Syncing;
  readonly sequencer: Sequencer;
  readonly folder: string;
  readonly stop: () => Promise<void>;
}

/** `said` takes the warnings that central writes to its log; `hellosPerSecond` as in its configuration. */
export async function startTestCentral(
  open: OpenDb,
  said: { readonly why?: string; readonly msg: string }[] = [],
  hellosPerSecond = 50,
): Promise<TestCentral> {
  await loadSodium();
  const folder = mkdtempSync(join(tmpdir(), "chaverim-sync-"));
  const log = pino({ level: "warn" }, { write: (line: string) => void said.push(JSON.parse(line)) });
  const base = {
    config: { dataDir: folder, hellosPerSecond },
    log,
    open,
    db: open.db,
    keys: { signing: signingKeysFromSeed(new Uint8Array(randomBytes(32))), boxPublicKey: new Uint8Array(32), tokenKey: "" },
    nowMs: Date.now,
    newId: uuidv7,
    randomBytes: (count: number) => new Uint8Array(randomBytes(count)),
  } as unknown as Foundation;
  let sequencer: Sequencer | undefined;
  const merging = await openMerging(base, () => sequencer?.nudge());
  const store = folderStore(join(folder, "images"), Date.now);
  await store.prepare();
  const syncing = openSyncing(base, merging, store);
  sequencer = startSequencer({
    open,
    monoMs: () => performance.now(),
    log,
    growTree: merging.growTree,
    onNumbered: (numbered) => {
      if (numbered.hasEntryOps) syncing.nudgeFeeds();
    },
  });
  const numbering = sequencer;
  const http = createHttp({
    routes: syncing.routes,
    guards: {
      readActor: async () => null,
      readCollector: (c) => authenticateCollector({ db: open.db, nowMs: Date.now }, { authorization: c.req.header("authorization") }),
      publicUrl: null,
    },
    log,
    secure: false,
    observe: () => undefined,
    nowMs: Date.now,
    pages: null,
  });
  const listening = await listen(http, { host: "127.0.0.1", port: 0, tls: null });
  serveUpgrades(listening.server, [syncing.upgrade], log);
  return {
    db: open.db,
    url: `http://127.0.0.1:${listening.port}`,
    merging,
    syncing,
    sequencer: numbering,
    folder,
    stop: async () => {
      syncing.upgrade.close();
      await syncing.stop();
      await listening.close();
      await numbering.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Registers a collector with a live API key. */
export async function registerWithKey(db: Db, collectorId: string): Promise<{ apiKey: string; apiKeyId: string; siteId: string }> {
  const { siteId } = await registerCollector(db, collectorId);
  const apiKey = `alpr_${randomBytes(32).toString("base64url")}`;
  const apiKeyId = uuidv7();
  await db
    .insertInto("api_keys")
    .values({
      id: apiKeyId,
      collector_id: collectorId,
      key_hash: new Uint8Array(createHash("sha256").update(apiKey).digest()),
      prefix: apiKey.slice(0, 11),
      created_at: new Date(),
      revoked_at: null,
      last_used_at: null,
    })
    .execute();
  return { apiKey, apiKeyId, siteId };
}

export interface TestLink {
  readonly send: (frame: UpFrame) => void;
  readonly sendBytes: (bytes: Uint8Array) => void;
  /** The next frame that came, of this type if one is named; others before it are dropped. */
  readonly next: <Type extends DownFrame["type"]>(type: Type) => Promise<Extract<DownFrame, { type: Type }>>;
  readonly closed: Promise<number>;
  readonly close: () => void;
}

/** Dials `/sync/v1`; rejects with the HTTP status when it is refused. */
export function dial(url: string, apiKey: string): Promise<TestLink> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/sync/v1`, { headers: { authorization: `Bearer ${apiKey}` } });
  const frames: DownFrame[] = [];
  let wake: (() => void) | null = null;
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  socket.on("message", (data: Buffer) => {
    const decoded = decodeFrame(data);
    if (decoded.kind === "frame") frames.push(decoded.frame as DownFrame);
    wake?.();
  });
  const link: TestLink = {
    send: (frame) => socket.send(encodeFrame(frame)),
    sendBytes: (bytes) => socket.send(bytes),
    next: async (type) => {
      for (;;) {
        const frame = frames.shift();
        if (frame?.type === type) return frame as never;
        if (frame === undefined) await new Promise<void>((resolve, reject) => waitForFrame(resolve, reject));
      }
    },
    closed,
    close: () => socket.close(),
  };
  const waitForFrame = (resolve: () => void, reject: (error: Error) => void): void => {
    const timer = setTimeout(() => reject(new Error("no such frame came within 10 s")), 10_000);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
    void closed.then((code) => {
      clearTimeout(timer);
      if (frames.length === 0) reject(new Error(`closed (${code})`));
    });
  };
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(link));
    socket.on("unexpected-response", (_request, response) => reject(new Error(String(response.statusCode))));
    socket.on("error", (error) => reject(error));
  });
}

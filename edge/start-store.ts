/** The home, opened: its lock, its secrets, its clock, and the store with its writer. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type { Logger } from "pino";
import { makeSigner, type SigningKeys, signingKeysFromSeed } from "../shared/crypto/device-keys.ts";
import { loadSodium } from "../shared/crypto/load-sodium.ts";
import { bytesToHex, hexToBytes } from "../shared/model/ids.ts";
import { siteListId } from "../shared/model/site-list-id.ts";
import { bootOf, kernelBoot } from "./clock/boot-id.ts";
import { type EdgeClock, makeEdgeClock } from "./clock/edge-clock.ts";
import type { MachineTime } from "./clock/machine-time.ts";
import { type CredentialStore, openCredentials } from "./config/credential-store.ts";
import type { EdgeConfig } from "./config.ts";
import { floorOf } from "./log/clock-floor.ts";
import { makeEdgeLogReader } from "./log/edge-log-reader.ts";
import { lockHome } from "./log/lock-home.ts";
import { eventsFile, openReading } from "./log/open-database.ts";
import { openWriter, type SiteWriter } from "./log/open-writer.ts";
import type { EdgeLogReader, StoreNews } from "./log/store-port.ts";
import { prepareRows, type StoreRows } from "./log/store-rows.ts";
import { makeSiteList } from "./make-site-list.ts";
import { RELEASED_MS } from "./version.ts";

export interface StartedStore {
  readonly credentials: CredentialStore;
  readonly keys: SigningKeys;
  readonly localToken: string;
  readonly clock: EdgeClock;
  readonly writer: SiteWriter;
  /** Read-only connection: only what is durable. */
  readonly rows: StoreRows;
  readonly reader: EdgeLogReader;
  readonly onNews: (listener: (news: StoreNews) => void) => void;
  readonly isAlive: () => boolean;
}

/** What was opened and is closed again, the last one first. */
export type Closers = (() => unknown)[];

export interface StartStoreDeps {
  readonly config: EdgeConfig;
  readonly machine: MachineTime;
  readonly log: Logger;
  readonly onDeath: ((error: Error) => void) | undefined;
}

/** Rejects with one sentence; what was opened until then is in `closers`. */
export async function startStore({ config, machine, log, onDeath }: StartStoreDeps, closers: Closers): Promise<StartedStore> {
  const { home } = config;
  const locked = lockHome(home);
  if (locked.kind === "in-use") throw new Error(locked.words);
  closers.push(locked.lock.release);
  await loadSodium();
  const credentials = openCredentials(home);
  const seed = deviceSeed(credentials, home);
  const keys = signingKeysFromSeed(seed);
  const floorMs = Math.max(RELEASED_MS, floorOf(home));
  const clock = makeEdgeClock({ machine, boot: bootOf(home, kernelBoot(), randomBytes), floorMs });
  const listeners: ((news: StoreNews) => void)[] = [];
  let isAlive = true;
  const writer = await openWriter({
    home,
    collector: config.collectorId,
    seed,
    now: clock.moment,
    onNews: (news) => tell(listeners, news, log),
    onDeath: (error) => {
      isAlive = false;
      log.fatal({ error: String(error.stack ?? error) }, "the store's thread died");
      onDeath?.(error);
    },
  });
  closers.push(writer.close);
  const db = openReading(home);
  closers.push(() => db.close());
  const rows = prepareRows(db);
  await makeSiteList({ rows, writer, list: siteListId(config.collectorId), siteName: config.site.name, moment: clock.moment() });
  return {
    credentials,
    keys,
    localToken: credentials.readOrMake("local-token", () => randomBytes(32).toString("base64url")),
    clock,
    writer,
    rows,
    reader: makeEdgeLogReader({ home, db, rows, sign: makeSigner(keys), now: clock.moment }),
    onNews: (listener) => void listeners.push(listener),
    isAlive: () => isAlive,
  };
}

/** One listener's bug must cost neither the others their news nor a camera its answer. */
function tell(listeners: readonly ((news: StoreNews) => void)[], news: StoreNews, log: Logger): void {
  for (const listener of listeners) {
    try {
      listener(news);
    } catch (error) {
      log.error({ news: news.kind, error: String((error as Error).stack ?? error) }, "a listener of the store failed by a bug");
    }
  }
}

/** Made on first boot, never leaves. A home with records but without its key is damaged: a new key must not quietly take its place. */
function deviceSeed(credentials: CredentialStore, home: string): Uint8Array {
  if (credentials.read("device-key") === null && existsSync(eventsFile(home))) {
    throw new Error("config/.credentials/device-key is missing, and data/events.db was signed with it. Put it back, or begin a new home.");
  }
  const seed = hexToBytes(credentials.readOrMake("device-key", () => bytesToHex(randomBytes(32))));
  if (seed.length !== 32) throw new Error("config/.credentials/device-key is damaged: it must hold 64 hex digits.");
  return seed;
}

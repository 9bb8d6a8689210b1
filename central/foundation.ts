/** What the server and every command stand on: the database, brought up to date, and central's keys. */
import { randomBytes as nodeRandomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type Logger, pino } from "pino";
import { uuidv7 } from "uuidv7";
import { loadSodium } from "../shared/crypto/load-sodium.ts";
import { type CentralKeys, loadCentralKeys } from "./auth/central-keys.ts";
import { createPasswords, type Passwords } from "./auth/passwords.ts";
import { loadSecretKey } from "./auth/secret-key.ts";
import type { CentralConfig } from "./config.ts";
import { ensurePartitionsAhead } from "./db/ensure-partition.ts";
import { migrate } from "./db/migrate.ts";
import { type Db, type OpenDb, openDb } from "./db/open-db.ts";

export interface Foundation {
  readonly config: CentralConfig;
  readonly log: Logger;
  readonly open: OpenDb;
  readonly db: Db;
  readonly keys: CentralKeys;
  readonly passwords: Passwords;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly close: () => Promise<void>;
}

/**
 * Opens the database (migrating it, by the migration address when there is one) and loads or makes the keys. `given`: a database that
 * is open and migrated already.
 */
export async function openFoundation(config: CentralConfig, given?: OpenDb): Promise<Foundation> {
  const log = pino(
    { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  const nowMs = (): number => Date.now();
  const randomBytes = (count: number): Uint8Array => new Uint8Array(nodeRandomBytes(count));
  await loadSodium();
  makeDataDir(config.dataDir);
  const secretKey = loadSecretKey(config.dataDir, config.secretKey, randomBytes);
  if (config.migrateDatabaseUrl !== null) await migrateBy(config.migrateDatabaseUrl);
  const onPoolError = (error: Error): void => log.warn({ error: error.message }, "a database connection broke and is replaced");
  const open = given ?? (await openDb({ url: config.databaseUrl, onPoolError }));
  try {
    if (given === undefined && config.migrateDatabaseUrl === null) await migrate(open.db);
    await ensurePartitionsAhead(open.db, nowMs());
    const keys = await loadCentralKeys({ db: open.db, secretKey, randomBytes, nowMs });
    return { config, log, open, db: open.db, keys, passwords: createPasswords(), nowMs, newId: uuidv7, randomBytes, close: open.close };
  } catch (error) {
    await open.close();
    throw error;
  }
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (cause) {
    throw new Error(`CHAVERIM_DATA_DIR: the folder ${dataDir} cannot be made (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

async function migrateBy(url: string): Promise<void> {
  const open = await openDb({ url, setting: "CHAVERIM_MIGRATE_DATABASE_URL", poolMax: 1 });
  try {
    await migrate(open.db);
  } finally {
    await open.close();
  }
}

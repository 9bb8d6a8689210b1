import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { Kysely, PGliteDialect, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import { lockFolder } from "./folder-lock.ts";
import { PreparingClient } from "./preparing-client.ts";
import type { CentralTables } from "./tables.ts";

export type Db = Kysely<CentralTables>;
/** A transaction in progress: what *-rows functions take, so that the verb owns it. */
export type Tx = Transaction<CentralTables>;

export interface OpenDb {
  readonly db: Db;
  readonly engine: "pglite" | "postgres";
  /** PGlite only: for dumps and for LISTEN. */
  readonly pglite: PGlite | null;
  readonly close: () => Promise<void>;
}

export interface OpenDbOptions {
  /** `pglite:DIR` or `postgres://...`. */
  readonly url: string;
  /** Connections at most; PGlite always has one. */
  readonly poolMax?: number;
  /** An idle connection broke; the pool replaces it. */
  readonly onPoolError?: (error: Error) => void;
}

/** bigint columns hold milliseconds, counts and positions, all below 2^53; as text they would sort and compare wrongly. */
const INT8_OID = 20;
const DATE_OID = 1082;

/** Opens the database; refuses a folder that another central holds. Does not migrate. */
export async function openDb(options: OpenDbOptions): Promise<OpenDb> {
  if (options.url.startsWith("pglite:")) return openPglite(resolve(options.url.slice("pglite:".length)));
  if (/^postgres(ql)?:\/\//.test(options.url)) return openPostgres(options);
  throw new Error("CHAVERIM_DATABASE_URL: must begin with pglite: or postgres://");
}

async function openPglite(folder: string): Promise<OpenDb> {
  const lock = lockFolder(folder);
  try {
    const dataDir = `${folder}/pg`;
    mkdirSync(dataDir, { recursive: true });
    const pglite = await PGlite.create(dataDir, { extensions: { pg_trgm }, parsers: { [DATE_OID]: (text: string) => text } });
    const db = new Kysely<CentralTables>({ dialect: new PGliteDialect({ pglite }) });
    const close = async (): Promise<void> => {
      await db.destroy();
      if (!pglite.closed) await pglite.close();
      lock.release();
    };
    return { db, engine: "pglite", pglite, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openPostgres(options: OpenDbOptions): Promise<OpenDb> {
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString: options.url,
    max: options.poolMax ?? 10,
    connectionTimeoutMillis: 10_000,
    application_name: "chaverim-central",
    types: {
      getTypeParser: ((oid: number, format?: "text" | "binary") => {
        if (oid === INT8_OID) return Number;
        if (oid === DATE_OID) return (text: string) => text;
        return pg.types.getTypeParser(oid, format as "text");
      }) as typeof pg.types.getTypeParser,
    },
  });
  // Without a listener a broken idle connection would end the process.
  pool.on("error", (error) => options.onPoolError?.(error));
  const db = new Kysely<CentralTables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await pool.query("select 1");
  } catch (cause) {
    await db.destroy();
    throw new Error("CHAVERIM_DATABASE_URL: the database does not answer", { cause });
  }
  return { db, engine: "postgres", pglite: null, close: () => db.destroy() };
}

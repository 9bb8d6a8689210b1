import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { CompiledQuery, type DatabaseConnection, Kysely, PGliteDialect, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import { messageOf, sqlStateOf } from "./database-refusal.ts";
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
  /** Where the address stands, for a refusal; CHAVERIM_DATABASE_URL by default. */
  readonly setting?: string;
  /** Connections at most; PGlite always has one. */
  readonly poolMax?: number;
  /** An idle connection broke; the pool replaces it. */
  readonly onPoolError?: (error: Error) => void;
}

/** bigint columns hold milliseconds, counts and positions, all below 2^53; as text they would sort and compare wrongly. */
const INT8_OID = 20;
const DATE_OID = 1082;

/** A statement without an answer for so long is given up, with its connection: the server's machine may be gone without a word. */
const STATEMENT_MAX_MS = 60_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
/**
 * The other way round: a central whose machine went without a word must not keep its locks, the sequencer's above all, for the two hours
 * of a system's default. Said once per connection and not at its start: a pooler between us takes no options.
 */
const SESSION_SETTINGS = `set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3;
  set idle_in_transaction_session_timeout = 30000`;

/** Opens the database; refuses a folder that another central holds. Does not migrate. */
export async function openDb(options: OpenDbOptions): Promise<OpenDb> {
  if (options.url.startsWith("pglite:")) return openPglite(resolve(options.url.slice("pglite:".length)));
  if (/^postgres(ql)?:\/\//.test(options.url)) return openPostgres(options);
  throw new Error("CHAVERIM_DATABASE_URL: must begin with pglite: or postgres://");
}

/** What the server itself said (it never repeats a password), or why there is no answer. */
function whyNot(error: unknown): string {
  if (sqlStateOf(error) !== undefined) return `the database refuses central: ${messageOf(error)}`;
  const { code, message } = error as NodeJS.ErrnoException;
  return `the database does not answer (${code ?? message})`;
}

async function openPglite(folder: string): Promise<OpenDb> {
  const lock = lockFolder(folder);
  try {
    const dataDir = `${folder}/pg`;
    mkdirSync(dataDir, { recursive: true });
    const pglite = await createPglite(dataDir);
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

async function createPglite(dataDir: string): Promise<PGlite> {
  try {
    return await PGlite.create(dataDir, { extensions: { pg_trgm }, parsers: { [DATE_OID]: (text: string) => text } });
  } catch (cause) {
    throw new Error(`CHAVERIM_DATABASE_URL: the database in ${dataDir} cannot be opened (${messageOf(cause)})`, { cause });
  }
}

const onCreateConnection = async (connection: DatabaseConnection): Promise<void> => {
  await connection.executeQuery(CompiledQuery.raw(SESSION_SETTINGS));
};

async function openPostgres(options: OpenDbOptions): Promise<OpenDb> {
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString: options.url,
    max: options.poolMax ?? 10,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    query_timeout: STATEMENT_MAX_MS,
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
  const db = new Kysely<CentralTables>({ dialect: new PostgresDialect({ pool, onCreateConnection }) });
  try {
    await pool.query("select 1");
  } catch (cause) {
    await db.destroy();
    throw new Error(`${options.setting ?? "CHAVERIM_DATABASE_URL"}: ${whyNot(cause)}`, { cause });
  }
  return { db, engine: "postgres", pglite: null, close: () => db.destroy() };
}

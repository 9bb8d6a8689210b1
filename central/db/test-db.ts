import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { Kysely, PGliteDialect, sql } from "kysely";
import { ensurePartitionsAhead } from "./ensure-partition.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";
import type { Db } from "./open-db.ts";
import type { CentralTables } from "./tables.ts";

let shared: { db: Db; pglite: PGlite } | undefined;
const parsers = { 1082: (text: string) => text };

/**
 * The one PGlite of this test process, migrated and empty: call it at the start of each test. Starts from a cached dump
 * (CHAVERIM_TEST_CACHE, else the system's temporary folder), since creating a cluster costs seconds and loading one half a second.
 */
export async function testDb(): Promise<Db> {
  shared ??= await openShared();
  await truncateAll(shared.db);
  return shared.db;
}

/** Ends the process's PGlite, so that a test file ends by itself; call it in `test.after`. */
export async function closeTestDb(): Promise<void> {
  const open = shared;
  shared = undefined;
  if (open !== undefined) await open.db.destroy();
  if (open !== undefined && !open.pglite.closed) await open.pglite.close();
}

/** Empties every table but the migrations', of PGlite or PostgreSQL. */
export async function truncateAll(db: Kysely<CentralTables>): Promise<void> {
  const { rows } = await sql<{ names: string | null }>`
    select string_agg(format('%I', c.relname), ', ' order by c.relname) as names from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname not like 'kysely_%'`.execute(
    db,
  );
  const names = rows[0]?.names;
  if (names) await sql.raw(`truncate ${names} restart identity`).execute(db);
}

async function openShared(): Promise<{ db: Db; pglite: PGlite }> {
  const month = new Date().toISOString().slice(0, 7);
  const digest = createHash("sha256").update(JSON.stringify(MIGRATIONS)).update(month).digest("hex").slice(0, 16);
  const folder = process.env.CHAVERIM_TEST_CACHE ?? join(tmpdir(), "chaverim-test-cache");
  const file = join(folder, `central-${digest}.tar`);
  if (existsSync(file)) {
    const pglite = await PGlite.create({ loadDataDir: new Blob([readFileSync(file)]), extensions: { pg_trgm }, parsers });
    return { pglite, db: new Kysely<CentralTables>({ dialect: new PGliteDialect({ pglite }) }) };
  }
  const pglite = await PGlite.create({ extensions: { pg_trgm }, parsers });
  const db = new Kysely<CentralTables>({ dialect: new PGliteDialect({ pglite }) });
  await migrate(db);
  await ensurePartitionsAhead(db, Date.now());
  mkdirSync(folder, { recursive: true });
  const dump = await pglite.dumpDataDir("none");
  // Written apart and renamed: test processes run side by side and must never load half a dump.
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, new Uint8Array(await dump.arrayBuffer()));
  renameSync(partial, file);
  return { db, pglite };
}

import { readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { Kysely, PGliteDialect } from "kysely";
import type { OpenDb } from "./open-db.ts";
import type { CentralTables } from "./tables.ts";

/** Brings a dump of an embedded database up in memory. Rejects when the file is none. */
export async function openDump(file: string): Promise<OpenDb> {
  const pglite = await PGlite.create({
    loadDataDir: new Blob([readFileSync(file)], { type: "application/x-gzip" }),
    extensions: { pg_trgm },
  });
  const db = new Kysely<CentralTables>({ dialect: new PGliteDialect({ pglite }) });
  const close = async (): Promise<void> => {
    await db.destroy();
    if (!pglite.closed) await pglite.close();
  };
  return { db, engine: "pglite", pglite, close };
}

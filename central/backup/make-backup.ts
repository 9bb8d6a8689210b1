import { mkdirSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyCluster } from "../db/base-backup.ts";
import type { OpenDb } from "../db/open-db.ts";
import { type BackupManifest, BackupTrouble, describeFile, writeManifest } from "./backup-manifest.ts";
import { readFacts } from "./database-facts-rows.ts";

export interface MakeBackupDeps {
  readonly open: OpenDb;
  /** Address of the database: PostgreSQL is copied over a connection of its own. */
  readonly url: string;
  readonly program: string;
  readonly newId: () => string;
  readonly nowMs: () => number;
  /** A line of progress for people. */
  readonly say: (line: string) => void;
}

export const DUMP_FILE = "central.tar.gz";
const PROGRESS_BYTES = 256 * 1024 * 1024;

/**
 * Copies the database, whole and consistent, into an empty folder while it is being used. The manifest comes last: a folder without one
 * is no backup. Throws BackupTrouble with one sentence; what was written until then stays for a look and is never taken for a backup.
 */
export async function makeBackup(deps: MakeBackupDeps, dir: string): Promise<BackupManifest["id"]> {
  prepareFolder(dir);
  const madeMs = deps.nowMs();
  // Before the copy begins: it then holds at least this much.
  const facts = await readFacts(deps.open.db, deps.say);
  deps.say("copying the database");
  const names = await copyDatabase(deps, dir);
  deps.say("reading back what was written");
  const files = [];
  for (const name of names) files.push(await describeFile(dir, name));
  const id = deps.newId();
  const kind = deps.open.engine === "pglite" ? "pglite-dump" : "postgres-base";
  await writeManifest(dir, {
    id,
    kind,
    made_at: new Date(madeMs).toISOString(),
    program: deps.program,
    ...facts,
    cursors: [...facts.cursors],
    counts: { ...facts.counts },
    files,
  });
  return id;
}

function prepareFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (readdirSync(dir).length === 0) return;
  } catch (cause) {
    throw new BackupTrouble(`The folder ${dir} cannot be used (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
  throw new BackupTrouble(`The folder ${dir} is not empty. A backup goes into a new or empty folder.`);
}

async function copyDatabase({ open, url, say }: MakeBackupDeps, dir: string): Promise<readonly string[]> {
  if (open.pglite !== null) {
    // What is only in memory goes to the files that are dumped; nothing runs beside the dump, because PGlite is one connection.
    await open.pglite.exec("checkpoint");
    const dump = await open.pglite.dumpDataDir("gzip");
    await writeFile(join(dir, DUMP_FILE), new Uint8Array(await dump.arrayBuffer()), { mode: 0o600, flag: "wx" });
    return [DUMP_FILE];
  }
  let said = 0;
  const copied = await copyCluster(url, dir, (bytes) => {
    if (bytes - said < PROGRESS_BYTES) return;
    said = bytes;
    say(`${Math.floor(bytes / 1024 ** 2)} MB copied`);
  });
  if (copied.kind === "refused") throw new BackupTrouble(copied.words);
  return copied.files;
}

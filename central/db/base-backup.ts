/**
 * An online physical copy of a PostgreSQL cluster over the replication protocol (PostgreSQL 17, chapter 53.4, BASE_BACKUP): what
 * pg_basebackup does, without needing a pg_basebackup of the server's own version beside central. The write-ahead log that the copy
 * needs is inside it; a temporary slot keeps the server from recycling it meanwhile.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

export const BASE_ARCHIVE = "base.tar";
/** PostgreSQL's own list of files with SHA-256, which `pg_verifybackup` reads. */
export const SERVER_MANIFEST = "backup_manifest";

export interface BaseBackup {
  /** File names inside the folder, in the order in which they were made. */
  readonly files: readonly string[];
}

export type CopyOutcome =
  | ({ readonly kind: "copied" } & BaseBackup)
  /** One sentence for people. */
  | { readonly kind: "refused"; readonly words: string };

/** Messages of the copy stream: their first byte. */
const NEW_ARCHIVE = 0x6e;
const MANIFEST_BEGINS = 0x6d;
const DATA = 0x64;

/** What the driver hands to a query for each message of a COPY. */
type CopyMessage = { readonly chunk: Uint8Array };

/** Copies the cluster behind `url` into `dir`. `onBytes`: how much was written so far. Rejects when disk or line fail. */
export async function copyCluster(url: string, dir: string, onBytes: (bytes: number) => void): Promise<CopyOutcome> {
  const client = new pg.Client({
    connectionString: url,
    replication: "true",
    application_name: "chaverim-backup",
    keepAlive: true,
  } as pg.ClientConfig);
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    return { kind: "refused", words: refusalWords(error) };
  }
  const files = openFiles(dir, onBytes);
  try {
    await client.query(`CREATE_REPLICATION_SLOT chaverim_backup_${process.pid} TEMPORARY PHYSICAL RESERVE_WAL`);
    await copy(
      client,
      "BASE_BACKUP (LABEL 'chaverim', CHECKPOINT 'fast', WAL true, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')",
      files.take,
    );
    if (files.names().length !== 2 || !files.names().includes(BASE_ARCHIVE)) return { kind: "refused", words: TABLESPACES };
    return { kind: "copied", files: files.names() };
  } catch (error) {
    if ((error as { severity?: unknown }).severity === undefined) throw error;
    return { kind: "refused", words: refusalWords(error) };
  } finally {
    files.close();
    await client.end().catch(() => undefined);
  }
}

const TABLESPACES =
  "The cluster has tablespaces of its own outside its data folder; central's copy takes one folder only. Use pg_basebackup.";

function refusalWords(error: unknown): string {
  const { message, code } = error as { message: string; code?: string };
  if (/replication|WAL sender/i.test(message) && (code === "42501" || code === "28000")) {
    return `The database's role may not make copies (${message}). Once, as the database's administrator: alter role NAME replication; and a line for it in pg_hba.conf: host replication NAME ADDRESS scram-sha-256`;
  }
  return `The database server refuses the copy: ${message}`;
}

/** The driver's query takes a callback, which its types leave out. */
const CallbackQuery = pg.Query as unknown as new (text: string, done: (error: Error | null) => void) => pg.Query;

/** Runs one command of the replication protocol and hands over each message of its copy stream. */
function copy(client: pg.Client, text: string, take: (message: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let failed: Error | null = null;
    const query = new CallbackQuery(text, (error) => {
      if (error ?? failed) reject(error ?? failed);
      else resolve();
    });
    Object.assign(query, {
      handleCopyData({ chunk }: CopyMessage) {
        if (failed !== null) return;
        try {
          take(chunk);
        } catch (error) {
          // A full disk: the server would go on sending for hours.
          failed = error as Error;
          reject(failed);
          void client.end().catch(() => undefined);
        }
      },
    });
    client.query(query);
  });
}

/** "base.tar", or the number of a tablespace; never a path. */
function archiveName(message: Uint8Array): string {
  const name = Buffer.from(message.subarray(1, message.indexOf(0, 1))).toString("utf8");
  return /^[0-9a-z]+\.tar$/.test(name) ? name : "unknown.tar";
}

/** Written synchronously: the line is read only as fast as the disk takes it. */
function openFiles(dir: string, onBytes: (bytes: number) => void) {
  const names: string[] = [];
  let handle: number | null = null;
  let written = 0;
  const begin = (name: string): void => {
    if (handle !== null) closeSync(handle);
    handle = openSync(join(dir, name), "wx", 0o600);
    names.push(name);
  };
  return {
    names: () => names,
    take(message: Uint8Array): void {
      const kind = message[0];
      if (kind === NEW_ARCHIVE) begin(archiveName(message));
      else if (kind === MANIFEST_BEGINS) begin(SERVER_MANIFEST);
      else if (kind === DATA && handle !== null) {
        for (let at = 1; at < message.length; ) at += writeSync(handle, message, at);
        written += message.length - 1;
        onBytes(written);
      }
    },
    close(): void {
      if (handle !== null) closeSync(handle);
      handle = null;
    },
  };
}

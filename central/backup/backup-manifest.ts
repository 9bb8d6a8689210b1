/**
 * `manifest.json` of a backup, written last: a folder without one is no backup. Cursors and counts were read before the copy began, so
 * the copy holds at least these.
 */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { syncFolder } from "../sync-folder.ts";

const FORMAT = "chaverim-backup-1";
export const MANIFEST_FILE = "manifest.json";

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const cursor = z.object({ log: hex(16), next: count, head: hex(32) });
const tree = z.object({ size: count, root: hex(32) });
const file = z.object({ path: z.string().regex(/^[A-Za-z0-9._-]+$/), bytes: count, sha256: hex(32) });
const manifest = z.object({
  format: z.literal(FORMAT),
  id: z.uuid(),
  kind: z.enum(["postgres-base", "pglite-dump"]),
  made_at: z.iso.datetime(),
  program: z.string(),
  /** Name of the newest migration. */
  schema: z.string(),
  /** "17" for PostgreSQL; the version text of PGlite's server. */
  server: z.string(),
  incarnation: hex(16).nullable(),
  cursors: z.array(cursor),
  counts: z.record(z.string(), count),
  /** Newest signed head of the Merkle tree; null while there is none. */
  tree: tree.nullable(),
  files: z.array(file).min(1),
});

export type BackupManifest = z.infer<typeof manifest>;
export type BackupKind = BackupManifest["kind"] | "replica";
export type LogCursor = z.infer<typeof cursor>;
export type TreeSize = z.infer<typeof tree>;
export type BackupFile = z.infer<typeof file>;

/** A copy of this database that was brought up elsewhere and compared. */
export interface VerifiedBackup {
  readonly id: string;
  readonly kind: BackupKind;
  /** Where it lies, for people. */
  readonly label: string;
  readonly madeMs: number;
  /** 32 hex digits; null: not known. */
  readonly incarnation: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly tree: TreeSize | null;
}

/** Something about a backup that a person can put right: one sentence. */
export class BackupTrouble extends Error {
  override readonly name = "BackupTrouble";
}

export async function writeManifest(dir: string, facts: Omit<BackupManifest, "format">): Promise<void> {
  const partial = join(dir, `${MANIFEST_FILE}.part`);
  const handle = await open(partial, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ format: FORMAT, ...facts } satisfies BackupManifest, null, 1)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(partial, join(dir, MANIFEST_FILE));
  await syncFolder(dir);
}

/** Throws BackupTrouble. */
export function readManifest(dir: string): BackupManifest {
  const path = join(dir, MANIFEST_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new BackupTrouble(`${path} cannot be read: this folder is no finished backup.`);
  }
  const parsed = manifest.safeParse(parseJson(text));
  if (!parsed.success) throw new BackupTrouble(`${path} is no manifest of a backup that this release knows.`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes the file durable and describes it. */
export async function describeFile(dir: string, path: string): Promise<BackupFile> {
  const handle = await open(join(dir, path), "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { path, ...(await digestOf(join(dir, path))) };
}

export async function digestOf(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  await pipeline(createReadStream(path), async (parts) => {
    for await (const part of parts) {
      bytes += (part as Buffer).length;
      hash.update(part as Buffer);
    }
  });
  return { bytes, sha256: hash.digest("hex") };
}

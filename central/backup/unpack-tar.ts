/**
 * Unpacks the archive that a PostgreSQL server makes of its data folder: plain files and folders with short names, as POSIX ustar.
 * Anything else (links, devices, names that lead out of the folder) is refused: this archive came from a medium that others may touch.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BackupTrouble } from "./backup-manifest.ts";

const BLOCK = 512;
const FILE = new Set(["0", "\0"]);
const FOLDER = "5";

interface Entry {
  readonly path: string;
  readonly type: string;
  readonly bytes: number;
}

/** Rejects with BackupTrouble for an archive that is damaged or holds what it must not. */
export async function unpackTar(archive: string, folder: string): Promise<void> {
  let waiting: Buffer = Buffer.alloc(0);
  let left = 0;
  let padding = 0;
  let file: FileHandle | null = null;
  try {
    for await (const part of createReadStream(archive, { highWaterMark: 1024 * 1024 })) {
      waiting = waiting.length === 0 ? (part as Buffer) : Buffer.concat([waiting, part as Buffer]);
      for (;;) {
        if (left > 0) {
          const taken = waiting.subarray(0, left);
          if (taken.length === 0) break;
          await file!.writeFile(taken);
          left -= taken.length;
          waiting = waiting.subarray(taken.length);
          continue;
        }
        await file?.close();
        file = null;
        if (waiting.length < padding + BLOCK) break;
        const entry = readEntry(waiting.subarray(padding, padding + BLOCK));
        waiting = waiting.subarray(padding + BLOCK);
        padding = 0;
        if (entry === null) continue;
        file = await beginEntry(folder, entry);
        left = entry.bytes;
        padding = (BLOCK - (entry.bytes % BLOCK)) % BLOCK;
      }
    }
    if (left > 0) throw new BackupTrouble(`${archive} ends in the middle of a file.`);
  } finally {
    await file?.close();
  }
}

/** Null: the end of the archive. */
function readEntry(block: Buffer): Entry | null {
  if (block.every((byte) => byte === 0)) return null;
  const text = (from: number, to: number): string => block.toString("utf8", from, to).split("\0")[0]!;
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  if (sum !== Number.parseInt(text(148, 156), 8)) throw new BackupTrouble("The archive of the database's folder is damaged.");
  const bytes = Number.parseInt(text(124, 136), 8);
  return { path: text(0, 100), type: block.toString("latin1", 156, 157), bytes: Number.isSafeInteger(bytes) ? bytes : 0 };
}

async function beginEntry(folder: string, { path, type, bytes }: Entry): Promise<FileHandle | null> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/") || parts.includes("..") || (type !== FOLDER && !FILE.has(type))) {
    throw new BackupTrouble(`The archive of the database's folder holds something that is not taken: ${path.slice(0, 100)}`);
  }
  const target = join(folder, ...parts);
  if (type === FOLDER) {
    if (bytes > 0) throw new BackupTrouble("The archive of the database's folder is damaged.");
    await mkdir(target, { recursive: true, mode: 0o700 });
    return null;
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  return open(target, "wx", 0o600);
}

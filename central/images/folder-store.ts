import * as fs from "node:fs/promises";
import * as path from "node:path";
import { syncFolder } from "../sync-folder.ts";
import type { GetOutcome, HeadOutcome, ImageKey, ImageStore, PutOutcome, RemoveOutcome, Unavailable } from "./image-store.ts";
import { IMAGE_BYTES_MAX, isImageOfKey } from "./image-store.ts";
import { reasonOf } from "./reason-of.ts";

/** Temporary files of a process that died; younger ones may belong to another central on the same folder. */
const STRAY_TEMP_AFTER_MS = 3600 * 1000;
const INCOMING = "incoming";

/**
 * Pictures in a folder: `<root>/images/YYYY/MM/DD/<sha256>.jpg`. A put is temporary file, fsync, rename, fsync of the directory (and of
 * every directory it had to make), so that `stored` survives a power cut and no reader ever sees half a picture.
 * `nowMs` is read once, in `prepare`, to tell old temporary files from those in use.
 */
export function folderStore(root: string, nowMs: () => number): ImageStore {
  let nextTemp = 0;
  return {
    description: `folder ${root}`,
    prepare: () => prepare(root, nowMs()),
    put: (key, bytes) => put(root, key, bytes, `${process.pid}-${nextTemp++}.tmp`),
    get: (key) => get(root, key),
    head: (key) => head(root, key),
    remove: (key) => remove(root, key),
  };
}

async function prepare(root: string, nowMs: number): Promise<{ readonly kind: "ready" } | Unavailable> {
  const incoming = path.join(root, INCOMING);
  try {
    await makeDirectory(incoming);
    for (const name of await fs.readdir(incoming)) {
      const stat = await fs.stat(path.join(incoming, name)).catch(() => undefined);
      if (stat !== undefined && nowMs - stat.mtimeMs > STRAY_TEMP_AFTER_MS) await fs.rm(path.join(incoming, name), { force: true });
    }
    return { kind: "ready" };
  } catch (error) {
    return unavailable(error);
  }
}

async function put(root: string, key: ImageKey, bytes: Uint8Array, tempName: string): Promise<PutOutcome> {
  if (bytes.length > IMAGE_BYTES_MAX) return { kind: "too-long", maxBytes: IMAGE_BYTES_MAX };
  if (!isImageOfKey(key, bytes)) return { kind: "mismatch" };
  const target = path.join(root, key);
  const temp = path.join(root, INCOMING, tempName);
  try {
    await makeDirectory(path.dirname(target));
    await writeDurably(temp, bytes);
    await fs.rename(temp, target);
    await syncFolder(path.dirname(target));
    return { kind: "stored", sizeBytes: bytes.length };
  } catch (error) {
    await fs.rm(temp, { force: true }).catch(() => undefined);
    return unavailable(error);
  }
}

async function get(root: string, key: ImageKey): Promise<GetOutcome> {
  try {
    const file = await fs.open(path.join(root, key), "r");
    try {
      const { size } = await file.stat();
      if (size > IMAGE_BYTES_MAX) return { kind: "tampered", sizeBytes: size };
      const bytes = await file.readFile();
      return isImageOfKey(key, bytes) ? { kind: "found", bytes } : { kind: "tampered", sizeBytes: bytes.length };
    } finally {
      await file.close();
    }
  } catch (error) {
    return isMissing(error) ? { kind: "missing" } : unavailable(error);
  }
}

async function head(root: string, key: ImageKey): Promise<HeadOutcome> {
  try {
    return { kind: "found", sizeBytes: (await fs.stat(path.join(root, key))).size };
  } catch (error) {
    return isMissing(error) ? { kind: "missing" } : unavailable(error);
  }
}

async function remove(root: string, key: ImageKey): Promise<RemoveOutcome> {
  try {
    await fs.unlink(path.join(root, key));
    await syncFolder(path.dirname(path.join(root, key)));
    return { kind: "removed" };
  } catch (error) {
    return isMissing(error) ? { kind: "removed" } : unavailable(error);
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await fs.open(file, "w", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new directory is durable only when its parent was flushed, all the way up to one that was there before. */
async function makeDirectory(directory: string): Promise<void> {
  const first = await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unavailable(error: unknown): Unavailable {
  return { kind: "unavailable", reason: reasonOf(error) };
}

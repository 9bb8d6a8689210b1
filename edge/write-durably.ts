import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Replaces a small file as a whole: whoever reads it, also after a power cut, finds the old text or the new one. */
export function writeDurably(path: string, text: string, mode: number): void {
  makeFolderDurably(dirname(path));
  const part = `${path}.part`;
  const file = openSync(part, "w", mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
  syncFolder(dirname(path));
}

/**
 * Makes a folder, and those above it that are missing, so that they are still there after a power cut: a new name is durable only when
 * the folder that holds it was synced, however often what lies in it is.
 */
export function makeFolderDurably(path: string, mode?: number): void {
  const wanted = resolve(path);
  const first = mkdirSync(wanted, { recursive: true, ...(mode === undefined ? {} : { mode }) });
  if (first === undefined) return;
  for (let made = wanted; made.length >= resolve(first).length; made = dirname(made)) syncFolder(dirname(made));
}

/** Makes the names in a folder durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** `bundle import FILE`: on PostgreSQL beside a running central; on the embedded database by the running one, or without one. */
import { createReadStream, existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { uuidv7 } from "uuidv7";
import type { BundleImportAnswer } from "../shared/api/central-api.ts";
import { askRunning } from "./backup/backup-requests.ts";
import { type ImportBundle, importAnswer } from "./carriers/bundle-routes.ts";
import { importBundle } from "./carriers/import-bundle.ts";
import { refusedWords } from "./carriers/import-words.ts";
import type { CentralConfig } from "./config.ts";
import { openFoundation } from "./foundation.ts";
import { appendAt, beginOrResume, finish } from "./images/partial-upload.ts";
import { mergeAppend } from "./merge/merge-append.ts";
import { openImageStore } from "./open-image-store.ts";
import { importDeps } from "./syncing.ts";
import { withMerging } from "./with-merging.ts";

export async function bundleImportCommand(config: CentralConfig, name: string): Promise<void> {
  const file = resolve(name);
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
  const answer = await importHereOrThere(config, file);
  for (const line of answer.words) console.log(line);
  const receipt = `${file.replace(/\.alprbundle$/, "")}.alprreceipt`;
  await writeFile(receipt, Buffer.from(answer.receipt, "base64"), { flush: true });
  console.log(`Receipt: ${receipt}`);
  if (!answer.whole) process.exitCode = 1;
}

async function importHereOrThere(config: CentralConfig, file: string): Promise<BundleImportAnswer> {
  try {
    return await importHere(config, file);
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    // PGlite's folder belongs to one process; that one does it.
    if (cause?.code !== "SQLITE_BUSY") throw error;
    return (await askRunning(config.dataDir, uuidv7(), { kind: "bundle", file })) as BundleImportAnswer;
  }
}

async function importHere(config: CentralConfig, file: string): Promise<BundleImportAnswer> {
  const base = await openFoundation(config);
  return withMerging(base, async (merging) => {
    const { db, nowMs, log } = base;
    const store = await openImageStore(config, nowMs);
    const sync = { db, nowMs, log, identity: merging.identity, merge: merging.merge, mergeAppend };
    const images = { db, store, nowMs, uploadsDir: join(config.dataDir, "uploads"), uploads: { beginOrResume, appendAt, finish } };
    return importFile(file, (bytes) => importBundle(importDeps(sync, images), bytes));
  });
}

/** Reads the file into an import; throws what people are told when it is refused. */
export async function importFile(file: string, importBytes: ImportBundle): Promise<BundleImportAnswer> {
  const imported = await importBytes(createReadStream(file));
  if (imported.kind === "refused") throw new Error(refusedWords(imported.why));
  return importAnswer(imported);
}

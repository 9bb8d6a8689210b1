/** `bundle import FILE` and `bundle down SITE FILE`: on PostgreSQL beside a running central; on the embedded database by the running one, or without one. */
import { createReadStream, existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { uuidv7 } from "uuidv7";
import type { BundleImportAnswer } from "../shared/api/central-api.ts";
import { type CollectorId, uuid } from "../shared/model/ids.ts";
import { askRunning, type BackupRequest } from "./backup/backup-requests.ts";
import { type ImportBundle, importAnswer } from "./carriers/bundle-routes.ts";
import type { MakeDownFile } from "./carriers/down-routes.ts";
import { findCollectors } from "./carriers/down-rows.ts";
import { downRefusedWords } from "./carriers/down-words.ts";
import { importBundle } from "./carriers/import-bundle.ts";
import { refusedWords } from "./carriers/import-words.ts";
import { makeDown } from "./carriers/make-down.ts";
import { writeDownFile } from "./carriers/write-down-file.ts";
import type { CentralConfig } from "./config.ts";
import type { Db } from "./db/open-db.ts";
import { type Foundation, openFoundation } from "./foundation.ts";
import { appendAt, beginOrResume, finish } from "./images/partial-upload.ts";
import { mergeAppend } from "./merge/merge-append.ts";
import type { Merging } from "./merging.ts";
import { openImageStore } from "./open-image-store.ts";
import { downDeps, feedDeps, importDeps } from "./syncing.ts";
import { withMerging } from "./with-merging.ts";

/** Something about a file or a site that a person can put right; the message is for them, whole. */
class BundleTrouble extends Error {
  override readonly name = "BundleTrouble";
}

type DownRequest = Extract<BackupRequest, { kind: "down" }>;

export async function bundleImportCommand(config: CentralConfig, name: string): Promise<void> {
  const file = resolve(name);
  if (!existsSync(file)) throw new BundleTrouble(`There is no file ${file}.`);
  const answer = (await hereOrThere(config, { kind: "bundle", file }, (...opened) =>
    importHere(config, file, ...opened),
  )) as BundleImportAnswer;
  for (const line of answer.words) console.log(line);
  const base = file.replace(/\.alprbundle$/, "");
  await writeFile(`${base}.alprreceipt`, Buffer.from(answer.receipt, "base64"), { flush: true });
  console.log(`Receipt: ${base}.alprreceipt`);
  await sayDown(config, { kind: "down", collector: answer.collector_id, file: `${base}.alprdown`, receipt: answer.receipt });
  if (!answer.whole) process.exitCode = 1;
}

/** `site`: the collector's id or its name. */
export async function bundleDownCommand(config: CentralConfig, site: string, name: string): Promise<void> {
  const file = resolve(name);
  if (existsSync(file)) throw new BundleTrouble(`${file} is there already. Choose another name, or remove it first.`);
  await writeDown(config, { kind: "down", collector: site, file, receipt: null });
  console.log(`For the site: ${file}`);
  console.log("Only that site's device can open it. Take it there (its page, Stick).");
}

/** The receipt alone serves too: a file that cannot be made does not undo the import. */
async function sayDown(config: CentralConfig, request: DownRequest): Promise<void> {
  try {
    await writeDown(config, request);
    console.log(`For the site, with its lists and commands: ${request.file} (it holds the receipt too)`);
  } catch (error) {
    console.log(`No file with lists and commands: ${(error as Error).message}`);
  }
}

async function writeDown(config: CentralConfig, request: DownRequest): Promise<void> {
  await hereOrThere(config, request, (base, merging) => {
    const deps = downDeps(base, merging, feedDeps(base, merging));
    return downFile(base.db, request, (order, also) => makeDown(deps, order, also));
  });
}

/** PGlite's folder belongs to one process; when that is not us, it does what is asked. */
async function hereOrThere(
  config: CentralConfig,
  request: BackupRequest,
  work: (base: Foundation, merging: Merging) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await here(config, work);
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (cause?.code !== "SQLITE_BUSY") throw error;
    return askRunning(config.dataDir, uuidv7(), request);
  }
}

async function here(config: CentralConfig, work: (base: Foundation, merging: Merging) => Promise<unknown>): Promise<unknown> {
  const base = await openFoundation(config);
  return withMerging(base, (merging) => work(base, merging));
}

async function importHere(
  config: CentralConfig,
  file: string,
  { db, nowMs, log }: Foundation,
  merging: Merging,
): Promise<BundleImportAnswer> {
  const store = await openImageStore(config, nowMs);
  const sync = { db, nowMs, log, identity: merging.identity, merge: merging.merge, mergeAppend };
  const images = { db, store, nowMs, uploadsDir: join(config.dataDir, "uploads"), uploads: { beginOrResume, appendAt, finish } };
  return importFile(file, (bytes) => importBundle(importDeps(sync, images), bytes));
}

/** Reads the file into an import; throws what people are told when it is refused. */
export async function importFile(file: string, importBytes: ImportBundle): Promise<BundleImportAnswer> {
  const imported = await importBytes(createReadStream(file));
  if (imported.kind === "refused") throw new BundleTrouble(refusedWords(imported.why));
  return importAnswer(imported);
}

/** Writes a file for the site; throws what people are told when there is no such site or nothing can be made for it. */
export async function downFile(db: Db, { collector, file, receipt }: DownRequest, make: MakeDownFile): Promise<null> {
  const [found, another] = await findCollectors(db, collector);
  if (found === undefined) throw new BundleTrouble(`There is no collector "${collector}".`);
  if (another !== undefined)
    throw new BundleTrouble(`There are several collectors "${collector}". Give the id: ${found.id} or ${another.id}.`);
  const made = await make({
    collectorId: uuid<CollectorId>(found.id),
    lists: receipt === null ? "whole" : "changed",
    receipt: receipt === null ? null : new Uint8Array(Buffer.from(receipt, "base64")),
    sites: [],
  });
  if (made.kind === "refused") throw new BundleTrouble(downRefusedWords(made.why));
  await writeDownFile(file, made.bytes);
  return null;
}

/**
 * A folder as a door: whatever brings central's files to this machine puts `NAME.alprdown` or `NAME.alprreceipt` into it. A file is taken
 * when it has kept its size and time for a second (a copy that is still running goes on changing), and goes; `NAME.txt` says what became of
 * it. One that nothing is wrong with but the moment (a full disk, another file that is being taken) stays and is tried again. The command
 * `bundle import` brings its file here under another ending and renames it.
 */
import { constants } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RECEIPT_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import { StoreRefusal } from "../log/open-writer.ts";
import { isMachineTrouble } from "../log/store-trouble.ts";
import type { ReceiptOutcome } from "./take-receipt.ts";
import type { UplinkLog } from "./uplink-deps.ts";

export interface InboxDeps {
  readonly folder: string;
  readonly takeReceipt: (bytes: Uint8Array) => Promise<ReceiptOutcome>;
  readonly takeDown: (bytes: AsyncIterable<Uint8Array>) => Promise<ReceiptOutcome>;
  readonly monoMs: () => number;
  readonly log: UplinkLog;
}

export const DOWN_ENDING = ".alprdown";
export const RECEIPT_ENDING = ".alprreceipt";
/** Follows the words of a file that stays. */
export const TRIED_AGAIN = "The file stays in its folder and is tried again by itself.";
const LOOK_EVERY_MS = 1_000;
const STABLE_MS = 1_000;
const TRY_AGAIN_MS = 30_000;
const FILES_PER_LOOK_MAX = 16;

/** Below what the program may write under its systemd unit. */
export const inboxFolder = (home: string): string => join(home, "data", "inbox");

/** Looks into the folder from now on; the returned function ends it and waits for the file that is being taken. */
export function watchInbox(deps: InboxDeps): () => Promise<void> {
  const look = inbox(deps);
  let ended = false;
  let running = Promise.resolve();
  let said = "";
  const again = (): void => {
    running = look().catch((error: Error) => {
      // Said once: a folder that cannot be used is looked at each second.
      if (error.message !== said) deps.log.warn({}, `the folder for central's files cannot be used: ${error.message}`);
      said = error.message;
    });
    void running.then(() => {
      if (!ended) timer = setTimeout(again, LOOK_EVERY_MS).unref();
    });
  };
  let timer = setTimeout(again, LOOK_EVERY_MS).unref();
  return async () => {
    ended = true;
    clearTimeout(timer);
    await running;
  };
}

interface Seen {
  readonly bytes: number;
  readonly mtimeMs: number;
  /** When it may be taken. */
  dueMs: number;
  /** What became of it; it lies here still while that cannot be written, or the file not be removed. */
  outcome: ReceiptOutcome | null;
}

/** One look: takes what has stood still, one file after the other; throws the first fault of the folder when it has seen all. */
export function inbox(deps: InboxDeps): () => Promise<void> {
  let seen = new Map<string, Seen>();
  return async () => {
    await mkdir(deps.folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(deps.folder)).filter(isOurs).sort().slice(0, FILES_PER_LOOK_MAX);
    const faults: unknown[] = [];
    const now = new Map<string, Seen>();
    for (const name of names) {
      const one = await lookAt(deps, name, seen.get(name));
      now.set(name, one);
      if (deps.monoMs() >= one.dueMs) await takeFile(deps, name, one).catch((fault) => faults.push(fault));
    }
    seen = now;
    if (faults.length > 0) throw faults[0];
  };
}

async function lookAt({ folder, monoMs }: InboxDeps, name: string, before: Seen | undefined): Promise<Seen> {
  const found = await stat(join(folder, name)).catch(() => null);
  const { size: bytes, mtimeMs } = found ?? { size: -1, mtimeMs: 0 };
  if (before !== undefined && before.bytes === bytes && before.mtimeMs === mtimeMs) return before;
  return { bytes, mtimeMs, dueMs: monoMs() + STABLE_MS, outcome: null };
}

const isOurs = (name: string): boolean => !name.startsWith(".") && (name.endsWith(DOWN_ENDING) || name.endsWith(RECEIPT_ENDING));

/** Takes a file once. The words first: a file that is gone has them beside it. */
async function takeFile(deps: InboxDeps, name: string, seen: Seen): Promise<void> {
  const path = join(deps.folder, name);
  const outcome = seen.outcome ?? (await takeOne(deps, path, name.endsWith(RECEIPT_ENDING)));
  if (outcome.kind === "refused" && outcome.isForNow === true) {
    seen.dueMs = deps.monoMs() + TRY_AGAIN_MS;
    return writeWords(path, `${outcome.words} ${TRIED_AGAIN}`);
  }
  if (seen.outcome === null) deps.log.info({ outcome: outcome.kind }, "a file of central's was taken from the folder");
  seen.outcome = outcome;
  await writeWords(path, outcome.words);
  await rm(path, { recursive: true, force: true });
}

async function writeWords(path: string, text: string): Promise<void> {
  await writeFile(`${path}.txt.part`, `${text}\n`, { flush: true, mode: 0o600 });
  await rename(`${path}.txt.part`, `${path}.txt`);
}

async function takeOne(deps: InboxDeps, path: string, isReceipt: boolean): Promise<ReceiptOutcome> {
  // Neither a link nor a pipe: a stick may hold both, and this program reads more than the person who brought it.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => null);
  if (file === null) return { kind: "refused", words: "This could not be opened as a file here." };
  try {
    const { size, ...is } = await file.stat().then((stats) => ({ size: stats.size, file: stats.isFile() }));
    if (!is.file) return { kind: "refused", words: "This is not a file." };
    if (!isReceipt) return await deps.takeDown(file.createReadStream({ autoClose: false }));
    if (size > RECEIPT_BYTES_MAX) return { kind: "refused", words: "This file is too large for a receipt." };
    return await deps.takeReceipt(new Uint8Array(await file.readFile()));
  } catch (error) {
    return { kind: "refused", words: `This could not be taken: ${(error as Error).message}`, isForNow: isOfTheStore(error) };
  } finally {
    await file.close();
  }
}

/** The store's own refusal, not a bug: a disk that is full takes it when there is room. */
const isOfTheStore = (error: unknown): boolean => isMachineTrouble(error) || (error instanceof StoreRefusal && error.cause === undefined);

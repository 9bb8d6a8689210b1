/**
 * A folder as a door: whatever brings central's files to this machine puts `NAME.alprdown` or `NAME.alprreceipt` into it. A file is taken when
 * it has kept its size and time for a second (a copy that is still running goes on changing), and goes; `NAME.txt` says what became of it. The
 * command `bundle import` brings its file here under another ending and renames it.
 */
import { constants } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RECEIPT_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
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
const LOOK_EVERY_MS = 1_000;
const STABLE_MS = 1_000;
const FILES_PER_LOOK_MAX = 16;

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
  readonly sinceMs: number;
}

/** One look: takes what has stood still, one file after the other. */
export function inbox(deps: InboxDeps): () => Promise<void> {
  let seen = new Map<string, Seen>();
  return async () => {
    await mkdir(deps.folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(deps.folder)).filter(isOurs).sort().slice(0, FILES_PER_LOOK_MAX);
    const now = new Map<string, Seen>();
    for (const name of names) {
      const found = await stat(join(deps.folder, name)).catch(() => null);
      const { size: bytes, mtimeMs } = found ?? { size: -1, mtimeMs: 0 };
      const before = seen.get(name);
      const isSame = before !== undefined && before.bytes === bytes && before.mtimeMs === mtimeMs;
      now.set(name, isSame ? before : { bytes, mtimeMs, sinceMs: deps.monoMs() });
      if (isSame && deps.monoMs() - before.sinceMs >= STABLE_MS) await takeFile(deps, name);
    }
    seen = now;
  };
}

const isOurs = (name: string): boolean => !name.startsWith(".") && (name.endsWith(DOWN_ENDING) || name.endsWith(RECEIPT_ENDING));

/** The words first: a file that is gone has them beside it. */
async function takeFile(deps: InboxDeps, name: string): Promise<void> {
  const path = join(deps.folder, name);
  const outcome = await takeOne(deps, path, name.endsWith(RECEIPT_ENDING));
  const words = join(deps.folder, `${name}.txt`);
  await writeFile(`${words}.part`, `${outcome.words}\n`, { flush: true, mode: 0o600 });
  await rename(`${words}.part`, words);
  await rm(path, { recursive: true, force: true });
  deps.log.info({ outcome: outcome.kind }, "a file of central's was taken from the folder");
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
    return { kind: "refused", words: `This could not be taken: ${(error as Error).message}` };
  } finally {
    await file.close();
  }
}

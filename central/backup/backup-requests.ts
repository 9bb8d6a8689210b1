/**
 * How a command reaches a central that holds the embedded database: PGlite is one process's. The command writes a request into a folder
 * beside the database, the running central answers beside it. Who may write there owns the database anyway; nothing listens.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BackupTrouble, type LogCursor, type VerifiedBackup } from "./backup-manifest.ts";

export type BackupRequest =
  /** A bundle that lies on this machine, to be imported. */
  | { readonly kind: "bundle"; readonly file: string }
  /** A file for a site's stick, to be written on this machine. `receipt`: base64 of the answer to a bundle of that site. */
  | { readonly kind: "down"; readonly collector: string; readonly file: string; readonly receipt: string | null }
  | { readonly kind: "backup"; readonly dir: string }
  | { readonly kind: "record"; readonly backup: VerifiedBackup; readonly cursors: readonly LogCursor[]; readonly proof: string };

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly words: string };

const REQUEST = /^([0-9a-f-]{36})\.request$/;
const TAKEN_MAX_MS = 15_000;
const LOOK_EVERY_MS = 100;
const LOOKS_WITHOUT_IT_MAX = 3;

const folderOf = (dataDir: string): string => join(dataDir, "requests");

/** Waits for the running central's answer. Throws BackupTrouble when it refuses, or does not take the request. */
export async function askRunning(dataDir: string, id: string, request: BackupRequest): Promise<unknown> {
  const folder = folderOf(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${id}.request`);
  const answerFile = join(folder, `${id}.answer`);
  writeFileSync(`${file}.part`, JSON.stringify(request), { mode: 0o600 });
  renameSync(`${file}.part`, file);
  let looksWithoutIt = 0;
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    await delay(LOOK_EVERY_MS);
    const answer = readAnswer(answerFile);
    if (answer !== null) {
      rmSync(answerFile, { force: true });
      if (answer.ok) return answer.value;
      throw new BackupTrouble(answer.words);
    }
    if (waitedMs > TAKEN_MAX_MS && readdirSync(folder).includes(`${id}.request`)) {
      rmSync(file, { force: true });
      throw new BackupTrouble("Another program holds the database's folder, and it does not answer. Is it a central of an older release?");
    }
    // More than one look: it may just be getting another name. A central that starts clears away what the last one left.
    looksWithoutIt = readdirSync(folder).some((name) => name.startsWith(id)) ? 0 : looksWithoutIt + 1;
    if (looksWithoutIt >= LOOKS_WITHOUT_IT_MAX) throw new BackupTrouble("Central was started anew before it had done this. Ask once more.");
  }
}

function readAnswer(file: string): Answer | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Answer;
  } catch {
    return null;
  }
}

/** Left over from a central that ended in the middle: nobody waits for them. */
export function clearRequests(dataDir: string): void {
  rmSync(folderOf(dataDir), { recursive: true, force: true });
  mkdirSync(folderOf(dataDir), { recursive: true, mode: 0o700 });
}

/** One look into the folder: carries out what lies there, one after the other. */
export async function answerRequests(dataDir: string, carryOut: (request: BackupRequest) => Promise<unknown>): Promise<void> {
  const folder = folderOf(dataDir);
  for (const name of readdirSync(folder)) {
    const id = REQUEST.exec(name)?.[1];
    if (id === undefined) continue;
    const taken = join(folder, `${id}.taken`);
    renameSync(join(folder, name), taken);
    const answer = await answerOne(taken, carryOut);
    const file = join(folder, `${id}.answer`);
    writeFileSync(`${file}.part`, JSON.stringify(answer), { mode: 0o600 });
    renameSync(`${file}.part`, file);
    rmSync(taken, { force: true });
  }
}

async function answerOne(file: string, carryOut: (request: BackupRequest) => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, value: await carryOut(JSON.parse(readFileSync(file, "utf8")) as BackupRequest) };
  } catch (error) {
    return { ok: false, words: (error as Error).message };
  }
}

/**
 * A folder as a door: whatever carrier puts `NAME.alprbundle` into it. A file is taken once it has kept its size and time for STABLE_MS (a copy
 * that is still running goes on changing), imported, and moved: to `done/` with what became of it (`NAME.txt`), central's receipt
 * (`NAME.alprreceipt`) and what goes down to the site (`NAME.alprdown`), or to `refused/` with why. No file stops the others; what the database could not take now is left for the next turn.
 */
import { constants } from "node:fs";
import { access, mkdir, open, readdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import type { BundleImportAnswer } from "../../shared/api/central-api.ts";
import type { TurnOutcome } from "../../shared/flow/run-loop.ts";
import { type CollectorId, uuid } from "../../shared/model/ids.ts";
import { type ImportBundle, importAnswer } from "./bundle-routes.ts";
import type { MakeDownFile } from "./down-routes.ts";
import { refusedWords } from "./import-words.ts";
import { writeDownFile } from "./write-down-file.ts";

export interface InboxDeps {
  readonly folder: string;
  readonly importBundle: ImportBundle;
  readonly makeDown: MakeDownFile;
  /** Milliseconds of a clock that only goes on. */
  readonly monoMs: () => number;
  readonly log: Logger;
}

const STABLE_MS = 10_000;
const ENDING = ".alprbundle";
/** A folder with more waiting files is gone through in several turns. */
const FILES_PER_TURN_MAX = 64;
/** What is left of a name, so that endings fit behind it. */
const NAME_MAX = 180;

/** As it stood when it was last looked at. */
interface Seen {
  readonly bytes: number;
  readonly mtimeMs: number;
  readonly sinceMs: number;
}

/** Whose bundle it was, and what it is answered. */
interface Answered {
  readonly collectorId: CollectorId;
  readonly receipt: Uint8Array;
}

type Verdict =
  | { readonly kind: "done" | "refused"; readonly words: readonly string[]; readonly from: Answered | null }
  /** To be tried again: the database or this program went away. */
  | { readonly kind: "later" };

/** One turn looks at the folder once. It throws only when the folder itself cannot be used. */
export function bundleInbox(deps: InboxDeps): (signal: AbortSignal) => Promise<TurnOutcome> {
  let seen = new Map<string, Seen>();
  return async (signal) => {
    await Promise.all(["done", "refused"].map((name) => mkdir(join(deps.folder, name), { recursive: true, mode: 0o750 })));
    const names = (await readdir(deps.folder, { withFileTypes: true }))
      .filter((entry) => entry.name.endsWith(ENDING) && !entry.name.startsWith(".") && !entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
      .slice(0, FILES_PER_TURN_MAX);
    const now = new Map<string, Seen>();
    for (const name of names) {
      const known = await look(deps, name, seen.get(name));
      if (known === null) continue;
      now.set(name, known);
      if (deps.monoMs() - known.sinceMs < STABLE_MS || signal.aborted) continue;
      // Looked at anew from here: what cannot be moved away is not tried at each turn.
      now.set(name, { ...known, sinceMs: deps.monoMs() });
      await takeFile(deps, name, signal);
    }
    seen = now;
    return "idle";
  };
}

async function look({ folder, monoMs }: InboxDeps, name: string, before: Seen | undefined): Promise<Seen | null> {
  const found = await stat(join(folder, name)).catch(() => null);
  // A link to nowhere, or gone meanwhile: as a file of no bytes it is refused by name when it stays.
  const { size: bytes, mtimeMs } = found ?? { size: -1, mtimeMs: 0 };
  const isSame = before !== undefined && before.bytes === bytes && before.mtimeMs === mtimeMs;
  return isSame ? before : { bytes, mtimeMs, sinceMs: monoMs() };
}

async function takeFile(deps: InboxDeps, name: string, signal: AbortSignal): Promise<void> {
  try {
    const verdict = await importOne(deps, name, signal);
    if (verdict.kind === "later") return;
    await moveAway(deps, name, verdict);
    deps.log.info({ file: name, outcome: verdict.kind }, "a bundle was taken from the inbox");
  } catch (error) {
    deps.log.error({ file: name, error: (error as Error).message }, "a bundle in the inbox could not be taken; it stays there");
  }
}

async function importOne(deps: InboxDeps, name: string, signal: AbortSignal): Promise<Verdict> {
  // Neither a link nor a pipe: a stick may hold both, and this program reads more than the person who brought it.
  const file = await open(join(deps.folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (file instanceof Error) {
    return { kind: "refused", words: [`This could not be opened as a file here (${file.code ?? file.message}).`], from: null };
  }
  try {
    if (!(await file.stat()).isFile()) return { kind: "refused", words: ["This is not a file."], from: null };
    const imported = await deps.importBundle(file.createReadStream({ autoClose: false, signal }));
    if (signal.aborted) return { kind: "later" };
    if (imported.kind === "refused") return { kind: "refused", words: [refusedWords(imported.why)], from: null };
    if (imported.outcome.cut === "busy") return { kind: "later" };
    return verdictOf(importAnswer(imported));
  } finally {
    await file.close();
  }
}

/** A file that was cut, or a log that does not fit, is for a person to look at: its receipt says what is here all the same. */
function verdictOf(answer: BundleImportAnswer): Verdict {
  const receipt = new Uint8Array(Buffer.from(answer.receipt, "base64"));
  const isWell = answer.whole && answer.logs.every((log) => log.trouble === null);
  return { kind: isWell ? "done" : "refused", words: answer.words, from: { collectorId: uuid(answer.collector_id), receipt } };
}

/** The words and the receipt first: a file that has left the inbox has them beside it. */
async function moveAway(deps: InboxDeps, name: string, verdict: Exclude<Verdict, { kind: "later" }>): Promise<void> {
  const { folder } = deps;
  const target = join(folder, verdict.kind);
  const base = await freeName(target, name.slice(0, -ENDING.length).slice(0, NAME_MAX));
  await writeFile(join(target, `${base}.txt`), `${verdict.words.join("\n")}\n`, { flush: true, mode: 0o640 });
  if (verdict.from !== null) {
    await writeFile(join(target, `${base}.alprreceipt`), verdict.from.receipt, { flush: true, mode: 0o640 });
    await answerDown(deps, verdict.from, join(target, `${base}.alprdown`));
  }
  await rename(join(folder, name), join(target, `${base}${ENDING}`));
}

/** The receipt serves without it: a file that cannot be made now is left out. */
async function answerDown({ makeDown, log }: InboxDeps, { collectorId, receipt }: Answered, file: string): Promise<void> {
  try {
    const made = await makeDown({ collectorId, lists: "changed", receipt, sites: [] });
    if (made.kind === "down") await writeDownFile(file, made.bytes);
  } catch (error) {
    log.warn({ collector: collectorId, error: (error as Error).message }, "no file for the site could be made beside its receipt");
  }
}

/** Nothing in done/ or refused/ is written over. */
async function freeName(folder: string, base: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    const isTaken = await access(join(folder, `${name}${ENDING}`)).then(
      () => true,
      () => false,
    );
    if (!isTaken) return name;
  }
}

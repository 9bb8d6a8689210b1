/**
 * The store itself: synchronous, one owner. In the program it lives in the writer thread; tests call it directly.
 *
 * A batch is one transaction and each command a savepoint in it: a command that fails takes nothing of the others along. Where SQLite
 * has rolled the whole transaction back (disk full, I/O error), the commands are tried once more, each in a transaction of its own, so
 * that what still fits is stored. No answer leaves before its commit.
 */
import type { Database } from "better-sqlite3";
import type { Moment } from "../../shared/log/chain.ts";
import { CHECKPOINT_INTERVAL_MAX_MS, RECORDS_PER_CHECKPOINT_MAX, signCheckpoint } from "../../shared/log/checkpoint.ts";
import type { LogClass } from "../../shared/log/record.ts";
import type { CollectorId, LogId } from "../../shared/model/ids.ts";
import { beginLogs } from "./begin-logs.ts";
import { leaveBrokenLogs } from "./leave-broken-logs.ts";
import { openLists, reloadLists } from "./load-lists.ts";
import { mendStored, refuseStrangeIds } from "./mend-stored.ts";
import { noteSalvage } from "./note-salvage.ts";
import { hasOld } from "./prune.ts";
import { isDamage, markDamaged, noteIfDamage, type OpenedFile, openOrSalvage } from "./salvage-file.ts";
import { type DeviceKey, makeNewId, type RandomBytes, type StoreContext } from "./store-context.ts";
import type { StoreNews } from "./store-port.ts";
import { prepareRows } from "./store-rows.ts";
import { loadState } from "./store-state.ts";
import { isMachineTrouble, troubleWords } from "./store-trouble.ts";
import { type StoreVerb, type StoreVerbs, storeVerbs } from "./store-verbs.ts";

export interface StoreOptions {
  readonly home: string;
  readonly collector: CollectorId;
  readonly device: DeviceKey;
  readonly random: RandomBytes;
  readonly now: () => Moment;
}

export interface StoreCommand {
  readonly verb: StoreVerb;
  readonly args: readonly unknown[];
}

export type CommandOutcome =
  | { readonly ok: true; readonly value: unknown }
  /** `words` are for people; `bug` carries what a developer needs. */
  | { readonly ok: false; readonly words: string; readonly bug: string | null };

export interface BatchOutcome {
  /** One for each command, in their order. */
  readonly outcomes: readonly CommandOutcome[];
  readonly news: readonly StoreNews[];
}

export interface EdgeStore {
  readonly db: Database;
  /** Carries out a batch; everything in the answer is durable. */
  readonly run: (commands: readonly StoreCommand[]) => BatchOutcome;
  /** One verb, as a batch of its own; throws what `run` would report as a failure. */
  readonly verb: <Verb extends StoreVerb>(verb: Verb, ...args: Parameters<StoreVerbs[Verb]>) => ReturnType<StoreVerbs[Verb]>;
  /** The file turned out to be damaged: nothing more can be stored until it was opened anew, which salvages it. */
  readonly isDamaged: () => boolean;
  /** Records of a log that was left wait to be offered again (verb `offerAgain`). */
  readonly isOffering: () => boolean;
  /** Records may go from this disk by rule (verb `prune`). */
  readonly isPruning: () => boolean;
  /** Stores the checkpoints that are due by time. Called when idle. */
  readonly checkpointIfDue: () => void;
  /** Moves the WAL into the file when it has grown. Called when idle, never between a command and its answer. */
  readonly tidy: () => void;
  readonly close: () => void;
}

const CLASSES: readonly LogClass[] = ["urgent", "detections"];
/** Pages of 4 KiB. Four times SQLite's own figure: idle moments come often, and a checkpoint costs two fsyncs. */
const WAL_PAGES_BEFORE_TIDY = 4_000;

/** Opens the home's store, makes both logs on first open, loads what is kept in memory. Throws one clear sentence when it cannot. */
export function openStore(options: StoreOptions): EdgeStore {
  const open = (): OpenedFile => openOrSalvage(options.home, options.now().wallMs);
  const file = open();
  try {
    return openOn(file, options);
  } catch (error) {
    file.db.close();
    if (file.isSalvaged || !noteIfDamage(options.home, error)) throw error;
    // A large file is not checked whole at its start: its damage was met just now.
    return openOn(open(), options);
  }
}

function openOn({ db, isSalvaged, isTailLost }: OpenedFile, options: StoreOptions): EdgeStore {
  const rows = prepareRows(db);
  const newId = makeNewId(options.random);
  db.transaction(() => {
    if (isSalvaged) mendStored(db, rows);
    refuseStrangeIds(rows);
    const begun = beginLogs({ ...options, rows, newId }, options.now(), isSalvaged);
    if (isSalvaged) noteSalvage(rows, { isLogGone: begun > 0, isTailLost }, options.now());
  })();
  const context: StoreContext = {
    home: options.home,
    db,
    rows,
    collector: options.collector,
    device: options.device,
    random: options.random,
    newId,
    state: loadState(rows, options.now(), db.transaction(() => openLists(rows))()),
    news: [],
    checkpointDue: new Set(),
    listsTouched: new Set(),
  };
  if (isSalvaged) db.transaction(() => leaveBrokenLogs(context, options.now(), isTailLost))();
  const verbs = storeVerbs(context);

  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  const rollback = db.prepare("rollback");
  const save = db.prepare("savepoint command");
  const release = db.prepare("release command");
  const undo = db.prepare("rollback to command");

  /** Heads, passes and lists in memory have moved on with what is now undone. Only the lists that it touched: they may be large. */
  const reload = (): void => {
    reloadLists(rows, context.state.lists, context.listsTouched);
    context.state = loadState(rows, options.now(), context.state.lists);
  };

  /** One command in its savepoint. Throws only when SQLite has ended the transaction around it. */
  const attempt = ({ verb, args }: StoreCommand, news: StoreNews[]): CommandOutcome => {
    save.run();
    context.news = [];
    try {
      const value = (verbs[verb] as (...values: readonly unknown[]) => unknown)(...args);
      release.run();
      news.push(...context.news);
      return { ok: true, value };
    } catch (error) {
      if (!db.inTransaction) throw error;
      undo.run();
      release.run();
      // Nothing read from a damaged file may be chained onto.
      if (isDamage(error)) throw error;
      reload();
      news.push(...troubleNews(error));
      return failure(error);
    }
  };

  const transact = (commands: readonly StoreCommand[]): BatchOutcome => {
    const news: StoreNews[] = [];
    const before = headsOf(context);
    begin.run();
    try {
      const outcomes = commands.map((command) => {
        const outcome = attempt(command, news);
        if (isLong(context)) putCheckpoints(context, options.now());
        return outcome;
      });
      putCheckpoints(context, options.now());
      commit.run();
      context.listsTouched.clear();
      news.push(...growth(context, before));
      return { outcomes, news };
    } catch (error) {
      if (db.inTransaction) rollback.run();
      context.checkpointDue.clear();
      if (!isDamage(error)) reload();
      context.listsTouched.clear();
      throw error;
    }
  };

  let damage: unknown = null;

  const run = (commands: readonly StoreCommand[]): BatchOutcome => {
    if (damage !== null) return { outcomes: commands.map(() => failure(damage)), news: [] };
    try {
      return transact(commands);
    } catch (error) {
      if (isDamage(error)) {
        damage = error;
        markDamaged(options.home);
        return { outcomes: commands.map(() => failure(error)), news: troubleNews(error) };
      }
      if (commands.length > 1) return runSingly(commands);
      return { outcomes: commands.map(() => failure(error)), news: troubleNews(error) };
    }
  };

  const runSingly = (commands: readonly StoreCommand[]): BatchOutcome => {
    const parts = commands.map((command) => run([command]));
    const words = new Set<string>();
    const news = parts
      .flatMap((part) => part.news)
      .filter((one) => one.kind !== "trouble" || (!words.has(one.words) && words.add(one.words)));
    return { outcomes: parts.flatMap((part) => part.outcomes), news };
  };

  return {
    db,
    run,
    verb(verb, ...args) {
      const outcome = run([{ verb, args }]).outcomes[0]!;
      if (!outcome.ok) throw new Error(outcome.bug ?? outcome.words);
      return outcome.value as ReturnType<StoreVerbs[typeof verb]>;
    },
    isPruning: () => hasOld(context, options.now()),
    isDamaged: () => damage !== null,
    isOffering: () => rows.logs.unfinishedLeft() !== undefined,
    checkpointIfDue: () => void (CLASSES.some((one) => isCheckpointDue(context, one, options.now())) && run([])),
    tidy: () => tidyWal(db),
    close() {
      tidyWal(db, 1);
      db.close();
    },
  };
}

const failure = (error: unknown): CommandOutcome => ({
  ok: false,
  words: troubleWords(error),
  bug: isMachineTrouble(error) ? null : String((error as Error).stack ?? error),
});

const troubleNews = (error: unknown): StoreNews[] => (isMachineTrouble(error) ? [{ kind: "trouble", words: troubleWords(error) }] : []);

const headsOf = (context: StoreContext): Map<LogId, number> =>
  new Map(CLASSES.map((one) => [context.state.logs[one].logId, context.state.logs[one].head.next] as const));

function growth(context: StoreContext, before: ReadonlyMap<LogId, number>): StoreNews[] {
  return CLASSES.flatMap((one) => {
    const { logId, head } = context.state.logs[one];
    return head.next === before.get(logId) ? [] : [{ kind: "grown" as const, logId, next: head.next }];
  });
}

function isCheckpointDue(context: StoreContext, logClass: LogClass, now: Moment): boolean {
  const { head, checkpointNext, checkpointMonoMs } = context.state.logs[logClass];
  const since = head.next - checkpointNext;
  if (since === 0) return false;
  if (context.checkpointDue.has(logClass) || since >= RECORDS_PER_CHECKPOINT_MAX) return true;
  return now.monoMs - checkpointMonoMs >= CHECKPOINT_INTERVAL_MAX_MS;
}

/** A batch may be longer than a checkpoint may be late. */
const isLong = ({ state }: StoreContext): boolean =>
  CLASSES.some((one) => state.logs[one].head.next - state.logs[one].checkpointNext >= RECORDS_PER_CHECKPOINT_MAX);

function putCheckpoints(context: StoreContext, now: Moment): void {
  for (const logClass of CLASSES) {
    if (!isCheckpointDue(context, logClass, now)) continue;
    const log = context.state.logs[logClass];
    const { next, head } = log.head;
    const { wallMs, clockQuality, boot } = now;
    const signed = signCheckpoint({ logId: log.logId, next, headHash: head, wallMs, clockQuality, boot }, context.device.sign);
    context.rows.logs.insertCheckpoint(log.n, next, signed);
    log.checkpointNext = next;
    log.checkpointMonoMs = now.monoMs;
  }
  context.checkpointDue.clear();
}

/** PASSIVE: never waits for a reader, never makes one wait. Trouble here is no loss; the next commit will say it. */
function tidyWal(db: Database, pagesBefore = WAL_PAGES_BEFORE_TIDY): void {
  try {
    const [noop] = db.pragma("wal_checkpoint(noop)") as { log: number; checkpointed: number }[];
    if (noop !== undefined && noop.log - noop.checkpointed >= pagesBefore) db.pragma("wal_checkpoint(passive)");
  } catch (error) {
    if (!isMachineTrouble(error)) throw error;
  }
}

import { messageOf } from "../db/database-refusal.ts";
import type { Db, OpenDb } from "../db/open-db.ts";
import type { MergeLog } from "./merge-deps.ts";
import { cleanPending, type Numbered, numberPending, oldestPending, tryLockSequencer, unlockSequencer } from "./sequencer-rows.ts";

/** While there is work, committed rows are numbered at least this often. */
export const SEQUENCE_EVERY_MS = 20;
/** Without a nudge (the writer is another process) new work is noticed within this. */
const IDLE_MS = 100;
/** Keeps one statement far below the 250 ms that a writing transaction may last. */
const ROWS_PER_STEP = 2_000;
/** Another process holds the lock, or the database is away. */
const TAKE_OVER_EVERY_MS = 1_000;
/** The tree of checkpoints is grown this often at most, unless it lags behind: a signed head may be a second old. */
const TREE_EVERY_MS = 1_000;
/** Numbered rows after which the queue that they stood in is cleaned. */
const CLEAN_EVERY_ROWS = 50_000;
/** An open writer (of any database in the cluster) that holds the numbers back for longer is reported. */
export const STALL_WARNING_MS = 5_000;

export interface SequencerDeps {
  readonly open: Pick<OpenDb, "db" | "engine">;
  /** Called after numbers were given out. */
  readonly onNumbered: (numbered: Numbered) => void;
  /** Takes waiting checkpoints into the tree and signs its head, on the connection that holds the lock. */
  readonly growTree: (db: Db) => Promise<{ readonly isBehind: boolean }>;
  readonly monoMs: () => number;
  readonly log: MergeLog;
}

export interface Sequencer {
  /** There is something to number. */
  readonly nudge: () => void;
  /**
   * How long rows have been waiting, ms; for the health page: behind an open writer, for a database that does not answer, or for another
   * process that holds the order and gives out no numbers.
   */
  readonly stalledMs: () => number;
  /** Ends the loop and gives the lock back. */
  readonly stop: () => Promise<void>;
}

/**
 * Numbers committed rows while this process holds the lock; stands by for it otherwise. All of its work goes through the connection
 * that holds the lock, so a sequencer whose connection died cannot number anything beside its successor.
 */
export function startSequencer(deps: SequencerDeps): Sequencer {
  const waker = createWaker();
  const state: LoopState = { stopped: false, stalledSince: null, askedMs: null, oldest: null, treeDueMs: 0, treeTrouble: "", uncleaned: 0 };
  const ended = run(deps, state, waker);
  return {
    nudge: waker.wake,
    stalledMs: () => {
      const since = Math.min(state.stalledSince ?? Number.POSITIVE_INFINITY, state.askedMs ?? Number.POSITIVE_INFINITY);
      return Number.isFinite(since) ? deps.monoMs() - since : 0;
    },
    stop: async () => {
      state.stopped = true;
      waker.wake();
      await ended;
    },
  };
}

interface LoopState {
  stopped: boolean;
  stalledSince: number | null;
  /** When the statement under way was sent; null: none is. */
  askedMs: number | null;
  /** The row that waited longest when this process last looked, while another one numbers. */
  oldest: number | null;
  treeDueMs: number;
  /** What the tree's last step failed with; said once. */
  treeTrouble: string;
  /** Rows numbered since the queue was cleaned. */
  uncleaned: number;
}

async function run(deps: SequencerDeps, state: LoopState, waker: Waker): Promise<void> {
  while (!state.stopped) {
    try {
      // PGlite is one process by its folder lock and has one connection, which must not be held.
      if (deps.open.engine === "pglite") await sequence(deps, deps.open.db, state, waker);
      else await deps.open.db.connection().execute((connection) => holdLock(deps, connection, state, waker));
    } catch (error) {
      deps.log.warn({ error: messageOf(error) }, "the sequencer has lost its database");
    }
    if (!state.stopped) await waker.sleep(TAKE_OVER_EVERY_MS);
  }
}

async function holdLock(deps: SequencerDeps, connection: Db, state: LoopState, waker: Waker): Promise<void> {
  while (!state.stopped && !(await asked(deps, state, tryLockSequencer(connection)))) {
    noteOther(deps, state, await asked(deps, state, oldestPending(connection)));
    await waker.sleep(TAKE_OVER_EVERY_MS);
  }
  if (state.stopped) return;
  try {
    await sequence(deps, connection, state, waker);
  } finally {
    // Also after a fault: the connection goes back among the others with its lock, and nobody could number anything any more. A
    // connection that broke has taken its lock along.
    await unlockSequencer(connection).catch(() => undefined);
  }
}

async function sequence(deps: SequencerDeps, db: Db, state: LoopState, waker: Waker): Promise<void> {
  while (!state.stopped) {
    const numbered = await asked(deps, state, numberPending(db, ROWS_PER_STEP));
    noteStall(deps, state, numbered);
    if (numbered.count > 0) deps.onNumbered(numbered);
    if (deps.monoMs() >= state.treeDueMs) await asked(deps, state, growTree(deps, db, state));
    state.uncleaned += numbered.count;
    if (state.uncleaned >= CLEAN_EVERY_ROWS) await asked(deps, state, cleanQueue(deps, db, state));
    if (numbered.count === ROWS_PER_STEP) continue;
    const isBusy = numbered.count > 0 || numbered.waiting > 0;
    // A nudge during a busy stretch is answered by the next step: steps closer than this would only make more of them.
    if (isBusy) await waker.rest(SEQUENCE_EVERY_MS);
    else await waker.sleep(IDLE_MS);
  }
}

/** Numbers go on whatever becomes of the tree: people wait for those. */
async function growTree(deps: SequencerDeps, db: Db, state: LoopState): Promise<void> {
  try {
    const { isBehind } = await deps.growTree(db);
    state.treeDueMs = isBehind ? 0 : deps.monoMs() + TREE_EVERY_MS;
    state.treeTrouble = "";
  } catch (error) {
    state.treeDueMs = deps.monoMs() + TREE_EVERY_MS;
    const trouble = messageOf(error);
    if (trouble !== state.treeTrouble) deps.log.warn({ error: trouble }, "the tree of checkpoints could not grow; they wait");
    state.treeTrouble = trouble;
  }
}

/** Numbers go on without it, only more slowly. */
async function cleanQueue(deps: SequencerDeps, db: Db, state: LoopState): Promise<void> {
  state.uncleaned = 0;
  try {
    await cleanPending(db);
  } catch (error) {
    deps.log.warn({ error: messageOf(error) }, "the queue of rows without a number could not be cleaned");
  }
}

function noteStall(deps: SequencerDeps, state: LoopState, numbered: Numbered): void {
  if (numbered.count > 0 || numbered.waiting === 0) state.stalledSince = null;
  else if (state.stalledSince === null) state.stalledSince = deps.monoMs();
  else if (deps.monoMs() - state.stalledSince > STALL_WARNING_MS) {
    deps.log.warn({ ms: deps.monoMs() - state.stalledSince }, "an open transaction holds back the order of arrival");
  }
}

/** Another process holds the order: the same row that waits longest at one look and the next has no number from it. */
function noteOther(deps: SequencerDeps, state: LoopState, oldest: number | null): void {
  if (oldest === null || oldest !== state.oldest) state.stalledSince = null;
  else state.stalledSince ??= deps.monoMs();
  state.oldest = oldest;
}

/** A connection may hang without an error: what has had no answer yet is known. */
async function asked<T>(deps: SequencerDeps, state: LoopState, answer: Promise<T>): Promise<T> {
  state.askedMs = deps.monoMs();
  try {
    return await answer;
  } finally {
    state.askedMs = null;
  }
}

interface Waker {
  readonly wake: () => void;
  /** Until woken, at most this long. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Just this long, unless the loop is to end. */
  readonly rest: (ms: number) => Promise<void>;
}

function createWaker(): Waker {
  let woken = false;
  let resolve: (() => void) | null = null;
  const wait = (ms: number): Promise<void> =>
    new Promise((done) => {
      const timer = setTimeout(done, ms);
      resolve = () => {
        clearTimeout(timer);
        done();
      };
    });
  return {
    wake: () => {
      woken = true;
      resolve?.();
    },
    sleep: async (ms) => {
      if (!woken) await wait(ms);
      woken = false;
      resolve = null;
    },
    rest: (ms) => new Promise((done) => setTimeout(done, ms)),
  };
}

import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import { announceDerived, arrivalsAfter } from "../../central/db/arrival-rows.ts";
import type { Db, OpenDb } from "../../central/db/open-db.ts";
import { openLogs } from "../../central/ingest/session-rows.ts";
import { addDetection, appendOf, testCollector, testLog } from "../../central/ingest/test-collector.ts";
import { identityOf } from "../../central/integrity/central-identity.ts";
import { growTreeStep } from "../../central/integrity/grow-tree.ts";
import { mergeAppend } from "../../central/merge/merge-append.ts";
import type { MergeDeps } from "../../central/merge/merge-deps.ts";
import { type Sequencer, startSequencer } from "../../central/merge/sequencer.ts";
import { bindKey, mergeDepsOf, registerCollector } from "../../central/merge/test-world.ts";
import { signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import type { Append } from "../../shared/protocol/frames.ts";
import { type BenchFigures, type BenchOptions, benchTarget } from "./bench-result.ts";
import { openBenchServer } from "./bench-server.ts";

/**
 * What the one order of arrival costs and keeps: 32 connections merge into different logs with the sequencer on, beside the same merges
 * whose rows for the sequencer are thrown away by a trigger; and a reader that follows `arrival` through concurrent inserts that commit
 * in any order, beside one that follows the order of writing, which skips.
 */
export const FREE_DISK_MB = 4_000;

const CONNECTIONS = 32;
/** Small, so that the order and not the rows is what costs. */
const BATCH = 10;
const ROUNDS = 6;
const APPENDS = 40;
const ROWS = 1_000_000;
const SHORT_ROWS = 60_000;
const ROWS_PER_TRANSACTION_MAX = 64;
/** One transaction in so many stays open for a while, as one does whose connection hangs. */
const SLOW_EVERY = 200;
const SLOW_MS = 60;
const READ_LIMIT = 1_000;

export async function run({ rows, short, progress }: BenchOptions): Promise<BenchFigures> {
  await loadSodium();
  const server = await openBenchServer();
  try {
    const merging = await server.database("merging", CONNECTIONS + 4);
    const cost = await measureCost(merging, short ? 2 : ROUNDS, short ? 8 : APPENDS, progress);
    const following = await server.database("following", CONNECTIONS + 4);
    const followed = await followInserts(following, rows ?? (short ? SHORT_ROWS : ROWS), progress);
    const ratio = cost.withPerSecond / cost.withoutPerSecond;
    return {
      figures: { ...cost, ratioToNoArrivals: ratio, ...followed },
      targets: [
        benchTarget("of the merges without arrivals, 32 connections into different logs", ratio, ">=", 0.8),
        benchTarget("rows that the reader of arrivals skipped", followed.skipped, "==", 0),
        benchTarget("rows that it read twice", followed.readTwice, "==", 0),
        benchTarget("rows that a reader of the order of writing skipped (it must)", followed.skippedByOrderOfWriting, ">=", 1),
      ],
      params: { connections: CONNECTIONS, batch: BATCH, rounds: short ? 2 : ROUNDS, short },
      reference: "the same merges in the same database whose sequencer rows a trigger drops, rounds in turn; a reader by order of writing",
      samples: { merges: cost.merges, rows: followed.rows },
    };
  } finally {
    await server.close();
  }
}

type Progress = BenchOptions["progress"];

async function measureCost(open: OpenDb, rounds: number, appends: number, progress: Progress) {
  await sql`create function drop_row() returns trigger language plpgsql as 'begin return null; end'`.execute(open.db);
  await sql`create trigger without_arrivals before insert on arrivals_pending for each row execute function drop_row()`.execute(open.db);
  const deps = mergeDepsOf(open.db);
  const ms = { with: 0, without: 0 };
  await mergeRound(deps, await makeLogs(open.db, 4));
  for (let round = 0; round < rounds * 2; round++) {
    const kind = round % 2 === 0 ? "without" : "with";
    const logs = await makeLogs(open.db, appends);
    await sql.raw(`alter table arrivals_pending ${kind === "with" ? "disable" : "enable"} trigger without_arrivals`).execute(open.db);
    const sequencer = kind === "with" ? sequencerOf(open) : null;
    const fromMs = performance.now();
    await mergeRound({ ...deps, onCommitted: () => sequencer?.nudge() }, logs);
    // The round ends when its last row has its number: work that is only put off is not saved.
    while (sequencer !== null && (await pendingCount(open.db)) > 0) await delay(2);
    const took = performance.now() - fromMs;
    ms[kind] += took;
    progress(
      `round ${round + 1} of ${rounds * 2}, ${kind} arrivals: ${Math.round((CONNECTIONS * appends * 1_000) / took)} merges a second`,
    );
    await sequencer?.stop();
  }
  const merges = CONNECTIONS * appends * rounds;
  return { withPerSecond: (merges * 1_000) / ms.with, withoutPerSecond: (merges * 1_000) / ms.without, merges };
}

function sequencerOf(open: OpenDb): Sequencer {
  const identity = identityOf(signingKeysFromSeed(new Uint8Array(32).fill(7)));
  return startSequencer({
    open,
    monoMs: () => performance.now(),
    log: { warn: () => undefined },
    onNumbered: () => undefined,
    growTree: (db) => growTreeStep({ identity, nowMs: Date.now }, db),
  });
}

interface MadeLog {
  readonly collectorId: ReturnType<typeof testCollector>["id"];
  readonly appends: readonly Append[];
}

/** One log for each connection, its APPENDs signed and packed before the clock starts. */
async function makeLogs(db: Db, appends: number): Promise<MadeLog[]> {
  const made: MadeLog[] = [];
  for (let at = 0; at < CONNECTIONS; at++) {
    const owner = testCollector();
    await registerCollector(db, owner.id, owner.id);
    await bindKey(db, owner.id, owner.deviceKey);
    const log = testLog(owner);
    await db.transaction().execute((tx) => openLogs(tx, owner.id, [log.logId], owner.session, Date.now()));
    for (let count = 1; count < appends * BATCH; count++) addDetection(log);
    made.push({ collectorId: owner.id, appends: Array.from({ length: appends }, (_, piece) => appendOf(log, piece * BATCH, BATCH)) });
  }
  return made;
}

async function mergeRound(deps: MergeDeps, logs: readonly MadeLog[]): Promise<void> {
  await Promise.all(
    logs.map(async ({ collectorId, appends }) => {
      for (const append of appends) {
        const answer = await mergeAppend(deps, { collectorId, append, direct: true });
        if (answer.kind !== "at") throw new Error(`a merge was answered ${answer.kind}`);
      }
    }),
  );
}

async function pendingCount(db: Db): Promise<number> {
  const found = await sql<{ count: number }>`select count(*)::int as count from arrivals_pending where rid is not null`.execute(db);
  return found.rows[0]!.count;
}

async function followInserts(open: OpenDb, rows: number, progress: Progress) {
  const written = new Set<string>();
  const done = { inserting: false };
  const sequencer = sequencerOf(open);
  const byArrival = follow(done, sequencer, (after) => readArrivals(open.db, after), written, rows);
  const byWriting = follow(done, null, (after) => readWritten(open.db, after), written, rows);
  await sql`create table written (place bigint generated always as identity primary key, rid uuid not null)`.execute(open.db);
  const fromMs = performance.now();
  await insertAll(open.db, rows, written, progress);
  done.inserting = true;
  const seconds = (performance.now() - fromMs) / 1_000;
  const [arrived, wrote] = await Promise.all([byArrival, byWriting]);
  await sequencer.stop();
  return {
    rows,
    skipped: rows - arrived.distinct,
    readTwice: arrived.twice,
    skippedByOrderOfWriting: rows - wrote.distinct,
    insertsPerSecond: rows / seconds,
    followedAfterSeconds: arrived.lagMs / 1_000,
  };
}

interface Page {
  readonly rids: readonly string[];
  readonly after: number;
}

async function readArrivals(db: Db, after: number): Promise<Page> {
  const page = await arrivalsAfter(db, after, READ_LIMIT);
  return { rids: page.map((one) => one.rid), after: page.at(-1)?.arrival ?? after };
}

/** The known-bad way: a sequence is in the order of writing, and what is written first may be committed later. */
async function readWritten(db: Db, after: number): Promise<Page> {
  const found = await sql<{ place: number; rid: string }>`select place, rid from written where place > ${after} order by place
    limit ${READ_LIMIT}`
    .execute(db)
    .catch(() => ({ rows: [] }));
  return { rids: found.rows.map((one) => one.rid), after: Number(found.rows.at(-1)?.place ?? after) };
}

/** How long a reader may find nothing new after the last insert: what has not come by then was skipped. */
const QUIET_MS = 3_000;

async function follow(
  done: { readonly inserting: boolean },
  sequencer: Sequencer | null,
  read: (after: number) => Promise<Page>,
  written: ReadonlySet<string>,
  rows: number,
): Promise<{ readonly distinct: number; readonly twice: number; readonly lagMs: number }> {
  const seen = new Set<string>();
  let twice = 0;
  let after = 0;
  let endedMs: number | null = null;
  let newsMs = performance.now();
  while (seen.size < rows) {
    if (done.inserting) endedMs ??= performance.now();
    const page = await read(after);
    after = page.after;
    for (const rid of page.rids) {
      if (seen.has(rid) || !written.has(rid)) twice += 1;
      seen.add(rid);
    }
    if (page.rids.length > 0) newsMs = performance.now();
    else if (endedMs !== null && performance.now() - Math.max(newsMs, endedMs) > QUIET_MS) break;
    else {
      sequencer?.nudge();
      await delay(5);
    }
  }
  return { distinct: seen.size, twice, lagMs: Math.max(0, newsMs - (endedMs ?? newsMs)) };
}

/** Transactions of one row to many on all connections, some of them open for a while between writing and commit. */
async function insertAll(db: Db, rows: number, written: Set<string>, progress: Progress): Promise<void> {
  let left = rows;
  let transactions = 0;
  let saidMs = performance.now();
  const connection = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(left, 1 + Math.floor(Math.random() * ROWS_PER_TRANSACTION_MAX));
      left -= count;
      const isSlow = ++transactions % SLOW_EVERY === 0;
      const rids = Array.from({ length: count }, () => uuidv7());
      for (const rid of rids) written.add(rid);
      await db.transaction().execute(async (tx) => {
        await announceDerived(tx, rids, 2);
        await sql`insert into written (rid) select unnest(${rids}::uuid[])`.execute(tx);
        if (isSlow) await delay(Math.random() * SLOW_MS);
      });
      if (performance.now() - saidMs < 10_000) continue;
      saidMs = performance.now();
      progress(`${rows - left} of ${rows} rows inserted`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

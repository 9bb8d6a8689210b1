/**
 * The simulator's merge against the real one: whatever reached central in a seed (HELLOs, APPENDs, edits of its own), in the same order
 * and at the same times, goes through `mergeAppend` on PGlite or PostgreSQL, and the tables must be equal.
 */
import { Worker } from "node:worker_threads";
import { sql } from "kysely";
import { insertEmptyLog } from "../../../central/db/empty-log-rows.ts";
import { ensurePartitionsAhead } from "../../../central/db/ensure-partition.ts";
import { migrate } from "../../../central/db/migrate.ts";
import { type Db, openDb } from "../../../central/db/open-db.ts";
import { closeTestDb, testDb, truncateAll } from "../../../central/db/test-db.ts";
import { publishOps } from "../../../central/feeds/publish-ops.ts";
import { openLogs } from "../../../central/ingest/session-rows.ts";
import { mergeAppend } from "../../../central/merge/merge-append.ts";
import { mergeDepsOf, registerCollector } from "../../../central/merge/test-world.ts";
import { loadSodium } from "../../../shared/crypto/load-sodium.ts";
import { hexToBytes } from "../../../shared/model/ids.ts";
import { openTestPostgres } from "../../test/open-test-postgres.ts";
import type { CentralInput } from "./central-input.ts";
import type { History, Lines } from "./history.ts";

export interface DifferentialResult {
  readonly seed: number;
  readonly appends: number;
  readonly rows: number;
  /** Empty when all tables are equal. */
  readonly differences: readonly string[];
}

export type DifferentialOn = "pglite" | "postgres";

export async function runDifferential(
  from: number,
  seeds: number,
  told: (result: DifferentialResult) => void,
  on: DifferentialOn = "pglite",
): Promise<readonly DifferentialResult[]> {
  await loadSodium();
  const results: DifferentialResult[] = [];
  const database = on === "pglite" ? { empty: testDb, close: closeTestDb } : await onPostgres();
  try {
    for await (const history of historiesAhead(from, seeds)) {
      const result = await compareSeed(history, database.empty);
      results.push(result);
      told(result);
    }
  } finally {
    await database.close();
  }
  return results;
}

/** One history after another, each made by a thread of its own while the one before goes through SQL. */
async function* historiesAhead(from: number, seeds: number): AsyncGenerator<History> {
  const worker = new Worker(new URL("./history-worker.ts", import.meta.url));
  const made = (seed: number): Promise<History> =>
    new Promise((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (history: History) => {
        worker.removeListener("error", reject);
        resolve(history);
      });
      worker.postMessage(seed);
    });
  try {
    let next = made(from);
    for (let seed = from; seed < from + seeds; seed++) {
      const history = await next;
      if (seed + 1 < from + seeds) next = made(seed + 1);
      // It is awaited, and its failure told, when its turn comes.
      next.catch(() => {});
      yield history;
    }
  } finally {
    await worker.terminate();
  }
}

/** A database of its own on a real server. */
async function onPostgres(): Promise<{ readonly empty: () => Promise<Db>; readonly close: () => Promise<void> }> {
  const server = await openTestPostgres();
  const { db, close } = await openDb({ url: server.url, poolMax: 4 });
  await migrate(db);
  await ensurePartitionsAhead(db, Date.now());
  return {
    empty: async () => {
      await truncateAll(db);
      return db;
    },
    close: async () => {
      await close();
      await server.drop();
    },
  };
}

async function compareSeed({ seed, inputs, wanted }: History, empty: () => Promise<Db>): Promise<DifferentialResult> {
  const db = await empty();
  await replay(db, inputs);
  const held = await rowsOf(db);
  const differences = Object.keys(wanted).flatMap((table) => compare(table, wanted[table]!, held[table]!));
  const rows = Object.values(wanted).reduce((sum, lines) => sum + lines.length, 0);
  return { seed, appends: inputs.filter((one) => one.kind === "append").length, rows, differences };
}

async function replay(db: Db, inputs: readonly CentralInput[]): Promise<void> {
  let nowMs = 0;
  const known = new Set<string>();
  const deps = mergeDepsOf(db, { nowMs: () => nowMs, publishOps });
  for (const input of inputs) {
    nowMs = input.atMs;
    if (input.kind !== "edit" && !known.has(input.collectorId)) {
      known.add(input.collectorId);
      await registerCollector(db, input.collectorId);
    }
    if (input.kind === "edit") await db.transaction().execute((tx) => publishOps(tx, [input.op], nowMs, null));
    else if (input.kind === "append")
      await mergeAppend(deps, { collectorId: input.collectorId, append: input.append, direct: input.direct });
    else if (input.kind === "carried-log")
      await db.transaction().execute((tx) => insertEmptyLog(tx, input.collectorId, input.logId, nowMs));
    else {
      await bindKey(db, input);
      if (input.kind === "hello") await nameLogs(db, input);
    }
  }
}

async function nameLogs(db: Db, { collectorId, logs, session, atMs }: Extract<CentralInput, { kind: "hello" }>): Promise<void> {
  await db.transaction().execute((tx) => openLogs(tx, collectorId, logs, session, atMs));
}

async function bindKey(db: Db, { collectorId, deviceKey, confirmed, atMs }: Extract<CentralInput, { deviceKey: string }>): Promise<void> {
  const at = new Date(atMs);
  const key = { collector_id: collectorId, device_key: hexToBytes(deviceKey), api_key_id: null, confirmed };
  await db
    .insertInto("collector_keys")
    .values({ ...key, first_seen_at: at, confirmed_at: null, confirmed_by: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::int8`;
const HEX = (column: string): string => `encode(${column}, 'hex')`;
/** Each row as the one line that `simulatedRows` makes of it. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  collector_logs: [HEX("log_id"), "collector_id", "next", HEX("head"), "status", "class"],
  log_records: [HEX("log_id"), "seq", HEX("header"), HEX("payload"), HEX("hash")],
  record_ids: ["rid", HEX("content_digest")],
  detections: ["id", "pass", "plate", "model", MS("captured_at"), MS("received_at")],
  command_results: ["rid", "command_id", "outcome", HEX("device_key")],
  detection_revisions: ["id", "revises", "plate", "model", MS("received_at")],
  detection_proofs: ["rid", HEX("log_id"), "seq", "via"],
  projection_errors: [HEX("log_id"), "seq", "why"],
  entry_ops: ["list_id", "position", "rid", "effective_hlc", HEX("running_hash"), HEX("checksum")],
};

async function rowsOf(db: Db): Promise<Lines> {
  const lines: Record<string, string[]> = {};
  for (const [table, columns] of Object.entries(LINES)) {
    const line = columns.map((column) => `coalesce((${column})::text, 'null')`).join(" || ' ' || ");
    const { rows } = await sql<{ line: string }>`select ${sql.raw(line)} as line from ${sql.raw(table)}`.execute(db);
    lines[table] = rows.map((row) => row.line);
  }
  return lines;
}

/** In no order; a row that stands twice counts twice. */
function compare(table: string, wanted: readonly string[], held: readonly string[]): string[] {
  const [left, right] = [[...wanted].sort(), [...held].sort()];
  if (left.length === right.length && left.every((line, at) => line === right[at])) return [];
  const inSql = new Set(right);
  const simulated = new Set(left);
  const only = left.find((line) => !inSql.has(line)) ?? "";
  const other = right.find((line) => !simulated.has(line)) ?? "";
  return [
    `${table}: ${left.length} simulated, ${right.length} in SQL; only simulated: ${only.slice(0, 300)}; only in SQL: ${other.slice(0, 300)}`,
  ];
}

/**
 * The simulator's merge against the real one: whatever reached central in a seed (HELLOs, APPENDs, edits of its own), in the same order
 * and at the same times, goes through `mergeAppend` on PGlite or PostgreSQL, and the tables must be equal.
 */
import { sql } from "kysely";
import { ensurePartitionsAhead } from "../../central/db/ensure-partition.ts";
import { migrate } from "../../central/db/migrate.ts";
import { type Db, openDb } from "../../central/db/open-db.ts";
import { closeTestDb, testDb, truncateAll } from "../../central/db/test-db.ts";
import { publishOps } from "../../central/feeds/publish-ops.ts";
import { openLogs } from "../../central/ingest/session-rows.ts";
import { mergeAppend } from "../../central/merge/merge-append.ts";
import { mergeDepsOf, registerCollector } from "../../central/merge/test-world.ts";
import { bytesToHex, hexToBytes } from "../../shared/model/ids.ts";
import { openTestPostgres } from "../test/open-test-postgres.ts";
import type { CentralInput } from "./central-input.ts";
import type { CentralTables } from "./central-tables.ts";
import type { FaultKind } from "./faults.ts";
import { planSeed, type SeedPlan } from "./plan.ts";
import { runSeed } from "./run-seed.ts";

export interface DifferentialResult {
  readonly seed: number;
  readonly appends: number;
  readonly rows: number;
  /** Empty when all tables are equal. */
  readonly differences: readonly string[];
}

/** Putting a database back, and another release, are not the merge's matter. */
const NOT_OF_THE_MERGE: readonly FaultKind[] = ["restore-central", "older-central"];

const ofTheMerge = (plan: SeedPlan): SeedPlan => ({
  ...plan,
  faults: plan.faults.filter((fault) => !NOT_OF_THE_MERGE.includes(fault.kind)),
});

export type DifferentialOn = "pglite" | "postgres";

export async function runDifferential(
  from: number,
  seeds: number,
  told: (result: DifferentialResult) => void,
  on: DifferentialOn = "pglite",
): Promise<readonly DifferentialResult[]> {
  const results: DifferentialResult[] = [];
  const database = on === "pglite" ? { empty: testDb, close: closeTestDb } : await onPostgres();
  try {
    for (let seed = from; seed < from + seeds; seed++) {
      const result = await compareSeed(seed, database.empty);
      results.push(result);
      told(result);
    }
  } finally {
    await database.close();
  }
  return results;
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

async function compareSeed(seed: number, empty: () => Promise<Db>): Promise<DifferentialResult> {
  const inputs: CentralInput[] = [];
  let tables: CentralTables | null = null;
  await runSeed(ofTheMerge(planSeed(seed)), {
    // When central forgets is a timer's matter, not the merge's: `central/feeds` has its own tests for it.
    forgetsTombstones: false,
    onInput: (input) => inputs.push(input),
    onEnd: (world) => {
      tables = world.central.tables;
    },
  });
  const db = await empty();
  await replay(db, inputs);
  const held = await rowsOf(db);
  const wanted = simulatedRows(tables!);
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
    else if (input.kind === "append") await mergeAppend(deps, { collectorId: input.collectorId, append: input.append, direct: true });
    else await openAsHello(db, input);
  }
}

async function openAsHello(db: Db, { collectorId, deviceKey, confirmed, logs, session, atMs }: Extract<CentralInput, { kind: "hello" }>) {
  const at = new Date(atMs);
  const key = { collector_id: collectorId, device_key: hexToBytes(deviceKey), api_key_id: null, confirmed };
  await db
    .insertInto("collector_keys")
    .values({ ...key, first_seen_at: at, confirmed_at: null, confirmed_by: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db.transaction().execute((tx) => openLogs(tx, collectorId, logs, session, atMs));
}

type Lines = Readonly<Record<string, readonly string[]>>;

function simulatedRows(tables: CentralTables): Lines {
  const logs = [...tables.logs.values()];
  const hex = bytesToHex;
  return {
    collector_logs: logs.map((log) => `${log.logId} ${log.collectorId} ${log.next} ${hex(log.head)} ${log.status} ${log.class}`),
    log_records: logs.flatMap((log) =>
      log.records.map(
        (one) => `${log.logId} ${one.tail.seq} ${hex(one.header)} ${one.payload === null ? null : hex(one.payload)} ${hex(one.hash)}`,
      ),
    ),
    record_ids: [...tables.recordIds].map(([rid, digest]) => `${rid} ${digest}`),
    detections: tables.detections.map((row) => `${row.id} ${row.pass} ${row.plate} ${row.model} ${row.captured_at} ${row.received_at}`),
    detection_revisions: tables.revisions.map((row) => `${row.id} ${row.revises} ${row.plate} ${row.model} ${row.received_at}`),
    detection_proofs: [...tables.proofs.values()].map((one) => `${one.rid} ${one.logId} ${one.seq} ${one.via}`),
    projection_errors: [...tables.errors].map(([place, why]) => `${place} ${why}`),
    entry_ops: [...tables.feeds.feeds.values()].flatMap((feed) =>
      feed.ops.map((op) => `${feed.list} ${op.position} ${op.rid} ${op.effectiveHlc} ${hex(op.runningHash)} ${hex(op.checksum)}`),
    ),
  };
}

const MS = (column: string): string => `(extract(epoch from ${column}) * 1000)::int8`;
const HEX = (column: string): string => `encode(${column}, 'hex')`;
/** Each row as the one line that `simulatedRows` makes of it. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  collector_logs: [HEX("log_id"), "collector_id", "next", HEX("head"), "status", "class"],
  log_records: [HEX("log_id"), "seq", HEX("header"), HEX("payload"), HEX("hash")],
  record_ids: ["rid", HEX("content_digest")],
  detections: ["id", "pass", "plate", "model", MS("captured_at"), MS("received_at")],
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

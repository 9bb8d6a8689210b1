import type { OpenDb } from "../../central/db/open-db.ts";
import { startTestCentral } from "../../central/ingest/test-central.ts";
import { askProcess } from "./ask-process.ts";
import { type BatchRows, type Cut, insertBatches, readBatches } from "./bare-insert.ts";
import { type BenchFigures, type BenchOptions, benchTarget, percentile } from "./bench-result.ts";
import { openBenchServer } from "./bench-server.ts";
import type { LoadCommand, LoadReport } from "./ingest-load.ts";
import { registerEdges } from "./register-edges.ts";

/**
 * Detections a second, durably merged into PostgreSQL 17 over real WebSockets in batches of 50, beside the bare insert of the same rows;
 * and how long a batch waits for its ACK at 500 detections a second. Central and the edges are two processes, the database a third.
 */
export const FREE_DISK_MB = 6_000;

const BATCH = 50;
const CONNECTIONS = 4;
const POOL = CONNECTIONS + 6;
const FLOOD_ROWS = 360_000;
const SHORT_ROWS = 40_000;
/** 500 a second. */
const PACE_EVERY_MS = 100;
/** Batches that the reference holds in memory at once. */
const BARE_ROUND = 400;

export async function run(options: BenchOptions): Promise<BenchFigures> {
  const server = await openBenchServer();
  try {
    return await measure(options, await server.database("merged", POOL), await server.database("bare", POOL));
  } finally {
    await server.close();
  }
}

async function measure({ rows, short, progress }: BenchOptions, merged: OpenDb, bare: OpenDb): Promise<BenchFigures> {
  const floodBatches = Math.ceil((rows ?? (short ? SHORT_ROWS : FLOOD_ROWS)) / BATCH / CONNECTIONS);
  const paceBatches = Math.ceil((short ? 50 : 300) / CONNECTIONS);
  const central = await startTestCentral(merged);
  const load = askProcess<LoadCommand, LoadReport>(new URL("ingest-load.ts", import.meta.url));
  try {
    const collectors = await registerEdges(merged.db, CONNECTIONS);
    progress(`making ${(floodBatches + paceBatches) * CONNECTIONS * BATCH} signed detections`);
    const order = { url: central.url, collectors, batches: floodBatches + paceBatches, batchSize: BATCH };
    const prepared = await load.ask({ do: "prepare", order }, "prepared");
    progress("merging as fast as it goes");
    const flooded = await load.ask({ do: "flood", batches: floodBatches }, "flooded");
    const detections = flooded.batches * BATCH;
    const perSecond = (detections * 1000) / flooded.ms;
    progress(`${Math.round(perSecond)} a second; now 500 a second`);
    const paced = await load.ask({ do: "pace", batches: paceBatches * CONNECTIONS, everyMs: PACE_EVERY_MS }, "paced");
    const batchP99Ms = percentile(paced.latenciesMs, 0.99);
    await load.end();
    progress("inserting the same rows bare");
    const barePerSecond = await bareInsert(merged, bare, floodBatches, progress);
    const ratio = perSecond / barePerSecond;
    return {
      figures: { detectionsPerSecond: perSecond, bareInsertPerSecond: barePerSecond, ratioToBareInsert: ratio, batchP99Ms },
      targets: [
        benchTarget("of the bare insert of the same rows", ratio, ">=", 0.4),
        benchTarget("detections merged a second", perSecond, ">=", 5_000),
        benchTarget("ms until a batch of 50 is answered, p99 at 500 a second", batchP99Ms, "<=", 50),
      ],
      params: {
        detections,
        seconds: flooded.ms / 1000,
        batch: BATCH,
        connections: CONNECTIONS,
        bytesPerDetection: prepared.bytes / ((floodBatches + paceBatches) * CONNECTIONS * BATCH),
        pacedBatches: paced.latenciesMs.length,
        batchP50Ms: percentile(paced.latenciesMs, 0.5),
        batchP95Ms: percentile(paced.latenciesMs, 0.95),
        short,
      },
      reference: "the identical final rows of every table, same indexes, partitions, transactions and connections, by unnest, same server",
      samples: { merged: detections, paced: paced.latenciesMs.length },
    };
  } finally {
    await load.end();
    await central.stop();
  }
}

async function bareInsert(merged: OpenDb, bare: OpenDb, batchesPerLog: number, progress: (words: string) => void): Promise<number> {
  const cuts = await cutsOf(merged, batchesPerLog);
  await copyRegistry(merged, bare);
  const seen = new Set<string>();
  let ms = 0;
  let count = 0;
  for (let at = 0; at < cuts.length; at += BARE_ROUND) {
    const round: BatchRows[] = await readBatches(merged.db, cuts.slice(at, at + BARE_ROUND), seen);
    ms += await insertBatches(bare.db, round, CONNECTIONS);
    count += round.reduce((sum, batch) => sum + (batch.detections?.length ?? 0), 0);
    progress(`${count} detections bare, ${Math.round((count * 1000) / ms)} a second`);
  }
  return (count * 1000) / ms;
}

/** The APPENDs of the flood as their checkpoints show them, the logs in turn as they came. */
async function cutsOf(merged: OpenDb, batchesPerLog: number): Promise<Cut[]> {
  const rows = await merged.db
    .selectFrom("log_checkpoints as c")
    .innerJoin("collector_logs as l", "l.log_id", "c.log_id")
    .innerJoin("api_keys as k", "k.collector_id", "l.collector_id")
    .select(["c.log_id", "c.next"])
    .orderBy("c.next")
    .orderBy("c.log_id")
    .limit(batchesPerLog * CONNECTIONS)
    .execute();
  const before = new Map<string, number>();
  return rows.map((row) => {
    const key = Buffer.from(row.log_id).toString("hex");
    const from = before.get(key) ?? 0;
    before.set(key, Number(row.next));
    return { logId: row.log_id, from, to: Number(row.next) };
  });
}

/** Tables whose rows do not come with a batch. */
async function copyRegistry(merged: OpenDb, bare: OpenDb): Promise<void> {
  for (const table of ["sites", "collectors"] as const) {
    const rows = await merged.db.selectFrom(table).selectAll().execute();
    const known = await bare.db.selectFrom(table).select("id").execute();
    const missing = rows.filter((row) => !known.some((one) => one.id === row.id));
    if (missing.length > 0)
      await bare.db
        .insertInto(table)
        .values(missing as never)
        .execute();
  }
}

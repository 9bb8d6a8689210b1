import { askProcess } from "./ask-process.ts";
import { type BenchWorld, withBenchCentral } from "./bench-central.ts";
import { type BenchFigures, type BenchOptions, benchTarget, percentile } from "./bench-result.ts";
import type { LoadCommand, LoadReport } from "./ingest-load.ts";
import { registerEdges } from "./register-edges.ts";

/**
 * One edge floods (a broken camera, a stolen key): how long the others wait for the ACK of each detection, before it, while it sends a
 * hundred times what one of them does, and while it sends as fast as its credit lets. Nothing may be refused for good: all that was sent
 * is at central once.
 */
export const FREE_DISK_MB = 3_000;

const OTHERS = 20;
/** 200 detections a minute at each of the others: its busiest minutes. */
const EVERY_MS = 300 / OTHERS;
const TIMES = 100;
const FLOOD_BATCH = 50;
/** Of the others: once to warm up, alone, and beside each of the two floods. */
const PHASES = 4;
const PHASE_MS = 30_000;
const SHORT_PHASE_MS = 4_000;
const FASTEST_ROWS = 150_000;
const SHORT_FASTEST_ROWS = 10_000;

export const run = (options: BenchOptions): Promise<BenchFigures> => withBenchCentral("flood", (world) => measure(options, world));

async function measure({ rows, short, progress }: BenchOptions, world: BenchWorld): Promise<BenchFigures> {
  const phaseMs = short ? SHORT_PHASE_MS : PHASE_MS;
  // Whole rounds: each of the others sends as many.
  const phaseBatches = Math.round(phaseMs / EVERY_MS / OTHERS) * OTHERS;
  const times = Math.round((phaseMs / 300) * (TIMES / FLOOD_BATCH));
  const fastest = Math.ceil((rows ?? (short ? SHORT_FASTEST_ROWS : FASTEST_ROWS)) / FLOOD_BATCH);
  const others = askProcess<LoadCommand, LoadReport>(new URL("ingest-load.ts", import.meta.url));
  const flooder = askProcess<LoadCommand, LoadReport>(new URL("ingest-load.ts", import.meta.url));
  try {
    progress("making signed detections");
    const each = (phaseBatches * PHASES) / OTHERS;
    await others.ask({ do: "prepare", order: await orderOf(world, OTHERS, each, 1) }, "prepared");
    await flooder.ask({ do: "prepare", order: await orderOf(world, 1, times + fastest, FLOOD_BATCH) }, "prepared");
    const pace = async () => (await others.ask({ do: "pace", batches: phaseBatches, everyMs: EVERY_MS }, "paced")).latenciesMs;
    await pace();
    const alone = await pace();
    progress(`alone: p95 ${percentile(alone, 0.95).toFixed(1)} ms; now one sends ${TIMES} times as much`);
    const everyMs = phaseMs / times;
    const [beside] = await Promise.all([pace(), flooder.ask({ do: "pace", batches: times, everyMs }, "paced")]);
    progress(`beside it: p95 ${percentile(beside, 0.95).toFixed(1)} ms; now as fast as its credit lets`);
    const [under, flooded] = await Promise.all([pace(), flooder.ask({ do: "flood", batches: fastest }, "flooded")]);
    const floodPerSecond = (flooded.batches * FLOOD_BATCH * 1_000) / flooded.ms;
    progress(`beside ${Math.round(floodPerSecond)} a second: p95 ${percentile(under, 0.95).toFixed(1)} ms`);
    const stored = await storedOf(world);
    const sent = phaseBatches * PHASES + (times + fastest) * FLOOD_BATCH;
    const p95 = (samples: readonly number[]) => percentile(samples, 0.95);
    return {
      figures: {
        aloneP95Ms: p95(alone),
        besideHundredfoldP95Ms: p95(beside),
        besideFastestP95Ms: p95(under),
        fastestPerSecond: floodPerSecond,
        fastestSeconds: flooded.ms / 1_000,
      },
      targets: [
        benchTarget("p95 of the others' ACKs beside a hundredfold sender, of what it is alone", p95(beside) / p95(alone), "<=", 1.5),
        benchTarget("ms p95 of the others' ACKs beside one that sends as fast as it can", p95(under), "<=", 250),
        benchTarget("detections at central, of those sent", stored.detections - sent, "==", 0),
        benchTarget("detections that stand there twice", stored.detections - stored.distinct, "==", 0),
      ],
      params: { others: OTHERS, perMinuteEach: 200, times: TIMES, phaseSeconds: phaseMs / 1_000, detections: sent, short },
      reference: "the same others at the same central in the same run, before anybody flooded",
      samples: { alone: alone.length, beside: beside.length, under: under.length },
    };
  } finally {
    await Promise.all([others.end(), flooder.end()]);
  }
}

const orderOf = async ({ database, central }: BenchWorld, count: number, batches: number, batchSize: number) => {
  return { url: central.url, collectors: await registerEdges(database.db, count), batches, batchSize };
};

async function storedOf({ database }: BenchWorld): Promise<{ readonly detections: number; readonly distinct: number }> {
  const { db } = database;
  const found = await db
    .selectFrom("detections")
    .select((e) => [e.fn.countAll().as("all"), e.fn.count("id").distinct().as("rids")])
    .executeTakeFirstOrThrow();
  return { detections: Number(found.all), distinct: Number(found.rids) };
}

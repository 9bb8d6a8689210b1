import { setTimeout as delay } from "node:timers/promises";
import type { Db } from "../../central/db/open-db.ts";
import { askProcess } from "./ask-process.ts";
import { type BenchCentral, type BenchWorld, withBenchCentral } from "./bench-central.ts";
import { type BenchFigures, type BenchOptions, benchTarget, percentile } from "./bench-result.ts";
import type { HerdCommand, HerdReport } from "./herd-edges.ts";
import { registerEdges } from "./register-edges.ts";

/**
 * Central was away for a day: 50 edges come back at once, each with the 24 hours of two busy cameras. How long until all of it is merged,
 * and how long somebody who looks at the dashboard waits for a page meanwhile.
 */
export const FREE_DISK_MB = 3_000;

const EDGES = 50;
const SHORT_EDGES = 10;
/** Two cameras that see 3,600 cars a day each. */
const RECORDS = 7_200;
const SHORT_RECORDS = 200;
const DRAIN_MAX_MS = 30 * 60_000;
const LOOK_EVERY_MS = 200;
/** What the dashboard's first pages ask for. */
const PAGES = ["/api/v1/detections?limit=50", "/api/v1/alerts?limit=50", "/api/v1/sites"];

export const run = (options: BenchOptions): Promise<BenchFigures> => withBenchCentral("outage", (world) => measure(options, world));

async function measure({ rows, short, progress }: BenchOptions, { database, central }: BenchWorld): Promise<BenchFigures> {
  const edges = short ? SHORT_EDGES : EDGES;
  const records = rows === undefined ? (short ? SHORT_RECORDS : RECORDS) : Math.ceil(rows / edges);
  const herd = askProcess<HerdCommand, HerdReport>(new URL("herd-edges.ts", import.meta.url));
  try {
    const collectors = await registerEdges(database.db, edges);
    progress(`making ${edges * records} signed detections`);
    await herd.ask({ do: "prepare", collectors, records }, "prepared");
    const alone = await lookWhile(central, delay(short ? 2_000 : 10_000));
    progress(`pages without load: p95 ${percentile(alone, 0.95).toFixed(0)} ms; now all ${edges} come back`);
    const draining = herd.ask({ do: "connect", url: central.url, timeoutMs: DRAIN_MAX_MS }, "connected");
    const pages = await lookWhile(central, draining);
    const found = await draining;
    const seconds = Math.max(...found.quietMs) / 1_000;
    const stored = await detectionsOf(database.db);
    progress(`drained in ${seconds.toFixed(1)} s; pages p95 ${percentile(pages, 0.95).toFixed(0)} ms`);
    return {
      figures: {
        drainedSeconds: seconds,
        detectionsPerSecond: (edges * records) / seconds,
        pageP50Ms: percentile(pages, 0.5),
        pageP95Ms: percentile(pages, 0.95),
        pageAloneP95Ms: percentile(alone, 0.95),
      },
      targets: [
        benchTarget("edges whose records were all acknowledged", found.quietMs.length, "==", edges),
        benchTarget("detections at central, each once", stored, "==", edges * records),
        benchTarget("seconds until a day of all sites was merged", seconds, "<=", 7_200),
        benchTarget("ms until a page of the dashboard meanwhile, p95", percentile(pages, 0.95), "<=", 1_000),
      ],
      params: { edges, recordsEach: records, pages: PAGES, short },
      reference: "the same pages at the same central before the edges came",
      samples: { pages: pages.length, pagesAlone: alone.length },
    };
  } finally {
    await herd.end();
  }
}

/** How long each page took, one after another, until the work is done. A page that is refused ends the bench. */
async function lookWhile({ client }: BenchCentral, work: Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  for (let at = 0; !isDone; at++) {
    const fromMs = performance.now();
    await client.get(PAGES[at % PAGES.length]!);
    took.push(performance.now() - fromMs);
    await Promise.race([delay(LOOK_EVERY_MS), done]);
  }
  return took;
}

/** Every row: one that came twice would stand there twice. */
async function detectionsOf(db: Db): Promise<number> {
  const { n } = await db
    .selectFrom("detections")
    .select((e) => e.fn.countAll().as("n"))
    .executeTakeFirstOrThrow();
  return Number(n);
}

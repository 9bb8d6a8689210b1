import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { SiteDetectionsAnswer } from "../../shared/api/site-api.ts";
import { applyOp } from "../../shared/crdt/apply-op.ts";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import type { ListId } from "../../shared/model/ids.ts";
import { bundleProgram } from "../build/bundle-program.ts";
import { startChild } from "../demo/child.ts";
import { freePort } from "../demo/free-port.ts";
import { waitFor } from "../demo/wait.ts";
import { rssMb } from "./bench-central.ts";
import { type BenchFigures, type BenchOptions, benchTarget, percentile } from "./bench-result.ts";
import { type BenchEdge, buildEdge, COLLECTOR, makeBenchHome, pushUrlOf, recordedMessage, startBenchEdge } from "./edge-site.ts";
import { fillHome, listOps } from "./fill-home.ts";
import { ANY_API_KEY, openSnapshotCentral } from "./snapshot-central.ts";

/**
 * A site after a week of a busy road: two million records in the store, 100,000 watched plates in memory. What the edge's program holds
 * resident, how long it takes to start, and how fast its page answers; beside the same program on the same home before it was filled.
 */
export const FREE_DISK_MB = 6_000;

const ROOT = join(import.meta.dirname, "../..");
const EMPTY_PROCESS = fileURLToPath(new URL("./empty-process.ts", import.meta.url));
const PER_MINUTE = 200;
const RECORDS = 7 * 24 * 60 * PER_MINUTE;
const SHORT_RECORDS = 50_000;
const ENTRIES = 100_000;
const SHORT_ENTRIES = 10_000;
const SETTLE_MS = 10_000;
const SHORT_SETTLE_MS = 3_000;
const CARS = 200;
const ASKS = 200;
const SHORT_ASKS = 40;

export async function run({ rows, short, progress }: BenchOptions): Promise<BenchFigures> {
  const records = rows ?? (short ? SHORT_RECORDS : RECORDS);
  const entries = short ? SHORT_ENTRIES : ENTRIES;
  const listen = `127.0.0.1:${await freePort()}`;
  const centralPort = await freePort();
  const home = await makeBenchHome(listen, { url: `http://127.0.0.1:${centralPort}`, apiKey: ANY_API_KEY });
  const asks = short ? SHORT_ASKS : ASKS;
  const settleMs = short ? SHORT_SETTLE_MS : SETTLE_MS;
  try {
    progress("Node alone, and the program on an empty home");
    const nodeMb = await nodeFloor(settleMs);
    const empty = await measure(home, listen, settleMs, asks);
    progress(`filling the home with ${records} records and ${entries} entries`);
    const filled = await fillHome({ home, collector: COLLECTOR, camera: empty.camera, records, perMinute: PER_MINUTE, entries, progress });
    const storeMb = Math.round(statSync(join(home, "data/events.db")).size / 1024 ** 2);
    progress(`filled in ${Math.round((filled.recordsMs + filled.entriesMs) / 1_000)} s; the program on it`);
    const central = await openSnapshotCentral(centralPort, filled.list);
    const next = snapshotOf(filled.list, entries);
    const full = await measure(home, listen, settleMs, asks, async () => {
      progress(`the whole list anew, ${Math.round(next.length / 1024 ** 2)} MB`);
      await central.give(filled.list, entries + 1, next);
    }).finally(central.close);
    return {
      figures: {
        rssMb: full.rssMb,
        records: filled.stored,
        entries: full.entries,
        rssAfterCarsMb: full.rssAfterCarsMb,
        peakInSwapMb: full.peakInSwapMb,
        rssAfterSwapMb: full.rssAfterSwapMb,
        startSeconds: full.startMs / 1_000,
        pages: full.pages,
        storeMb,
      },
      targets: [
        benchTarget("records in the store", filled.stored, "==", records),
        benchTarget("entries that it watches", full.entries, ">=", entries),
        benchTarget("MB resident", full.rssMb, "<=", 150),
        benchTarget(`MB resident after ${CARS} more cars`, full.rssAfterCarsMb, "<=", 150),
        benchTarget("MB resident at most while the whole list is swapped", full.peakInSwapMb, "<=", full.rssAfterCarsMb + 50),
        benchTarget("seconds until the page answers", full.startMs / 1_000, "<=", 30),
        benchTarget("ms that the site's pages take, p99", full.pageP99Ms, "<=", 250),
      ],
      params: { records, entries, perMinute: PER_MINUTE, fillSeconds: (filled.recordsMs + filled.entriesMs) / 1_000, cars: CARS, short },
      reference: { home: "the same, before it was filled", ...empty, nodeAloneMb: nodeMb },
      samples: { asksOfEachPage: asks, cars: CARS },
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Node with the same flags, native packages and number of threads, and nothing of ours. */
async function nodeFloor(settleMs: number): Promise<number> {
  const { nodeOptions, env } = await buildEdge();
  const outDir = join(ROOT, "dist");
  // Built as the edge is: Node's own stripping of types would be counted as well.
  await bundleProgram({ root: ROOT, entry: relative(ROOT, EMPTY_PROCESS), outDir, outName: "bench-empty" });
  const child = startChild({ name: "node", script: join(outDir, "bench-empty.js"), nodeOptions, env });
  try {
    await delay(settleMs);
    if (child.process.exitCode !== null) throw new Error(`Node alone ended: ${child.tail()}`);
    return rssMb(child.process.pid!);
  } finally {
    await child.stop();
  }
}

/** What the site's page asks for, by a name: the newest, far back, one of each, and the lists. */
async function pagesOf({ client }: BenchEdge): Promise<readonly (readonly [name: string, path: string])[]> {
  const { detections, next_cursor: next } = await client.get<SiteDetectionsAnswer>("/api/detections?limit=50");
  const middle = next === null ? "" : `&cursor=${Math.ceil(Number(next) / 2)}`;
  const { watchlists } = await client.get<{ watchlists: { id: string; entries: number }[] }>("/api/watchlists");
  const largest = [...watchlists].sort((a, b) => b.entries - a.entries)[0];
  return [
    ["newest detections", "/api/detections?limit=50"],
    ["detections of days ago", `/api/detections?limit=50${middle}`],
    ...detections.slice(0, 1).map(({ id }) => ["one detection", `/api/detections/${id}`] as const),
    ["alerts", "/api/alerts?limit=50"],
    ["status", "/api/status"],
    ["cameras", "/api/cameras"],
    ["watchlists", "/api/watchlists"],
    ...(largest === undefined ? [] : [["entries of the largest list", `/api/watchlists/${largest.id}/entries?limit=50`] as const]),
  ];
}

async function measure(home: string, listen: string, settleMs: number, asks: number, swap: () => Promise<void> = async () => {}) {
  const edge = await startBenchEdge(home, listen);
  try {
    await delay(settleMs);
    const restMb = rssMb(edge.child.process.pid!);
    const pages = await pagesOf(edge);
    const waits = new Map<string, number[]>(pages.map(([name]) => [name, []]));
    for (let ask = 0; ask < asks; ask++) for (const [name, path] of pages) waits.get(name)!.push(await timed(() => edge.client.get(path)));
    const { cameras } = await edge.client.get<{ cameras: { id: string }[] }>("/api/cameras");
    const { watchlists } = await edge.client.get<{ watchlists: { entries: number }[] }>("/api/watchlists");
    await pushCars(edge);
    const pid = edge.child.process.pid!;
    const rssAfterCarsMb = rssMb(pid);
    forgetPeak(pid);
    await swap();
    return {
      peakInSwapMb: peakMb(pid),
      rssAfterSwapMb: rssMb(pid),
      camera: cameras[0]!.id,
      startMs: edge.startMs,
      rssMb: restMb,
      rssAfterCarsMb,
      pageP99Ms: percentile([...waits.values()].flat(), 0.99),
      pages: Object.fromEntries([...waits].map(([name, ms]) => [name, { p50Ms: percentile(ms, 0.5), p99Ms: percentile(ms, 0.99) }])),
      entries: watchlists.reduce((sum, list) => sum + list.entries, 0),
    };
  } finally {
    await edge.child.stop();
  }
}

/** The list as central would send it whole, every entry another one. */
function snapshotOf(list: ListId, entries: number): Uint8Array {
  const state = emptyListState(list);
  for (const op of listOps(list, entries, Date.now())) applyOp(state, op);
  return encodeSnapshot(state);
}

/** Linux: the most that was resident since it was last asked to forget. */
const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, "5");
function peakMb(pid: number): number {
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024);
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const fromMs = performance.now();
  await ask();
  return performance.now() - fromMs;
}

async function pushCars(edge: BenchEdge): Promise<void> {
  const url = await pushUrlOf(edge.client);
  const message = recordedMessage();
  const run = Date.now().toString(36).toUpperCase();
  for (let car = 0; car < CARS; car++) {
    const body = message(`K${String(car).padStart(6, "0")}`, `${run}-${car}`);
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/xml" }, body });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`the edge answered a car with ${answer.status}`);
  }
  await waitFor("the cars", 60_000, async () => ((await storedSinceStart(edge)) >= CARS ? true : undefined));
}

async function storedSinceStart({ client }: BenchEdge): Promise<number> {
  const text = new TextDecoder().decode(await client.bytes("/metrics"));
  return Number(/^chaverim_edge_detections_stored (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { OpenDb } from "../../central/db/open-db.ts";
import type { LiveMessage } from "../../shared/api/central-api.ts";
import { type LiveListener, listenLive } from "../demo/live-listener.ts";
import { openUplinkRelay } from "../demo/uplink-relay.ts";
import { type AlertStages, alertStages } from "./alert-stages.ts";
import { askProcess } from "./ask-process.ts";
import { type BenchCentral, type BenchWorld, withBenchCentral } from "./bench-central.ts";
import { type BenchFigures, type BenchOptions, benchTarget, percentile } from "./bench-result.ts";
import type { CatchupCommand, CatchupReport, RaisedAlert } from "./catchup-sender.ts";
import type { LoadCommand, LoadReport } from "./ingest-load.ts";
import { type RegisteredEdge, registerEdges } from "./register-edges.ts";
import { walBetween, walCounts } from "./wal-counts.ts";

/**
 * A million detections that waited on one edge are drained over the real WebSocket, beside the rate of `ingest` at the same central in the
 * same run, while a fresh alert each second must reach the dashboard's WebSocket within a second. Then the same over a line of 256 kbit/s
 * and 300 ms, with pictures on it: within three seconds; and with a sender that sends in order of birth, which must miss that.
 */
export const FREE_DISK_MB = 8_000;

const ROWS = 1_000_000;
const SHORT_ROWS = 20_000;
const INGEST_ROWS = 100_000;
const SHORT_INGEST_ROWS = 10_000;
const BATCH = 50;
const CONNECTIONS = 4;
const DRAIN_MAX_MS = 30 * 60_000;
/** 256 kbit/s, and half of 300 ms each way. */
const SLOW = { kind: "slow", bytesPerSecond: 32_000, latencyMs: 150 } as const;
const SLOW_ROWS = 60_000;
const SLOW_PICTURES = 60;
const SLOW_MS = 90_000;
const SHORT_SLOW_MS = 15_000;
const SLOWEST_SHOWN = 5;
const LAST_ALERTS_MS = 1_500;

export const run = (options: BenchOptions): Promise<BenchFigures> => withBenchCentral("catchup", (world) => measure(options, world));

async function measure(options: BenchOptions, world: BenchWorld): Promise<BenchFigures> {
  const { database, central } = world;
  const { short, progress } = options;
  const rows = options.rows ?? (short ? SHORT_ROWS : ROWS);
  const ingestRows = short ? SHORT_INGEST_ROWS : INGEST_ROWS;
  const before = await ingestRate(database, central, ingestRows, progress);
  progress(`ingest: ${Math.round(before)} a second; now ${rows} detections that wait on one edge`);
  const walBefore = await walCounts(database.db);
  const whole = await catchUp(world, { rows, pictures: 0, maxMs: DRAIN_MAX_MS, order: "priorities", line: "plain" }, progress);
  const wal = walBetween(walBefore, await walCounts(database.db));
  progress(`written ahead meanwhile: ${wal.walMb} MB, ${wal.wholePages} whole pages, ${wal.checkpoints} checkpoints`);
  // Once more: the tables have grown meanwhile, and the machine may have had other work.
  const after = await ingestRate(database, central, ingestRows, progress);
  const ingest = (2 * before * after) / (before + after);
  progress(`ingest after it: ${Math.round(after)} a second`);
  const slowMs = short ? SHORT_SLOW_MS : SLOW_MS;
  const slow = { rows: SLOW_ROWS, pictures: SLOW_PICTURES, maxMs: slowMs, line: "slow" } as const;
  const slowly = await catchUp(world, { ...slow, order: "priorities" }, progress);
  const unordered = await catchUp(world, { ...slow, order: "birth" }, progress);
  const ratio = whole.perSecond / ingest;
  return {
    figures: {
      detections: rows,
      detectionsPerSecond: whole.perSecond,
      ratioToIngest: ratio,
      writtenAhead: wal,
      freshAlertP50Ms: whole.alertP50Ms,
      freshAlertP99Ms: whole.alertP99Ms,
      freshAlertStages: whole.stages,
      slowLinkFreshAlertP99Ms: slowly.alertP99Ms,
      slowLinkFreshAlertP50Ms: slowly.alertP50Ms,
      slowLinkFreshAlertStages: slowly.stages,
      slowLinkDetectionsPerSecond: slowly.perSecond,
      slowLinkPicturesSent: slowly.picturesSent,
      withoutPrioritiesFreshAlertP99Ms: unordered.alertP99Ms,
    },
    targets: [
      benchTarget("detections of the backlog that are left", rows + 1 - whole.acknowledged, "==", 0),
      benchTarget("of the rate of ingest", ratio, ">=", 0.5),
      benchTarget("ms from an alert's record to the dashboard while the backlog drains, p99", whole.alertP99Ms, "<=", 1_000),
      benchTarget("the same over 256 kbit/s and 300 ms, ms p99", slowly.alertP99Ms, "<=", 3_000),
      benchTarget("detections drained meanwhile over that line", slowly.acknowledged, ">=", 100),
      benchTarget("the same without priorities, ms p99 (it must miss)", unordered.alertP99Ms, ">=", 3_001),
    ],
    params: {
      rows,
      ingestPerSecond: ingest,
      ingestBefore: before,
      ingestAfter: after,
      slowSeconds: slowMs / 1_000,
      slowLine: SLOW,
      connections: whole.connections,
      short,
    },
    reference:
      "ingest (4 connections, batches of 50) at the same central in the same run, before and after; a sender in order of birth on the same line",
    samples: { detections: rows, alerts: whole.alerts, slowAlerts: slowly.alerts, withoutPriorities: unordered.alerts },
  };
}

async function ingestRate(database: OpenDb, central: BenchCentral, rows: number, progress: BenchOptions["progress"]): Promise<number> {
  const load = askProcess<LoadCommand, LoadReport>(new URL("ingest-load.ts", import.meta.url));
  try {
    const collectors = await registerEdges(database.db, CONNECTIONS);
    const batches = Math.ceil(rows / BATCH / CONNECTIONS);
    progress(`making ${batches * BATCH * CONNECTIONS} signed detections for the rate of ingest`);
    await load.ask({ do: "prepare", order: { url: central.url, collectors, batches, batchSize: BATCH } }, "prepared");
    const flooded = await load.ask({ do: "flood", batches }, "flooded");
    return (flooded.batches * BATCH * 1_000) / flooded.ms;
  } finally {
    await load.end();
  }
}

interface Drain {
  readonly rows: number;
  readonly pictures: number;
  readonly maxMs: number;
  readonly order: "priorities" | "birth";
  readonly line: "plain" | "slow";
}

async function catchUp({ database, central, folder }: BenchWorld, drain: Drain, progress: BenchOptions["progress"]) {
  const [{ id: collectorId, apiKey }] = (await registerEdges(database.db, 1)) as [RegisteredEdge];
  const pictures = join(folder, collectorId);
  await mkdir(pictures);
  const relay = await openUplinkRelay({ target: { host: "127.0.0.1", port: Number(new URL(central.url).port) } });
  const sender = askProcess<CatchupCommand, CatchupReport>(new URL("catchup-sender.ts", import.meta.url));
  const live = await listenLive<LiveMessage>(`${central.url}/live`, central.client.headers());
  try {
    await sender.ask({ do: "prepare", collectorId, apiKey, rows: drain.rows, pictures: drain.pictures, folder: pictures }, "prepared");
    if (drain.line === "slow") await relay.setMode(SLOW);
    progress(`draining ${drain.rows} detections, ${drain.line} line, order of ${drain.order}`);
    const url = drain.line === "slow" ? relay.url : central.url;
    const done = await sender.ask({ do: "drain", url, apiKey, maxMs: drain.maxMs, order: drain.order }, "drained");
    await new Promise((resolve) => setTimeout(resolve, LAST_ALERTS_MS));
    const shownMs = whenShown(live);
    const waits = waitsOf(done.raised, shownMs);
    const stages = await alertStages(database.db, done.urgentLog, done.raised, shownMs);
    const perSecond = (done.acknowledged * 1_000) / done.ms;
    const p99 = percentile(waits, 0.99);
    progress(
      `${Math.round(perSecond)} a second, ${waits.length} alerts, p50 ${Math.round(percentile(waits, 0.5))} ms, p99 ${Math.round(p99)} ms`,
    );
    // In order of birth the alerts wait at the edge until the end.
    if (drain.order === "priorities") progress(`slowest: ${slowestWords(done.raised, waits)}`);
    if (drain.order === "priorities") progress(`stages p50/p99 ms: ${stageWords(stages)}`);
    return { ...done, perSecond, stages, alerts: waits.length, alertP50Ms: percentile(waits, 0.5), alertP99Ms: p99 };
  } finally {
    live.close();
    await sender.end();
    await relay.close();
  }
}

/** How long each alert was on its way; one that has not come by now has waited at least until now. */
function waitsOf(raised: readonly RaisedAlert[], shownMs: ReadonlyMap<string, number>): number[] {
  const nowMs = Date.now();
  return raised.map(({ alert, atMs }) => (shownMs.get(alert) ?? nowMs) - atMs);
}

/** The slowest few and when in the drain each was raised: a slow start is something else than a stall in the midst. */
function slowestWords(raised: readonly RaisedAlert[], waits: readonly number[]): string {
  const began = raised[0]?.atMs ?? 0;
  return raised
    .map(({ atMs }, at) => ({ ms: waits[at]!, second: (atMs - began) / 1_000 }))
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST_SHOWN)
    .map(({ ms, second }) => `${Math.round(ms)} ms at ${second.toFixed(0)} s`)
    .join(", ");
}

function whenShown(live: LiveListener<LiveMessage>): Map<string, number> {
  const shownMs = new Map<string, number>();
  for (const { atMs, message } of live.messages) {
    if (message.type !== "alert") continue;
    for (const finding of message.alert.alerts) if (!shownMs.has(finding.id)) shownMs.set(finding.id, atMs);
  }
  return shownMs;
}

const stageWords = (stages: AlertStages): string =>
  Object.entries(stages)
    .map(([name, { p50, p99 }]) => `${name} ${Math.round(p50)}/${Math.round(p99)}`)
    .join(", ");

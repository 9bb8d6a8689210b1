import { askProcess } from "./ask-process.ts";
import { startBenchCentral } from "./bench-central.ts";
import { type BenchFigures, type BenchOptions, benchTarget, percentile } from "./bench-result.ts";
import { type BenchServer, openBenchServer } from "./bench-server.ts";
import type { HerdCommand, HerdReport } from "./herd-edges.ts";
import { registerEdges } from "./register-edges.ts";

/**
 * A village whose power comes back: 1,000 edges connect to one central in the same moment, each with a few records. How long until all
 * are welcomed and acknowledged, and how long the last one waits; beside the same herd at a central that lets all in at once.
 */
export const FREE_DISK_MB = 2_000;

const EDGES = 1_000;
const SHORT_EDGES = 100;
const RECORDS = 5;
const TIMEOUT_MS = 180_000;
/** A central that does not spread: the most that its setting takes. */
const OPEN_DOOR = "10000";

export async function run({ rows, short, progress }: BenchOptions): Promise<BenchFigures> {
  const edges = rows ?? (short ? SHORT_EDGES : EDGES);
  const server = await openBenchServer();
  try {
    progress(`${edges} edges at a central that lets all in at once`);
    const open = await herdAt(server, "open_door", edges, { CHAVERIM_HELLOS_PER_SECOND: OPEN_DOOR });
    progress(`quiet after ${open.quietSeconds.toFixed(1)} s; now the same at a central as it is shipped`);
    const spread = await herdAt(server, "spread", edges, {});
    progress(`quiet after ${spread.quietSeconds.toFixed(1)} s, ${spread.laters} LATERs`);
    return {
      figures: { edges, ...spread, openDoor: open },
      targets: [
        benchTarget("edges welcomed", spread.welcomed, "==", edges),
        benchTarget("edges whose records were all acknowledged", spread.acknowledged, "==", edges),
        benchTarget("records at central, each once", spread.records, "==", edges * (RECORDS + 2)),
        benchTarget("seconds that the last one waits for its WELCOME", spread.worstWaitSeconds, "<=", 60),
      ],
      params: { edges, recordsEach: RECORDS, hellosPerSecond: "as shipped", short },
      reference: "the same herd at the same central with CHAVERIM_HELLOS_PER_SECOND=10000",
      samples: edges,
    };
  } finally {
    await server.close();
  }
}

async function herdAt(server: BenchServer, name: string, count: number, env: Readonly<Record<string, string>>) {
  const database = await server.database(name, 8);
  const collectors = await registerEdges(database.db, count);
  const central = await startBenchCentral(server.urlOf(name), server.folder, env);
  const herd = askProcess<HerdCommand, HerdReport>(new URL("herd-edges.ts", import.meta.url));
  let mostMb = central.rssMb();
  const idleMb = mostMb;
  const watch = setInterval(() => {
    mostMb = Math.max(mostMb, central.rssMb());
  }, 200);
  try {
    await herd.ask({ do: "prepare", collectors, records: RECORDS }, "prepared");
    const found = await herd.ask({ do: "connect", url: central.url, timeoutMs: TIMEOUT_MS }, "connected");
    const stored = await database.db
      .selectFrom("log_records")
      .innerJoin("collector_logs", "collector_logs.log_id", "log_records.log_id")
      .where(
        "collector_logs.collector_id",
        "in",
        collectors.map((one) => one.id),
      )
      .select((e) => e.fn.countAll().as("n"))
      .executeTakeFirstOrThrow();
    return {
      welcomed: found.welcomedMs.length,
      acknowledged: found.quietMs.length,
      records: Number(stored.n),
      quietSeconds: Math.max(...found.quietMs) / 1_000,
      quietP50Seconds: percentile(found.quietMs, 0.5) / 1_000,
      worstWaitSeconds: Math.max(...found.welcomedMs) / 1_000,
      laters: found.laters,
      centralRssMb: mostMb,
      centralIdleRssMb: idleMb,
    };
  } finally {
    clearInterval(watch);
    await herd.end();
    await central.child.stop();
  }
}

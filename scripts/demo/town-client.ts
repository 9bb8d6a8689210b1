/** The simulated town as a child process, and the questions the demo asks it. Types are the town's own words on its control address. */
import { type Child, startChild } from "./child.ts";
import { openClient } from "./http-client.ts";
import type { LedgerRow, LedgerSummary } from "./town/ledger.ts";

export interface TownCamera {
  readonly name: string;
  readonly site: string;
  readonly mode: "stream" | "push" | "poll";
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly channel: number;
  readonly facing: string;
}
export interface TownSite {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly timeZone: string;
}
export interface WatchedPlate {
  readonly plate: string;
  readonly reason: string;
}

export interface TownClient {
  readonly child: Child;
  readonly sites: readonly TownSite[];
  readonly cameras: readonly TownCamera[];
  readonly watched: readonly WatchedPlate[];
  readonly ledger: () => Promise<{ rows: LedgerRow[]; summary: LedgerSummary }>;
  readonly see: (camera: string, plate: string | null, said?: string) => Promise<LedgerRow>;
  readonly fault: (camera: string, kind: string) => Promise<unknown>;
  readonly watch: (plate: string, reason: string) => Promise<unknown>;
  readonly setPushTarget: (camera: string, url: string) => Promise<unknown>;
  readonly setPaused: (paused: boolean) => Promise<unknown>;
}

interface ReadyLine {
  readonly ready: true;
  readonly sites: TownSite[];
  readonly cameras: TownCamera[];
  readonly watched: WatchedPlate[];
  readonly control: string;
}

export async function startTown(config: object, logFile: string): Promise<TownClient> {
  let onReady: (line: ReadyLine) => void = () => {};
  const ready = new Promise<ReadyLine>((resolve) => (onReady = resolve));
  const child = startChild({
    name: "town",
    script: "scripts/demo/town/main.ts",
    args: [JSON.stringify(config)],
    logFile,
    onLine: (line) => {
      if (line.startsWith('{"ready"')) onReady(JSON.parse(line) as ReadyLine);
    },
  });
  const line = await Promise.race([ready, child.ended.then(() => Promise.reject(new Error(`the town did not start:\n${child.tail()}`)))]);
  const client = openClient(line.control);
  return {
    child,
    sites: line.sites,
    cameras: line.cameras,
    watched: line.watched,
    ledger: async () => {
      const rows: LedgerRow[] = [];
      for (;;) {
        const page = await client.get<{ rows: LedgerRow[]; summary: LedgerSummary }>(`/ledger?after=${rows.at(-1)?.row ?? 0}`);
        rows.push(...page.rows);
        if (page.rows.length === 0 || rows.length >= page.summary.rows) return { rows, summary: page.summary };
      }
    },
    see: (camera, plate, said) => client.send("POST", "/see", { camera, plate, ...(said === undefined ? {} : { said }) }),
    fault: (camera, kind) => client.send("POST", "/fault", { camera, kind }),
    watch: (plate, reason) => client.send("POST", "/watch", { plate, reason }),
    setPushTarget: (camera, url) => client.send("POST", "/push-target", { camera, url }),
    setPaused: (paused) => client.send("POST", paused ? "/pause" : "/resume"),
  };
}

/**
 * The town as a process: `node --import tsx scripts/demo/town/main.ts '{"seed":"maple"}'`, or `-` to read the same JSON
 * as the first line of stdin. Prints one JSON line when every camera listens. SIGTERM, SIGINT and POST /stop end it; so
 * does the end of stdin when the configuration came that way, so that no town outlives the program that started it.
 */
import { setTimeout as sleepMs } from "node:timers/promises";
import { describeCamera, openControlServer } from "./control-server.ts";
import { openTown } from "./town.ts";
import { parseTownConfig, SITES } from "./town-config.ts";

async function firstLine(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  return new Promise((resolve) => {
    const take = (chunk: string): void => {
      text += chunk;
      if (!text.includes("\n")) return;
      process.stdin.off("data", take);
      resolve(text.slice(0, text.indexOf("\n")));
    };
    process.stdin.on("data", take);
    process.stdin.once("end", () => resolve(text));
  });
}

const fromStdin = process.argv[2] === "-";
const config = parseTownConfig(fromStdin ? await firstLine() : (process.argv[2] ?? "{}"));
if ("kind" in config) {
  process.stderr.write(`town: ${config.message}\n`);
  process.exit(2);
}
const stop = new AbortController();
const town = await openTown(config, {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => sleepMs(ms, undefined, { signal }).catch(() => undefined),
});
const control = await openControlServer(town, config.controlPort, () => stop.abort());
process.on("SIGTERM", () => stop.abort());
process.on("SIGINT", () => stop.abort());
if (fromStdin) {
  process.stdin.on("end", () => stop.abort());
  process.stdin.on("error", () => stop.abort());
  process.stdin.resume();
}
const sites = SITES.filter((site) => config.sites.length === 0 || config.sites.includes(site.name)).map(
  ({ name, latitude, longitude, zone }) => ({ name, latitude, longitude, timeZone: zone }),
);
process.stdout.write(
  `${JSON.stringify({ ready: true, seed: config.seed, sites, cameras: town.works.map(describeCamera), watched: town.watched(), control: control.url })}\n`,
);
await town.run(stop.signal);
await control.close();
await town.close();
process.stdin.destroy();

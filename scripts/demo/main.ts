/** `npm run demo`: central, two edges, six simulated cameras and both pages on this machine. See --help. */

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildPages } from "../build/ui-build.ts";
import { runCheck, type Until } from "./check/run-check.ts";
import { SABOTAGES } from "./check/sabotage.ts";
import { putWatchedPlates } from "./watched-plates.ts";
import { ADMIN, openWorld, PERSON, type World } from "./world.ts";

const HELP = `npm run demo                          central, two edges and a simulated town; Ctrl-C ends it and leaves nothing behind
npm run demo -- --minutes N           ends by itself
npm run demo -- --uplink-down S       cuts the first site's uplink for S seconds, half a minute after the start
npm run demo -- --rate N              detections a minute over the whole town (30)
npm run demo -- --check               the same without a person: one JSON line a step, exit 1 when something is wrong
npm run demo -- --check --until edge|sync|pages|all
npm run demo -- --check --sabotage ${SABOTAGES.join("|")}    must fail and name the fault
npm run demo -- --keep                keep the folder with logs and databases`;
const UNTIL = ["edge", "sync", "pages", "all"];
const CUT_AFTER_MS = 30_000;

const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    until: { type: "string", default: "all" },
    sabotage: { type: "string" },
    minutes: { type: "string" },
    "uplink-down": { type: "string" },
    rate: { type: "string", default: "30" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const say = (words: string): void => console.error(words);
if (values.help) console.log(HELP);
else process.exitCode = await (values.check ? check() : show());

async function check(): Promise<number> {
  const sabotage = SABOTAGES.find((one) => one === values.sabotage) ?? null;
  if (!UNTIL.includes(values.until) || (values.sabotage !== undefined && sabotage === null)) {
    console.error(HELP);
    return 2;
  }
  return runCheck({ until: values.until as Until, sabotage, print: (line) => console.log(line), say, keep: values.keep });
}

async function show(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  say("building the pages");
  await buildPages();
  const world = await openWorld({ town: { seed: "maple", perMinute: Number(values.rate) || 30 }, say, keep: values.keep });
  try {
    await putWatchedPlates(world);
    printAddresses(world);
    const seconds = Number(values["uplink-down"] ?? 0);
    if (seconds > 0) void cutUplink(world, seconds, stop.signal);
    await rest(values.minutes === undefined ? 2 ** 31 - 1 : Number(values.minutes) * 60_000, stop.signal);
    return 0;
  } finally {
    say("stopping");
    await world.close();
    if (values.keep) say(`kept: ${world.dir}`);
  }
}

function printAddresses(world: World): void {
  console.log(`
  Dashboard         ${world.central.url}
                    ${ADMIN.email} / ${ADMIN.password}`);
  for (const { site, url } of world.sites)
    console.log(`  ${site.name.padEnd(17)} ${url}\n                    ${PERSON.name} / PIN ${PERSON.pin}`);
  console.log("\n  Ctrl-C ends everything.\n");
}

async function cutUplink(world: World, seconds: number, signal: AbortSignal): Promise<void> {
  const { relay, site } = world.sites[0]!;
  await rest(CUT_AFTER_MS, signal);
  await relay.setMode({ kind: "refuse" });
  say(`uplink of ${site.name} cut for ${seconds} s: its page goes on`);
  await rest(seconds * 1_000, signal);
  await relay.setMode({ kind: "up" });
  say(`uplink of ${site.name} is back`);
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(ms, 2 ** 31 - 1), undefined, { signal }).catch(() => {});
}

/** `npm run demo -- --check`: the whole way from a camera's bytes to both pages, without a person, in under 90 s. */
import { buildPages } from "../../build/ui-build.ts";
import { openWorld, type World } from "../world.ts";
import { checkEdge } from "./check-edge.ts";
import { checkPages } from "./check-pages.ts";
import { checkLedger, checkSync } from "./check-sync.ts";
import { nameFault, type Sabotage, saboteur } from "./sabotage.ts";
import { openSteps } from "./steps.ts";

export type Until = "edge" | "sync" | "pages" | "all";

export interface CheckOptions {
  readonly until: Until;
  readonly sabotage: Sabotage | null;
  readonly print: (line: string) => void;
  readonly say: (words: string) => void;
  readonly keep: boolean;
}

/** Seeded traffic beside the proof itself, so that counts are more than one. */
const TOWN = { seed: "check", perMinute: 40, heartbeatMs: 2_000 };
/** A sabotaged run must only fail: one site, whose cameras all answer at once, is enough and quicker. */
const SMALL = { town: { ...TOWN, sites: ["Main & Maple"] }, expected: { sites: 1, cameras: 3 } };
const WHOLE = { town: TOWN, expected: { sites: 2, cameras: 6 } };

/** One camera of the town keeps its stream silent: the edge gives it 40 s before it tries the other way to subscribe. */
const QUIET_WITHIN_MS = 60_000;
const SABOTAGE_QUIET_MS = 12_000;

/** Resolves with the exit code. */
export async function runCheck(options: CheckOptions): Promise<number> {
  const startedMs = performance.now();
  const steps = openSteps(options.print);
  await buildPages();
  let world: World | null = null;
  try {
    const { town, expected } = options.sabotage === null ? WHOLE : SMALL;
    world =
      (await steps.step("world-starts", expected, async () => {
        const opened = await openWorld({ town, say: options.say, keep: options.keep });
        const observed = { sites: opened.sites.length, cameras: opened.town.cameras.length };
        return { ok: observed.sites === expected.sites && observed.cameras === expected.cameras, observed, value: opened };
      })) ?? null;
    const verdict = world === null ? null : await checkWorld(world, steps, options);
    const ok = steps.results.every((result) => result.ok);
    options.print(
      JSON.stringify({
        ok,
        steps: steps.results.length,
        ...verdict,
        ...(ok ? {} : { fault: nameFault(steps.results) ?? "unknown" }),
        seconds: Math.round((performance.now() - startedMs) / 100) / 10,
      }),
    );
    return ok ? 0 : 1;
  } finally {
    await world?.close();
  }
}

async function checkWorld(world: World, steps: ReturnType<typeof openSteps>, options: CheckOptions) {
  const proof = await checkEdge(
    world,
    steps,
    saboteur(() => world, options.sabotage),
  );
  if (proof === undefined || options.until === "edge") return { duringCut: proof?.alertsDuringCut ?? 0 };
  await checkSync(world, steps, proof);
  if (options.until !== "sync") await checkPages(world, steps, proof);
  const counts = await checkLedger(world, steps, options.sabotage === null ? QUIET_WITHIN_MS : SABOTAGE_QUIET_MS);
  return {
    detections: counts.detections,
    alerts: { ...counts.alerts, duringCut: proof.alertsDuringCut },
    lost: counts.central.lost.length,
    doubled: counts.central.doubled.length + counts.central.unexplained.length,
  };
}

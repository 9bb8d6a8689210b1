/** The town: cameras at their posts, traffic after the plan, one ledger. */
import { type CameraWork, openCameraWork } from "./camera-work.ts";
import { openHikvisionCamera } from "./hikvision-camera.ts";
import { type Ledger, type LedgerRow, openLedger } from "./ledger.ts";
import { openPictureRenderer } from "./pictures/render-plate-picture.ts";
import type { WatchedPlate } from "./plates.ts";
import { type PlannedRead, planTown, type RoutePlan } from "./routes.ts";
import { seededRandom } from "./seeded-random.ts";
import type { Sighting } from "./sighting.ts";
import { cameraSettings, type TownConfig } from "./town-config.ts";
import { type Fleet, makeFleet } from "./vehicles.ts";

/** The world's clock, given in so that a test can run an hour in a second. */
export interface TownClock {
  nowMs(): number;
  /** Resolves after the time or when the signal aborts, whichever is first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Town {
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly works: readonly CameraWork[];
  watched(): readonly WatchedPlate[];
  watch(entry: WatchedPlate): void;
  /** A vehicle passes a camera now, outside the plan. */
  see(camera: string, sighting: Omit<Sighting, "atMs" | "pass"> & { pass?: number }): Promise<LedgerRow> | null;
  setPaused(paused: boolean): void;
  setRate(perMinute: number): void;
  /** Runs the traffic until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Passes made by hand are numbered from here, so that they never shift the plan's own. */
const FIRST_PASS_BY_HAND = 1_000_000;
const PAUSE_LOOK_MS = 50;
const SLEEP_MOST_MS = 500;

/** Opens the cameras; traffic begins with `run`. */
export async function openTown(config: TownConfig, clock: TownClock): Promise<Town> {
  const root = seededRandom(config.seed);
  const fleet = makeFleet(root.fork("fleet"));
  const watched: WatchedPlate[] = [...fleet.watched];
  const ledger = openLedger();
  const renderer = openPictureRenderer();
  const nowMs = (): number => clock.nowMs();
  const works: CameraWork[] = [];
  for (const settings of cameraSettings(config)) {
    const camera = await openHikvisionCamera(settings, works.length + 1, root.fork(`camera/${settings.name}`), nowMs);
    const target = config.pushTargets[settings.name];
    if (target !== undefined) camera.setPushTarget(new URL(target));
    works.push(openCameraWork(camera, { seed: config.seed, renderer, ledger, watched: () => watched, light: config.light, nowMs }));
  }
  const plan: RoutePlan & { perMinute: number } = {
    fleet,
    perMinute: config.perMinute,
    malformedChance: config.malformedChance,
    duplicateChance: config.duplicateChance,
  };
  let paused = config.paused;
  let passesByHand = FIRST_PASS_BY_HAND;
  const workOf = (camera: string): CameraWork | undefined => works.find((work) => work.camera.settings.name === camera);

  const take = async (read: PlannedRead, atMs: number): Promise<void> => {
    const work = workOf(read.camera);
    const vehicle = fleet.vehicles[read.vehicle];
    if (work === undefined || vehicle === undefined) return;
    const seen = work.see({
      pass: read.pass,
      atMs,
      vehicle,
      side: read.side,
      said: read.said,
      confidence: read.confidence,
      kind: read.kind,
    });
    await Promise.all([seen, read.quirk === null ? null : work.fault(read.quirk)]);
  };

  return {
    fleet,
    ledger,
    works,
    watched: () => watched,
    watch(entry) {
      if (!watched.some((known) => known.plate === entry.plate)) watched.push(entry);
    },
    see(camera, sighting) {
      const work = workOf(camera);
      return work === undefined ? null : work.see({ ...sighting, pass: sighting.pass ?? ++passesByHand, atMs: clock.nowMs() });
    },
    setPaused(value) {
      paused = value;
    },
    setRate(perMinute) {
      plan.perMinute = perMinute;
    },
    async run(signal) {
      let zeroMs = config.startMs ?? clock.nowMs();
      const taking = new Set<Promise<void>>();
      const idle = async (): Promise<void> => {
        await clock.sleep(PAUSE_LOOK_MS, signal);
        zeroMs += PAUSE_LOOK_MS;
      };
      while (plan.perMinute <= 0 && !signal.aborted) await idle();
      for (const read of planTown(plan, root.fork("plan"))) {
        while (!signal.aborted) {
          const waitMs = zeroMs + read.atMs - clock.nowMs();
          if (paused || plan.perMinute <= 0) await idle();
          else if (waitMs > 0) await clock.sleep(Math.min(waitMs, SLEEP_MOST_MS), signal);
          else break;
        }
        if (signal.aborted) break;
        const taken = take(read, Math.round(zeroMs + read.atMs));
        taking.add(taken);
        void taken.finally(() => taking.delete(taken));
        if (taking.size >= TAKING_MAX) await Promise.race(taking);
      }
      await Promise.allSettled(taking);
    },
    async close() {
      for (const work of works) work.close();
      await Promise.all(works.map((work) => work.camera.close()));
    },
  };
}

/** Sightings under way at once; beyond this the traffic waits for the pictures instead of piling up. */
const TAKING_MAX = 12;

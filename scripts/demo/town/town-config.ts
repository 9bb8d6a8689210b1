/** What the town is told at its start; every field may be left out. */
import type { CameraMode, CameraSettings } from "./camera-settings.ts";
import type { Light } from "./pictures/vehicle-drawing.ts";
import { seededRandom } from "./seeded-random.ts";

export interface TownConfig {
  readonly seed: string;
  /** Reads a minute over the whole town, on average. 0 makes no traffic of its own. */
  readonly perMinute: number;
  readonly light: Light | "auto";
  readonly heartbeatMs: number;
  readonly nonceLifeMs: number;
  readonly lockMs: number;
  /** See alert-stream.ts: what was sent so shortly before a listener left is sent again. */
  readonly replayOverlapMs: number;
  readonly malformedChance: number;
  readonly duplicateChance: number;
  readonly paused: boolean;
  readonly controlPort: number;
  /** Sites to run, by name; empty means all. */
  readonly sites: readonly string[];
  /** Port of a camera by its name; a free one where nothing is said. */
  readonly ports: Readonly<Record<string, number>>;
  /** Where a pushing camera posts, by its name. */
  readonly pushTargets: Readonly<Record<string, string>>;
  /** Zero of the plan in Unix milliseconds; the moment of the start where nothing is said. */
  readonly startMs: number | null;
}

export const TOWN_DEFAULTS: TownConfig = {
  seed: "maple",
  perMinute: 30,
  light: "auto",
  heartbeatMs: 3_000,
  nonceLifeMs: 60_000,
  lockMs: 30 * 60_000,
  replayOverlapMs: 30_000,
  malformedChance: 0.02,
  duplicateChance: 0.03,
  paused: false,
  controlPort: 0,
  sites: [],
  ports: {},
  pushTargets: {},
  startMs: null,
};

/** Reads the JSON of the command line; a sentence naming the field when it is wrong. */
export function parseTownConfig(text: string): TownConfig | { readonly kind: "bad-config"; readonly message: string } {
  const bad = (message: string): { kind: "bad-config"; message: string } => ({ kind: "bad-config", message });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return bad("the town's configuration is not JSON");
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) return bad("the town's configuration is not an object");
  for (const [name, value] of Object.entries(given)) {
    const known = (TOWN_DEFAULTS as unknown as Record<string, unknown>)[name];
    if (known === undefined) return bad(`unknown setting ${name}`);
    const kind = name === "startMs" ? "number" : Array.isArray(known) ? "list" : typeof known;
    const fits =
      kind === "list"
        ? Array.isArray(value) && value.every((item) => typeof item === "string")
        : typeof value === kind && value !== null && !Array.isArray(value);
    if (!fits) return bad(`${name} must be a ${kind}`);
    if (typeof value === "number" && (!Number.isFinite(value) || value < 0)) return bad(`${name} must be a number of 0 or more`);
  }
  const config = { ...TOWN_DEFAULTS, ...given } as TownConfig;
  if (!["auto", "day", "dusk", "night"].includes(config.light)) return bad("light must be auto, day, dusk or night");
  const names = new Set(SITES.map((site) => site.name));
  const stray = config.sites.find((site) => !names.has(site));
  return stray === undefined ? config : bad(`there is no site ${stray}`);
}

export interface SitePlace {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly zone: string;
}

/** Two sites 1.9 km apart in Rockland County, New York. */
export const SITES: readonly SitePlace[] = [
  { name: "Main & Maple", latitude: 41.1115, longitude: -74.044, zone: "America/New_York" },
  { name: "Oak Street Bridge", latitude: 41.1002, longitude: -74.027, zone: "America/New_York" },
];

interface Post {
  readonly site: string;
  readonly name: string;
  readonly family: "tcg" | "deepinview";
  readonly mode: CameraMode;
  readonly sha256: boolean;
  readonly clockSkewMs: number;
}

const POSTS: readonly Post[] = [
  { site: "Main & Maple", name: "North gate", family: "tcg", mode: "stream", sha256: false, clockSkewMs: 0 },
  { site: "Main & Maple", name: "South camera", family: "deepinview", mode: "stream", sha256: false, clockSkewMs: 1_200 },
  { site: "Main & Maple", name: "Lot entrance", family: "tcg", mode: "push", sha256: false, clockSkewMs: 0 },
  { site: "Oak Street Bridge", name: "Bridge west", family: "deepinview", mode: "silent-stream", sha256: false, clockSkewMs: 0 },
  { site: "Oak Street Bridge", name: "Bridge east", family: "deepinview", mode: "stream", sha256: true, clockSkewMs: 0 },
  { site: "Oak Street Bridge", name: "Oak ramp", family: "tcg", mode: "poll", sha256: false, clockSkewMs: 0 },
];

/** The six cameras with their own passwords, as the seed makes them. */
export function cameraSettings(config: TownConfig): CameraSettings[] {
  return POSTS.filter((post) => config.sites.length === 0 || config.sites.includes(post.site)).map((post) => {
    const random = seededRandom(`${config.seed}/password/${post.name}`);
    return {
      name: post.name,
      site: post.site,
      family: post.family,
      mode: post.mode,
      username: "viewer",
      password: `${random.pick(["Maple", "Birch", "Cedar", "Alder"])}-${random.whole(100_000, 999_999)}`,
      algorithms: post.sha256 ? (["SHA-256", "MD5"] as const) : (["MD5"] as const),
      bindNonceToPath: post.sha256,
      clockSkewMs: post.clockSkewMs,
      zone: SITES.find((site) => site.name === post.site)!.zone,
      channel: 1,
      heartbeatMs: config.heartbeatMs,
      nonceLifeMs: config.nonceLifeMs,
      lockMs: config.lockMs,
      replayOverlapMs: config.replayOverlapMs,
      port: config.ports[post.name] ?? 0,
    };
  });
}

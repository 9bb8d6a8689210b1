/** The edge's configuration: the only reader of its files and of the environment. */
import { isAbsolute, join, resolve } from "node:path";
import type { CameraConfig } from "../shared/model/camera.ts";
import type { CollectorId } from "../shared/model/ids.ts";
import { parseLayered } from "./config/check-config.ts";
import { type ConfigValues, parseListen } from "./config/config-schema.ts";
import type { BudgetHours } from "./sync/image-budget.ts";

export interface EdgeConfig {
  readonly home: string;
  readonly collectorId: CollectorId;
  /** Null: this edge works alone. */
  readonly central: { readonly url: string; readonly apiKeyFile: string; readonly publicKey: string } | null;
  readonly site: {
    readonly name: string;
    readonly latitude: number | null;
    readonly longitude: number | null;
    /** IANA zone. */
    readonly timeZone: string;
    /** What a person has set of the two; empty where the default stands, which must not replace what central knows. */
    readonly set: { readonly name: string; readonly timeZone: string };
  };
  readonly web: {
    readonly host: string;
    readonly port: number;
    readonly tlsCert: string;
    readonly tlsKey: string;
    readonly hosts: readonly string[];
  };
  readonly cameras: readonly CameraConfig[];
  /** Free bytes below which the disk ladder takes its steps. */
  readonly disk: { readonly ballastBytes: number; readonly lowBytes: number; readonly veryLowBytes: number; readonly stopBytes: number };
  /** What pictures may take of the line by hour of the site's day; empty: no limit. */
  readonly images: { readonly budget: readonly BudgetHours[] };
  readonly neighbours: {
    readonly enabled: boolean;
    /** This site takes bundles of neighbours. */
    readonly carry: boolean;
    readonly mdns: boolean;
    /** Pages of neighbours that are asked besides those that are found: http(s)://host:port. */
    readonly addresses: readonly string[];
    /** The uplink is down for so long before a neighbour is asked. */
    readonly afterMs: number;
    readonly pictures: "all" | "alerts" | "none";
    readonly bundleBytes: number;
    readonly spoolBytes: number;
    readonly spoolBundles: number;
  };
  readonly batch: { readonly windowSeconds: number; readonly maxDetections: number; readonly maxSizeMb: number };
}

export type ConfigOutcome = { readonly kind: "config"; readonly config: EdgeConfig } | { readonly kind: "bad"; readonly words: string };

const MIB = 1024 * 1024;
const DEFAULT_HOME = "/opt/chaverim-edge";

/** Home folder of this edge: the command's own, else CHAVERIM_EDGE_HOME, else /opt/chaverim-edge. */
export function edgeHome(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(given ?? environment.CHAVERIM_EDGE_HOME ?? DEFAULT_HOME);
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** What is read of the environment besides the home; throws one sentence for a level that is none. */
export function edgeLogLevel(environment: NodeJS.ProcessEnv = process.env): string {
  const level = environment.CHAVERIM_LOG_LEVEL || "info";
  if (!LOG_LEVELS.includes(level)) throw new Error(`CHAVERIM_LOG_LEVEL: "${level}" is none of ${LOG_LEVELS.join(", ")}.`);
  return level;
}

/** Reads and checks the layers of a home. The words of a refusal name file, line and key. */
export function loadEdgeConfig(home: string): ConfigOutcome {
  const parsed = parseLayered(home);
  return parsed.kind === "bad" ? parsed : { kind: "config", config: toConfig(home, parsed.values) };
}

function toConfig(home: string, values: ConfigValues): EdgeConfig {
  const { central, site, web, batch, disk } = values;
  return {
    home,
    collectorId: values.collector_id,
    central:
      central === undefined
        ? null
        : { url: central.url.replace(/\/+$/, ""), apiKeyFile: inHome(home, central.api_key_file), publicKey: central.public_key },
    site: {
      name: site.name || "This site",
      latitude: site.latitude,
      longitude: site.longitude,
      timeZone: site.time_zone || "UTC",
      set: { name: site.name, timeZone: site.time_zone },
    },
    web: { ...parseListen(web.listen)!, tlsCert: pathOrNone(home, web.tls_cert), tlsKey: pathOrNone(home, web.tls_key), hosts: web.hosts },
    cameras: values.cameras.map(toCamera),
    disk: {
      ballastBytes: disk.ballast_mb * MIB,
      lowBytes: disk.low_mb * MIB,
      // A limit above the one before it would turn the ladder upside down.
      veryLowBytes: Math.min(disk.very_low_mb, disk.low_mb) * MIB,
      stopBytes: Math.min(disk.stop_mb, disk.very_low_mb, disk.low_mb) * MIB,
    },
    images: { budget: values.images.budget.map(({ from, to, kbit_per_second: kbitPerSecond }) => ({ from, to, kbitPerSecond })) },
    neighbours: toNeighbours(values.neighbours),
    batch: { windowSeconds: batch.window_seconds, maxDetections: batch.max_detections, maxSizeMb: batch.max_size_mb },
  };
}

function toNeighbours(values: ConfigValues["neighbours"]): EdgeConfig["neighbours"] {
  const { enabled, carry, mdns, addresses, pictures } = values;
  return {
    enabled,
    carry,
    mdns,
    addresses: addresses.map((address) => new URL(address).origin),
    pictures,
    afterMs: values.after_minutes * 60_000,
    bundleBytes: values.bundle_mb * MIB,
    spoolBytes: values.spool_mb * MIB,
    spoolBundles: values.spool_bundles,
  };
}

function toCamera(camera: ConfigValues["cameras"][number]): CameraConfig {
  const { password_ref: passwordRef, push_secret: pushSecret, ...same } = camera;
  return { ...same, passwordRef, pushSecret };
}

const inHome = (home: string, path: string): string => (isAbsolute(path) ? path : join(home, path));
const pathOrNone = (home: string, path: string): string => (path === "" ? "" : inHome(home, path));

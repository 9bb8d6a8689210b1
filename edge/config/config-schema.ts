import { z } from "zod";
import { ADAPTERS } from "../../shared/model/camera.ts";
import { type CameraId, type CollectorId, parseUuid } from "../../shared/model/ids.ts";

/**
 * The edge's configuration, as three YAML layers say it together. All scalars arrive as text (a plate-like name such as 12E45 must not
 * become a number), so numbers are read here. Unknown keys are refused: a key with a typing error would otherwise do nothing, silently.
 */
const text = (max: number) =>
  z
    .string()
    .max(max, `must have at most ${max} characters`)
    .refine((value) => !/\p{Cc}/u.test(value), "must be one line of plain characters");
const number = (min: number, max: number) =>
  z
    .string()
    .transform(Number)
    .refine((value) => Number.isFinite(value) && value >= min && value <= max, `must be a number from ${min} to ${max}`);
const whole = (min: number, max: number) => number(min, max).refine(Number.isInteger, "must be a whole number");
const httpUrl = z.string().refine(isHttpUrl, "must be an http:// or https:// address");
const optionalNumber = (min: number, max: number) => z.union([z.literal("").transform(() => null), number(min, max)]);

const flag = (standard: boolean) =>
  z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .default(standard);

const timeOfDay = z.string().transform((value, context) => {
  const minute = parseTimeOfDay(value);
  if (minute !== undefined) return minute;
  context.addIssue({ code: "custom", message: "must be a time of day such as 22:00" });
  return z.NEVER;
});

const camera = z.strictObject({
  id: z.string().transform((value, context) => idOf<CameraId>(value, context)),
  name: text(60).min(1, "is missing"),
  adapter: z.enum(ADAPTERS),
  mode: z.enum(["stream", "push", "poll"]).default("stream"),
  traffic: z.enum(["residential", "commercial", "busy"]).default("residential"),
  url: text(500)
    .refine((value) => value === "" || isHttpUrl(value), "must begin with http:// or https://")
    .default(""),
  username: text(64).default(""),
  password_ref: z
    .string()
    .regex(/^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$/, "must be the name of a credential")
    .default(""),
  channel: whole(1, 256).default(1),
  facing: z.enum(["approaching", "leaving"]).default("approaching"),
  push_secret: z
    .string()
    .regex(/^([A-Za-z0-9_-]{16,128})?$/, "must be 16 to 128 letters, digits, dashes or underscores")
    .default(""),
  latitude: optionalNumber(-90, 90).default(null),
  longitude: optionalNumber(-180, 180).default(null),
});

const DEFAULT_LISTEN = "0.0.0.0:8080";

export const configSchema = z.strictObject({
  central: z
    .strictObject({
      url: httpUrl,
      api_key_file: text(200).default("config/.credentials/api-key"),
      public_key: text(200).default(""),
    })
    .optional(),
  collector_id: z.string().transform((value, context) => idOf<CollectorId>(value, context)),
  site: z
    .strictObject({
      name: text(60).default(""),
      latitude: optionalNumber(-90, 90).default(null),
      longitude: optionalNumber(-180, 180).default(null),
      time_zone: z
        .string()
        .refine((value) => value === "" || isTimeZone(value), "must be a time zone such as America/New_York")
        .default(""),
    })
    .default({ name: "", latitude: null, longitude: null, time_zone: "" }),
  web: z
    .strictObject({
      listen: z
        .string()
        .refine((value) => parseListen(value) !== undefined, "must be an address and a port, such as 0.0.0.0:8080")
        .default(DEFAULT_LISTEN),
      tls_cert: text(500).default(""),
      tls_key: text(500).default(""),
      /** Names besides this machine's own under which the page may be opened. */
      hosts: z.array(text(253)).max(16).default([]),
    })
    .default({ listen: DEFAULT_LISTEN, tls_cert: "", tls_key: "", hosts: [] }),
  cameras: z.array(camera).max(64).default([]),
  batch: z
    .strictObject({
      window_seconds: number(0.1, 300).default(5),
      max_detections: whole(1, 50).default(50),
      max_size_mb: number(0.05, 64).default(5),
    })
    .default({ window_seconds: 5, max_detections: 50, max_size_mb: 5 }),
  /** What pictures may take of the line, by hours of the site's day (edge/sync/image-budget.ts). Never those of alerts. */
  images: z
    .strictObject({
      budget: z
        .array(z.strictObject({ from: timeOfDay, to: timeOfDay, kbit_per_second: whole(0, 1_000_000) }))
        .max(24)
        .default([]),
    })
    .default({ budget: [] }),
  /** Sites on one local network carry sealed bundles for each other (edge/neighbours). */
  neighbours: z
    .strictObject({
      enabled: flag(true),
      carry: flag(true),
      mdns: flag(true),
      addresses: z.array(text(200).pipe(httpUrl)).max(16).default([]),
      after_minutes: number(0, 1_440).default(10),
      pictures: z.enum(["all", "alerts", "none"]).default("alerts"),
      bundle_mb: whole(1, 1_024).default(64),
      spool_mb: whole(0, 65_536).default(512),
      spool_bundles: whole(0, 64).default(8),
    })
    .prefault({}),
  /** What happens when the disk fills, by free megabytes (edge/disk). */
  disk: z
    .strictObject({
      ballast_mb: whole(0, 1_024).default(64),
      low_mb: whole(0, 1_000_000).default(512),
      very_low_mb: whole(0, 1_000_000).default(256),
      stop_mb: whole(0, 1_000_000).default(64),
    })
    .default({ ballast_mb: 64, low_mb: 512, very_low_mb: 256, stop_mb: 64 }),
});

export type ConfigValues = z.infer<typeof configSchema>;

/** Minutes of the day of "22:00"; "24:00" is the day's end. */
function parseTimeOfDay(text: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (text === "24:00") return 24 * 60;
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2]);
}

/** "0.0.0.0:8080", "[::]:8080"; port 0 lets the system choose one. */
export function parseListen(listen: string): { readonly host: string; readonly port: number } | undefined {
  const found = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(listen);
  const port = Number(found?.[2]);
  if (found === null || port > 65_535) return undefined;
  return { host: found[1]!.replace(/^\[|\]$/g, ""), port };
}

function idOf<Id extends CameraId | CollectorId>(value: string, context: z.RefinementCtx): Id {
  const id = parseUuid<Id>(value);
  if (id !== undefined) return id;
  context.addIssue({ code: "custom", message: "must be a UUID" });
  return z.NEVER;
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

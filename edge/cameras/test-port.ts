import { createHash } from "node:crypto";
import type { CameraConfig, CameraHealth } from "../../shared/model/camera.ts";
import type { CameraId } from "../../shared/model/ids.ts";
import type { CameraPort, Capture, CaptureOutcome } from "./camera.ts";

/** A camera's port in a test: keeps captures in memory under the same keys as the log does. */
export interface TestPort extends CameraPort {
  /** New ones and revisions in order; a known key is not in here. */
  readonly stored: { readonly kind: "stored" | "revised"; readonly capture: Capture; readonly atMs: number }[];
  readonly known: Capture[];
  readonly unknown: string[];
  readonly reports: CameraHealth[];
  /** While true the log refuses. */
  broken: boolean;
  cursor: string | null;
  readonly health: () => CameraHealth | undefined;
  readonly plates: () => (string | null)[];
}

export function createTestPort(overrides: Partial<Pick<CameraPort, "password" | "timeZone" | "now" | "isTimeKnown">> = {}): TestPort {
  const keys = new Set<string>();
  const events = new Set<string>();
  const port: TestPort = {
    password: "right password",
    timeZone: "America/New_York",
    now: Date.now,
    isTimeKnown: () => true,
    ...overrides,
    stored: [],
    known: [],
    unknown: [],
    reports: [],
    broken: false,
    cursor: null,
    health: () => port.reports.at(-1),
    plates: () => port.stored.map(({ capture }) => capture.plateRead),
    capture: async (capture): Promise<CaptureOutcome> => {
      if (port.broken) throw new Error("disk full");
      const { vendorEventId, plateRead, vendorUpdate, raw } = capture;
      const key =
        vendorEventId === null ? createHash("sha256").update(raw).digest("hex") : [vendorEventId, plateRead, vendorUpdate].join("|");
      const rid = `${port.stored.length}`;
      if (keys.has(key)) {
        port.known.push(capture);
        return { kind: "known", rid };
      }
      keys.add(key);
      const kind = vendorEventId !== null && events.has(vendorEventId) ? "revised" : "stored";
      if (vendorEventId !== null) events.add(vendorEventId);
      port.stored.push({ kind, capture, atMs: performance.now() });
      return { kind, rid };
    },
    keepUnknown: (_bytes, why) => {
      port.unknown.push(why);
    },
    report: (health) => {
      port.reports.push(health);
    },
    loadCursor: () => port.cursor,
    saveCursor: (cursor) => {
      port.cursor = cursor;
    },
  };
  return port;
}

export function testConfig(overrides: Partial<CameraConfig> = {}): CameraConfig {
  return {
    id: "01890000-0000-7000-8000-000000000001" as CameraId,
    name: "North gate",
    adapter: "hikvision",
    mode: "stream",
    traffic: "commercial",
    url: "http://127.0.0.1:9",
    username: "alpr",
    passwordRef: "north-gate",
    channel: 1,
    facing: "approaching",
    pushSecret: "example",
    latitude: null,
    longitude: null,
    ...overrides,
  };
}

/** Resolves when the condition holds; throws with `what` after two seconds. */
export async function eventually(what: string, holds: () => boolean, withinMs = 2000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

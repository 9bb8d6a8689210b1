import type { SiteStatus } from "../../shared/api/site-api.ts";
import type { CameraView } from "../../shared/api/views.ts";
import type { ClockQuality } from "../../shared/clock/clock.ts";
import type { StoreRows } from "../log/store-rows.ts";
import { iso } from "./detection-views.ts";
import type { LastDay } from "./last-day.ts";
import type { CameraNow, SiteFacts } from "./site-facts.ts";
import { type UplinkStatus, uplinkWords } from "./uplink-status.ts";

export interface StatusDeps {
  readonly rows: StoreRows;
  readonly lastDay: LastDay;
  readonly site: SiteFacts;
  readonly cameras: () => readonly CameraNow[];
  readonly uplink: () => UplinkStatus;
  readonly notices: () => SiteStatus["notices"];
  readonly neighbours: () => SiteStatus["neighbours"];
  readonly clock: { readonly wallMs: () => number; readonly quality: () => ClockQuality; readonly words: () => string };
  /** Bytes free where the home lies; null when the system does not say. */
  readonly freeBytes: () => number | null;
}

/** Everything the top of the site's page says, as of now. */
export function siteStatus(deps: StatusDeps, person: string | null): SiteStatus {
  const { rows, site } = deps;
  const nowMs = deps.clock.wallMs();
  const uplink = deps.uplink();
  const logs = rows.logs.activeLogs();
  const records = logs.reduce((sum, log) => sum + log.head.next - log.first, 0);
  const bytes = logs.reduce((sum, log) => sum + log.bytes - rows.logs.bytesBelow(log.n, log.first), 0);
  const freeBytes = deps.freeBytes();
  return {
    site: { name: site.name, time_zone: site.timeZone, latitude: site.latitude, longitude: site.longitude },
    collector_id: site.collectorId,
    person,
    now: iso(nowMs),
    clock: { quality: deps.clock.quality(), words: deps.clock.words() },
    uplink: {
      state: uplink.state,
      words: uplinkWords(uplink, nowMs),
      since: iso(uplink.sinceMs),
      waiting: uplink.waiting,
      images_waiting: uplink.imagesWaiting,
      last_contact_at: uplink.lastContactMs === null ? null : iso(uplink.lastContactMs),
      refusal: uplink.refusal,
    },
    storage: { records, bytes, free_bytes: freeBytes, words: storageWords(records, freeBytes) },
    cameras: deps.cameras().map((camera) => cameraView(deps, camera, nowMs)),
    notices: deps.notices(),
    neighbours: deps.neighbours(),
    version: site.version,
  };
}

export function cameraView(
  { rows, lastDay }: Pick<StatusDeps, "rows" | "lastDay">,
  { config, health }: CameraNow,
  nowMs: number,
): CameraView {
  const lastDetectionMs = health.lastDetectionMs ?? rows.detections.newestOfCamera(config.id);
  return {
    id: config.id,
    name: config.name,
    adapter: config.adapter,
    mode: config.mode,
    state: health.state,
    detail: health.detail,
    last_message_at: health.lastMessageMs === null ? null : iso(health.lastMessageMs),
    last_detection_at: lastDetectionMs === null ? null : iso(lastDetectionMs),
    last_24h: [...lastDay(config.id, nowMs)],
    latitude: config.latitude,
    longitude: config.longitude,
  };
}

const LOW_BYTES = 1024 ** 3;

function storageWords(records: number, freeBytes: number | null): string {
  const kept = `${records} ${records === 1 ? "record" : "records"} kept`;
  if (freeBytes === null) return `${kept}.`;
  const free = freeBytes >= LOW_BYTES ? `${(freeBytes / LOW_BYTES).toFixed(1)} GB` : `${Math.round(freeBytes / 1024 ** 2)} MB`;
  return freeBytes >= LOW_BYTES ? `${kept}, ${free} free.` : `${kept}. Only ${free} free: make room soon.`;
}

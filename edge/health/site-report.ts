import { RESULT_DETAIL_BYTES_MAX } from "../../shared/log/payloads/command-result-payload.ts";
import type { HeartbeatFacts } from "./heartbeat-facts.ts";

export interface SiteReportFacts extends HeartbeatFacts {
  readonly clock: { readonly quality: number; readonly words: string };
  readonly configRevision: number;
  readonly notices: readonly { readonly at: string; readonly level: string; readonly words: string }[];
}

export interface SiteReport {
  /** One line for people. */
  readonly words: string;
  /** JSON, at most 12 KiB: cameras and notices beyond that are left out, the last ones first, and counted. */
  readonly detail: Uint8Array;
}

/** How this site stands, as the answer to `report-now`. Counts, names and states; never a plate. */
export function siteReport(facts: SiteReportFacts): SiteReport {
  const { cameras, spool, health, clock } = facts;
  const watching = cameras.filter((camera) => camera.state === "watching").length;
  const words = [
    cameras.length === 0 ? "No cameras." : `${watching} of ${cameras.length} cameras watch.`,
    health.waitingRecords === 0 ? "Nothing waits for central." : `${health.waitingRecords} records wait for central.`,
    ...(spool.freeBytes === null ? [] : [`${(spool.freeBytes / 1024 ** 3).toFixed(1)} GB free.`]),
    clock.words,
    ...(facts.notices.length === 0 ? [] : [`${facts.notices.length} notices on the site's page.`]),
  ];
  return { words: words.join(" "), detail: fitted(facts) };
}

function fitted(facts: SiteReportFacts): Uint8Array {
  const notices = [...facts.notices];
  const cameras = facts.cameras.map(({ id, name, adapter, mode, state, detail, lastMessageMs, lastDetectionMs }) => ({
    id,
    name,
    adapter,
    mode,
    state,
    detail: detail.slice(0, 200),
    last_message_at: timeOf(lastMessageMs),
    last_detection_at: timeOf(lastDetectionMs),
  }));
  for (;;) {
    const leftOut = facts.notices.length + facts.cameras.length - notices.length - cameras.length;
    const report = {
      version: facts.health.version,
      uptime_seconds: facts.health.uptimeSeconds,
      rss_bytes: facts.health.rssBytes,
      clock: facts.clock,
      config_revision: facts.configRevision,
      waiting_records: facts.health.waitingRecords,
      waiting_bytes: facts.spool.bytes,
      oldest_waiting_at: timeOf(facts.spool.oldestMs),
      images_waiting: facts.spool.imagesWaiting,
      disk_free_bytes: facts.spool.freeBytes,
      cameras,
      notices,
      left_out: leftOut,
    };
    const bytes = new TextEncoder().encode(JSON.stringify(report));
    if (bytes.length <= RESULT_DETAIL_BYTES_MAX) return bytes;
    if (notices.length > 0) notices.pop();
    else cameras.pop();
  }
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

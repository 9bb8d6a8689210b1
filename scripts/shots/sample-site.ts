/** The same world as one site's own page sees it. */
import type { SiteStatus } from "../../shared/api/site-api.ts";
import type { ShotState } from "./answerer.ts";
import { ZONE } from "./sample-plates.ts";
import { iso, NOW_MS, type SampleWorld, sampleId } from "./sample-world.ts";

export const SITE_ID = sampleId("site Main & Maple");

export function sampleStatus(world: SampleWorld, state: ShotState): SiteStatus {
  const collector = world.collectors.find((one) => one.site_id === SITE_ID)!;
  const down = state === "offline";
  return {
    site: { name: collector.site, time_zone: ZONE, latitude: collector.latitude, longitude: collector.longitude },
    collector_id: collector.id,
    person: "Avi Rosen",
    now: iso(NOW_MS),
    clock: { quality: 3, words: "Set by network time, within 40 ms" },
    uplink: {
      state: down ? "offline" : "connected",
      words: down ? "Uplink down 12 min. Still watching. 34 waiting." : "Connected to central. Everything is sent.",
      since: iso(NOW_MS - 720_000),
      waiting: down ? 34 : 0,
      images_waiting: down ? 68 : 0,
      last_contact_at: iso(NOW_MS - (down ? 720_000 : 4_000)),
      refusal: null,
    },
    storage: { records: 48_211, bytes: 2.1e9, free_bytes: 41.2e9, words: "41 GB free, 7 days are kept" },
    cameras: state === "empty" ? [] : collector.cameras,
    notices: [],
    version: "0.1.0",
  };
}

/** The same world as one site's own page sees it. */
import type { BundleWaitingAnswer, SiteStatus } from "../../shared/api/site-api.ts";
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
    neighbours:
      state === "empty"
        ? []
        : [
            { words: "340 records of this site were carried by Oak & Elm. Central's receipt came.", at: iso(NOW_MS - 9 * 3_600_000) },
            { words: "57 records of Oak & Elm wait here for the uplink. This site's own go first.", at: iso(NOW_MS - 300_000) },
          ],
    version: "0.1.0",
  };
}

/** Busy: a file can be made. Offline: one is being made. */
export function sampleCarry(state: ShotState): BundleWaitingAnswer {
  const empty = state === "empty";
  return {
    refusal: empty ? "Central has everything that this site holds. There is nothing to carry." : null,
    records: empty ? 0 : 214,
    record_bytes: empty ? 0 : 86_000,
    alert_images: { count: empty ? 0 : 6, bytes: empty ? 0 : 1_400_000 },
    images: { count: empty ? 0 : 430, bytes: empty ? 0 : 96_000_000 },
    making: state === "offline" ? { records: 214, records_total: 214, images: 181, images_total: 430, bytes: 40_300_000 } : null,
    last: empty
      ? null
      : {
          at: iso(NOW_MS - 5 * 3_600_000),
          file: "main-maple-20261122-0210.alprbundle",
          whole: true,
          full: false,
          missing: 1,
          records: 1_204,
          records_total: 1_204,
          images: 2_407,
          images_total: 2_408,
          bytes: 512_000_000,
        },
  };
}

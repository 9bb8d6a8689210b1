/** The site's API over the sample world. */

import type { SiteEntriesAnswer } from "../../shared/api/site-api.ts";
import type { EntryView } from "../../shared/api/views.ts";
import type { Answerer } from "./answerer.ts";
import { SITE_ID, sampleCarry, sampleStatus } from "./sample-site.ts";
import { sampleId } from "./sample-world.ts";

const SHOWN = 40;

/** The last one as taken off while somebody changed it. */
const sampleEntries = (entries: readonly EntryView[]): SiteEntriesAnswer => ({
  entries: entries.slice(0, -1),
  contested: entries.slice(-1),
});

export const answerSite: Answerer = ({ path }, world, state) => {
  const empty = state === "empty";
  if (path === "/status") return sampleStatus(world, state);
  if (path === "/detections")
    return {
      detections: empty ? [] : world.detections.filter((one) => one.site_id === SITE_ID).slice(0, SHOWN),
      next_cursor: empty ? null : "older",
    };
  if (path === "/alerts")
    return { alerts: empty ? [] : world.alerts.filter((item) => item.detection?.site_id === SITE_ID || item.test), next_cursor: null };
  if (path === "/watchlists") return { watchlists: world.watchlists };
  if (/^\/watchlists\/[^/]+\/entries$/.test(path))
    return sampleEntries(world.entries.filter((entry) => entry.watchlist_id === (path.split("/")[2] ?? sampleId(""))));
  if (path === "/bundle/waiting") return sampleCarry(state);
  if (path === "/bundle/receipt") return { words: "Central has 214 more records and 430 pictures of this site." };
  if (path === "/bundle/down")
    return {
      words:
        "Central's file of 2026-11-22 02:20 UTC. 2 watchlists brought up to date, 1 stood so already. 1 command of central's handed over; what comes of it goes up with the next file. Central has 214 more records and 430 pictures of this site.",
    };
  if (/^\/cameras\/[^/]+\/test$/.test(path)) return {};
  return undefined;
};

import type { LiveMessage } from "../../shared/api/central-api.ts";
import { RECORD_KINDS } from "../../shared/log/record.ts";
import { alertItemViews } from "../db/alert-item-view-rows.ts";
import type { Arrival } from "../db/arrival-rows.ts";
import { detectionViewsById } from "../db/detection-view-rows.ts";
import type { Db } from "../db/open-db.ts";
import { DERIVED_ARRIVAL } from "../db/tables.ts";
import type { LivePost } from "./live-clients.ts";
import { passesOfRecords, revisedDetections, sitesOfItems } from "./live-subject-rows.ts";

/** Alerts that were announced by this process: the edge's and central's finding of one alert ring once. The oldest go first. */
export interface Announced {
  /** True the first time. */
  readonly first: (alertId: string) => boolean;
}

const ANNOUNCED_MAX = 20_000;

export function announced(): Announced {
  const known = new Set<string>();
  return {
    first: (alertId) => {
      if (known.has(alertId)) return false;
      known.add(alertId);
      if (known.size > ANNOUNCED_MAX) known.delete(known.values().next().value!);
      return true;
    },
  };
}

/** Alert kinds that may bring something new; the others only change what is on the screen. */
const MAY_RING: ReadonlySet<number> = new Set([RECORD_KINDS.alert, DERIVED_ARRIVAL.alertItem]);
export const ALERT_ARRIVALS: ReadonlySet<number> = new Set([...MAY_RING, RECORD_KINDS["alert-op"], DERIVED_ARRIVAL.alertTouched]);

/**
 * What arrived, as messages in the order of arrival. `replay` (to one who comes back): nothing rings, and nothing counts as announced.
 * Each detection and each alert item is sent once, at its last place in the batch, as it stands now.
 */
export async function postsOfArrivals(db: Db, arrivals: readonly Arrival[], news: Announced | "replay"): Promise<LivePost[]> {
  const detections = await subjectsOfDetections(db, arrivals);
  const passes = await subjectsOfAlerts(db, arrivals);
  const views = new Map((await detectionViewsById(db, [...new Set(detections.values())])).map((view) => [view.id, view]));
  const wanted = [...new Set(passes.values())];
  const items = new Map((await alertItemViews(db, wanted)).map((item) => [item.id, item]));
  const sites = wanted.length === 0 ? new Map<string, string>() : await sitesOfItems(db, wanted);
  const ringing = new Set(arrivals.filter((each) => MAY_RING.has(each.kind)).flatMap((each) => passes.get(each.arrival) ?? []));
  const lastOf = new Map<string, number>();
  for (const [arrival, id] of [...detections, ...passes]) lastOf.set(id + (passes.has(arrival) ? "a" : "d"), arrival);

  return arrivals.flatMap(({ arrival }): LivePost[] => {
    const after = String(arrival);
    const detection = views.get(detections.get(arrival) ?? "");
    if (detection !== undefined && lastOf.get(`${detection.id}d`) === arrival) {
      return [post(detection.site_id, { type: "detection", after, detection })];
    }
    const alert = items.get(passes.get(arrival) ?? "");
    const site = alert === undefined ? undefined : sites.get(alert.id);
    if (alert === undefined || site === undefined || lastOf.get(`${alert.id}a`) !== arrival) return [];
    const mayRing = ringing.has(alert.id);
    const isNew = mayRing && (news === "replay" || alert.alerts.filter((finding) => news.first(finding.id)).length > 0);
    if (!isNew) return [post(site, { type: "alert-op", after, alert })];
    return [post(site, { type: "alert", after, alert, ring: news !== "replay" && !alert.late && alert.state === "new" })];
  });
}

function post(siteId: string, message: LiveMessage): LivePost {
  return { siteId, role: null, text: JSON.stringify(message) };
}

/** Arrival number to the id of the detection to show. */
async function subjectsOfDetections(db: Db, arrivals: readonly Arrival[]): Promise<Map<number, string>> {
  const revisions = arrivals.filter((each) => each.kind === RECORD_KINDS.revision);
  const revised =
    revisions.length === 0
      ? new Map<string, string>()
      : await revisedDetections(
          db,
          revisions.map((each) => each.rid),
        );
  const subjects = new Map<number, string>();
  for (const { arrival, rid, kind } of arrivals) {
    const id = kind === RECORD_KINDS.detection ? rid : kind === RECORD_KINDS.revision ? revised.get(rid) : undefined;
    if (id !== undefined) subjects.set(arrival, id);
  }
  return subjects;
}

/** Arrival number to the pass of the alert item to show. */
async function subjectsOfAlerts(db: Db, arrivals: readonly Arrival[]): Promise<Map<number, string>> {
  const about = arrivals.filter((each) => ALERT_ARRIVALS.has(each.kind));
  const ridsOf = (kind: number): string[] => about.filter((each) => each.kind === kind).map((each) => each.rid);
  const passes =
    about.length === 0
      ? new Map<string, string>()
      : await passesOfRecords(db, ridsOf(RECORD_KINDS.alert), ridsOf(RECORD_KINDS["alert-op"]));
  const subjects = new Map<number, string>();
  for (const { arrival, rid, kind } of about) {
    const pass = kind === DERIVED_ARRIVAL.alertItem || kind === DERIVED_ARRIVAL.alertTouched ? rid : passes.get(rid);
    if (pass !== undefined) subjects.set(arrival, pass);
  }
  return subjects;
}

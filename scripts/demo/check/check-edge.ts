/** The uplink is cut; the site must go on: alert, page, and a plate added by a volunteer. */
import type { SiteLiveMessage } from "../../../shared/api/site-api.ts";
import type { EntryView, WatchlistView } from "../../../shared/api/views.ts";
import { openClient } from "../http-client.ts";
import { type LiveListener, listenLive } from "../live-listener.ts";
import type { LedgerRow } from "../town/ledger.ts";
import { waitFor } from "../wait.ts";
import { PERSON, type SiteWorld, type World } from "../world.ts";
import { siteAlerts, siteDetections, siteStatus } from "./read-site.ts";
import type { Moment } from "./sabotage.ts";
import type { Steps } from "./steps.ts";

/** From the camera's first byte to the alert on the site's page, uplink down. */
const ALERT_WITHIN_MS = 1_000;
/** Read wrongly on purpose: B as 8. */
export const WATCHED = "ABC123";
const SAID = "A8C123";

export interface EdgeProof {
  readonly row: LedgerRow;
  readonly entryId: string;
  readonly alertsDuringCut: number;
}

export async function checkEdge(world: World, steps: Steps, inject: (moment: Moment) => Promise<void>): Promise<EdgeProof | undefined> {
  const site = world.sites[0]!;
  const camera = site.cameras.find((one) => one.mode === "stream")!;
  await steps.step("cameras-watching", { cameras: site.cameras.length }, () => camerasWatch(site));
  await steps.step("first-contact", { uplink: "connected" }, async () => {
    await waitFor("the site to be connected", 20_000, async () =>
      (await siteStatus(site.client)).uplink.state === "connected" ? true : undefined,
    );
    return { ok: true, observed: { uplink: "connected" } };
  });
  await steps.step("uplink-cut", { uplink: "offline" }, async () => {
    await site.relay.setMode({ kind: "refuse" });
    const status = await waitFor("the site's page to say that the uplink is down", 20_000, async () => {
      const now = await siteStatus(site.client);
      return now.uplink.state === "offline" ? now : undefined;
    });
    return { ok: /waiting|down/i.test(status.uplink.words), observed: { uplink: status.uplink.state, words: status.uplink.words } };
  });
  // Traffic on every camera of both sites, so that the counts at the end are of all modes.
  for (const [at, one] of world.town.cameras.entries()) await world.town.see(one.name, `KLM${at}042`);
  const entryId = await steps.step("plate-added-offline", { pattern: WATCHED }, () => addPlate(site));
  await world.town.watch(WATCHED, "seen at two break-ins");
  const live = await listenLive<SiteLiveMessage>(`${site.url}/api/live`, site.client.headers());
  try {
    await inject("before-alert");
    const row = await steps.step("alert-on-the-site-uplink-down", { plate: SAID, withinMs: ALERT_WITHIN_MS }, () =>
      alertRings(world, live, camera.name),
    );
    if (row === undefined || entryId === undefined) return undefined;
    const alertsDuringCut = (await siteAlerts(site.client)).length;
    await steps.step("detection-durable-on-the-edge", { detections: 1 }, async () => {
      const found = (await siteDetections(site.client)).filter((one) => one.plate_read === SAID);
      return { ok: found.length === 1, observed: { detections: found.length } };
    });
    await steps.step("alert-explains-itself", { differs: "8 for B" }, async () => {
      const item = (await siteAlerts(site.client)).find((one) => one.detection?.plate_read === SAID);
      const [difference] = item?.alerts[0]?.explanation.differences ?? [];
      return {
        ok: difference?.read === "8" && difference.wanted === "B",
        observed: { differs: `${difference?.read} for ${difference?.wanted}` },
      };
    });
    await inject("during-cut");
    return { row, entryId, alertsDuringCut };
  } finally {
    live.close();
  }
}

async function camerasWatch(site: SiteWorld) {
  const status = await waitFor("every camera to be watched", 30_000, async () => {
    const now = await siteStatus(site.client);
    return now.cameras.length === site.cameras.length && now.cameras.every((one) => one.state === "watching" || one.mode === "push")
      ? now
      : undefined;
  });
  return { ok: true, observed: { cameras: status.cameras.length } };
}

/** As a volunteer at the site does: sign in with name and PIN, add the plate with a reason and an expiry. */
async function addPlate(site: SiteWorld) {
  const volunteer = openClient(site.url);
  await volunteer.send("POST", "/api/sign-in", { person: PERSON.name, pin: PERSON.pin });
  const { watchlists } = await volunteer.get<{ watchlists: WatchlistView[] }>("/api/watchlists");
  const list = watchlists.find((one) => one.kind === "site");
  if (list === undefined) return { ok: false, observed: { watchlists: watchlists.length } };
  const entry = await volunteer.send<EntryView>("POST", `/api/watchlists/${list.id}/entries`, {
    plate: WATCHED,
    reason: "seen at two break-ins",
    expires_hours: 168,
  });
  return { ok: entry.pattern === WATCHED, observed: { pattern: entry.pattern, waiting: entry.waiting }, value: entry.id };
}

async function alertRings(world: World, live: LiveListener<SiteLiveMessage>, camera: string) {
  const row = await world.town.see(camera, WATCHED, SAID);
  const alert = await waitFor(
    "the alert on the site's live socket",
    15_000,
    () => live.messages.find(({ message }) => isAlertOf(message, SAID)),
    10,
  );
  const afterMs = alert.atMs - row.atMs;
  return { ok: afterMs <= ALERT_WITHIN_MS, observed: { plate: SAID, afterMs }, value: row };
}

export const isAlertOf = (message: SiteLiveMessage, plateRead: string): boolean =>
  message.type === "alert" && message.alert.detection?.plate_read === plateRead;

/** The link returns: central catches up, nothing missing, nothing double, pictures intact, the volunteer's plate present. */
import { createHash } from "node:crypto";
import type { LiveMessage } from "../../../shared/api/central-api.ts";
import type { DetectionView, EntryView, WatchlistView } from "../../../shared/api/views.ts";
import { type LiveListener, listenLive } from "../live-listener.ts";
import { waitFor } from "../wait.ts";
import type { World } from "../world.ts";
import { type EdgeProof, WATCHED } from "./check-edge.ts";
import { type Comparison, compareWithLedger } from "./compare-ledger.ts";
import { centralAlerts, searchCentral } from "./read-central.ts";
import { siteAlerts, siteDetections, siteStatus } from "./read-site.ts";
import type { Steps } from "./steps.ts";

const CATCH_UP_MS = 30_000;

export interface Counts {
  readonly detections: { readonly sent: number; readonly edge: number; readonly central: number };
  readonly alerts: { readonly edge: number; readonly central: number };
  readonly edge: Comparison;
  readonly central: Comparison;
}

export async function checkSync(world: World, steps: Steps, proof: EdgeProof): Promise<void> {
  const { client, url } = world.central;
  const site = world.sites[0]!;
  const said = proof.row.plateSaid;
  const live = await listenLive<LiveMessage>(`${url}/live`, client.headers());
  try {
    await steps.step("uplink-returns", { uplink: "connected" }, async () => {
      await site.relay.setMode({ kind: "up" });
      await waitFor("the site to be connected again", CATCH_UP_MS, async () =>
        (await siteStatus(site.client)).uplink.state === "connected" ? true : undefined,
      );
      return { ok: true, observed: { uplink: "connected" } };
    });
    await steps.step("pushed-to-the-dashboard", { alert: said }, () => pushed(live, said));
    const detection = await steps.step("exactly-one-detection-at-central", { detections: 1 }, () => exactlyOne(world, said));
    await steps.step("exactly-one-alert-at-central", { alerts: 1 }, async () => {
      const items = (await centralAlerts(client)).filter((item) => item.id === detection?.pass);
      return {
        ok: items.length === 1 && items[0]!.alerts.length === 1,
        observed: { items: items.length, alerts: items[0]?.alerts.length ?? 0 },
      };
    });
    for (const match of ["exact", "confusable", "fuzzy"] as const) {
      await steps.step(`found-by-${match}-search`, { found: true }, async () => {
        const found = await searchCentral(client, { plate: match === "exact" ? said : WATCHED, match });
        return {
          ok: found.some((one) => one.id === detection?.id),
          observed: { found: found.some((one) => one.id === detection?.id), answers: found.length },
        };
      });
    }
    await steps.step("entry-added-offline-is-at-central", { entry: proof.entryId }, () => entryArrived(world, proof.entryId));
    if (detection !== undefined) await steps.step("both-pictures-verified", { pictures: 2 }, () => picturesMatch(world, detection, proof));
  } finally {
    live.close();
  }
}

/** At the very end, when every camera had its time: both programs against the town's ledger. */
export async function checkLedger(world: World, steps: Steps, withinMs: number): Promise<Counts> {
  const counts = await steps.step("nothing-lost-nothing-double", { lost: 0, doubled: 0, unexplained: 0, refused: "" }, () =>
    reconcile(world, withinMs),
  );
  return counts ?? countAll(world);
}

async function pushed(live: LiveListener<LiveMessage>, said: string) {
  const hit = await waitFor("the alert on the dashboard's live socket", CATCH_UP_MS, () =>
    live.messages.find(({ message }) => message.type === "alert" && message.alert.detection?.plate_read === said),
  );
  return { ok: hit.message.type === "alert", observed: { alert: said } };
}

async function exactlyOne(world: World, said: string) {
  const found = await waitFor("the detection at central", CATCH_UP_MS, async () => {
    const answers = await searchCentral(world.central.client, { plate: said, match: "exact" });
    return answers.length > 0 ? answers : undefined;
  });
  return { ok: found.length === 1, observed: { detections: found.length }, value: found[0]! };
}

async function entryArrived(world: World, entryId: string) {
  const { client } = world.central;
  await waitFor("the volunteer's entry at central", CATCH_UP_MS, async () => {
    const { watchlists } = await client.get<{ watchlists: WatchlistView[] }>("/api/v1/watchlists");
    for (const list of watchlists) {
      const { entries } = await client.get<{ entries: EntryView[] }>(`/api/v1/watchlists/${list.id}/entries`);
      if (entries.some((entry) => entry.id === entryId && entry.pattern === WATCHED)) return true;
    }
    return undefined;
  });
  return { ok: true, observed: { entry: entryId } };
}

/** The bytes that central serves must hash to what the town says its camera sent. */
async function picturesMatch(world: World, detection: DetectionView, proof: EdgeProof) {
  const sent = [proof.row.cropSha256, proof.row.fullSha256];
  const images = detection.images.filter((image) => sent.includes(image.sha256));
  const hashes = await waitFor("both pictures at central", CATCH_UP_MS, async () => {
    const bodies = await Promise.all(images.map((image) => world.central.client.bytes(`/api/v1/images/${image.sha256}`)));
    return bodies.map((bytes) => createHash("sha256").update(bytes).digest("hex"));
  });
  const same = hashes.filter((hash) => sent.includes(hash)).length;
  return { ok: same === 2 && images.length === 2, observed: { pictures: same } };
}

/** Pauses the town, waits until everything under way has arrived, and compares both programs with the town's ledger. */
async function reconcile(world: World, withinMs: number) {
  await world.town.setPaused(true);
  const counts = await waitFor(
    "ledger, edges and central to agree",
    withinMs,
    async () => {
      const now = await countAll(world);
      return now.central.lost.length === 0 && now.edge.lost.length === 0 && now.detections.edge === now.detections.central
        ? now
        : undefined;
    },
    500,
  ).catch(() => countAll(world));
  const faults = {
    lost: counts.central.lost.length,
    doubled: counts.central.doubled.length,
    unexplained: counts.central.unexplained.length,
    refused: (await refusals(world)).join(" "),
  };
  const names = {
    lostNames: counts.central.lost.slice(0, 5),
    doubledNames: counts.central.doubled.slice(0, 5),
    unexplainedNames: counts.central.unexplained.slice(0, 5),
  };
  const ok =
    Object.values(faults).every((fault) => fault === 0 || fault === "") &&
    counts.edge.lost.length + counts.edge.doubled.length + counts.edge.unexplained.length === 0;
  return {
    ok,
    observed: ok ? { ...faults, detections: counts.detections } : { ...faults, ...names, detections: counts.detections },
    value: counts,
  };
}

async function countAll(world: World): Promise<Counts> {
  const { rows } = await world.town.ledger();
  const atEdges = (await Promise.all(world.sites.map((site) => siteDetections(site.client)))).flat();
  const atCentral = await searchCentral(world.central.client, {});
  const edgeAlerts = (await Promise.all(world.sites.map((site) => siteAlerts(site.client)))).flat();
  const edge = compareWithLedger(rows, atEdges);
  return {
    detections: { sent: edge.expected, edge: edge.observed, central: atCentral.length },
    alerts: { edge: edgeAlerts.length, central: (await centralAlerts(world.central.client)).length },
    edge,
    central: compareWithLedger(rows, atCentral),
  };
}

const CHANGED_RECORD = /not what was signed/;

/** What the sites' pages say of a log that central does not take, or of records that are not what was signed. */
async function refusals(world: World): Promise<string[]> {
  const all = await Promise.all(world.sites.map((site) => siteStatus(site.client)));
  return all.flatMap(({ uplink, notices }) => {
    const changed = notices.filter(({ words }) => CHANGED_RECORD.test(words)).map(({ words }) => words);
    return uplink.refusal === null ? changed : [uplink.refusal, ...changed];
  });
}

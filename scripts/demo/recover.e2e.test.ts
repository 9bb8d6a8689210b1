// runner: timeout 420 s
/**
 * Old copies put back in mid-demo: a site's disk as it was, then central's database as it was. What the other side still holds comes
 * back by itself; at the end central has every message that a camera numbered, and people can read what happened. (A disk put back has
 * forgotten which messages it took since the copy; what its cameras tell once more of those is told twice. Nothing else is.)
 */
import { cpSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NoticesAnswer } from "../../shared/api/central-api.ts";
import type { SiteStatus } from "../../shared/api/site-api.ts";
import { compareWithLedger } from "./check/compare-ledger.ts";
import { searchCentral } from "./check/read-central.ts";
import { siteDetections } from "./check/read-site.ts";
import { waitFor } from "./wait.ts";
import { openWorld, restartCentral, restartEdge, type World } from "./world.ts";

/** After several ends of central in a row the next try of a site may be a minute or two away. */
const QUIET_WITHIN_MS = 150_000;
const TOWN = { seed: "recover", perMinute: 240, heartbeatMs: 2_000, sites: ["Main & Maple"] };

let world: World | null = null;
test.after(async () => world?.close());

const atCentral = async (one: World) => compareWithLedger((await one.town.ledger()).rows, await searchCentral(one.central.client, {}));

/** Waits until central has everything; answers what is there twice. No camera sends from then on: what only a disk held would go with it. */
async function quiet(one: World): Promise<readonly string[]> {
  await one.town.setPaused(true);
  const verdict = await waitFor(
    "everything to arrive at central",
    QUIET_WITHIN_MS,
    async () => {
      const now = await atCentral(one);
      return now.lost.length === 0 ? now : undefined;
    },
    500,
  ).catch(() => atCentral(one));
  const { lost, doubled, unexplained } = verdict;
  assert.equal({ lost, unexplained }, { lost: [], unexplained: [] });
  assert.ok(verdict.expected > 15, `${verdict.expected} messages are too few to prove anything`);
  return doubled;
}

/** People read it where they look: on the site's own page and on the dashboard. */
async function bothPagesSay(one: World, atSite: string, atDashboard: string): Promise<void> {
  const says = (words: string) => (notice: { readonly words: string }) => notice.words.includes(words);
  await waitFor(`the site's page to say "${atSite}"`, 20_000, async () => {
    const status = await one.sites[0]!.client.get<SiteStatus>("/api/status");
    return status?.notices.some(says(atSite)) ? status : undefined;
  });
  await waitFor(`the dashboard to say "${atDashboard}"`, 20_000, async () => {
    const answer = await one.central.client.get<NoticesAnswer>("/api/v1/notices");
    return answer?.notices.some(says(atDashboard)) ? answer : undefined;
  });
}

let toldTwice = 0;

test("a site's disk put back from an older copy begins a new log, and nothing at central is lost or doubled", async () => {
  world = await openWorld({ town: TOWN, say: () => {} });
  const [site] = world.sites;
  const copy = `${world.dir}/older-copy`;
  await delay(3_000);
  const inCopy = (await siteDetections(site!.client)).length;
  await site!.child.stop();
  cpSync(site!.home, copy, { recursive: true });
  await restartEdge(world, site!);
  await delay(4_000);
  assert.equal(await quiet(world), []);
  const sinceCopy = (await atCentral(world)).observed - inCopy;
  await site!.child.stop();
  rmSync(site!.home, { recursive: true });
  cpSync(copy, site!.home, { recursive: true });
  await restartEdge(world, site!);
  await world.town.setPaused(false);
  await delay(3_000);
  toldTwice = (await quiet(world)).length;
  assert.ok(toldTwice <= sinceCopy, `${toldTwice} of ${sinceCopy}`);
  await bothPagesSay(world, "another branch", "began a new log");
  const status = await site!.client.get<SiteStatus>("/api/status");
  assert.equal([status?.uplink.state, status?.uplink.refusal], ["connected", null]);
});

test("central put back from an older copy is given again what it lost", async () => {
  const { central, dir } = world!;
  const copy = `${dir}/older-central`;
  await central.child.stop();
  cpSync(central.dataDir, copy, { recursive: true });
  await restartCentral(world!);
  await world!.town.setPaused(false);
  await delay(4_000);
  await quiet(world!);
  const before = (await atCentral(world!)).observed;
  await central.child.stop();
  rmSync(central.dataDir, { recursive: true });
  cpSync(copy, central.dataDir, { recursive: true });
  await restartCentral(world!);
  await world!.town.setPaused(false);
  await delay(3_000);
  assert.is((await quiet(world!)).length, toldTwice, "nothing more is told twice");
  assert.ok((await atCentral(world!)).observed >= before);
});

test.run();

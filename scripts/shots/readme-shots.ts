/**
 * The pictures of the top-level README, from the running demo and not from sample data: central, two edges and six simulated cameras by
 * day, watched until there is something to see; the last ones after the uplink of one site was cut.
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { signInAtCentral, signInAtSite } from "../demo/check/check-pages.ts";
import { waitFor } from "../demo/wait.ts";
import { putWatchedPlates } from "../demo/watched-plates.ts";
import { openWorld, type World } from "../demo/world.ts";
import { openBrowser } from "../test/open-browser.ts";

const TRAFFIC_A_MINUTE = 60;
/** Cars that went by before the first picture. */
const DETECTIONS_WANTED = 40;
const ALERTS_WANTED = 4;
const WAIT_MAX_MS = 120_000;
/** For a page to ask, draw and get its pictures. */
const SETTLE_MS = 2_500;
/** Long enough that the site's page says a minute and what is waiting. */
const CUT_MS = 65_000;
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const COLOURS = 256;

/** Takes all of them into `folder`; says what it waits for. */
export async function takeReadmeShots(folder: string, say: (words: string) => void): Promise<void> {
  const world = await openWorld({ town: { seed: "maple", perMinute: TRAFFIC_A_MINUTE, light: "day" }, say });
  const browser = await openBrowser();
  try {
    await putWatchedPlates(world);
    await seeMisreadPlate(world, 0);
    say("waiting for traffic");
    await enoughTraffic(world);
    await dashboardShots(world, browser, folder);
    await siteShots(world, browser, folder, say);
  } finally {
    await browser.close();
    await world.close();
  }
}

/** A wanted plate that the camera reads wrongly by one look-alike character, so that the pictures show how that looks. */
async function seeMisreadPlate(world: World, which: number): Promise<void> {
  const first = world.sites[0]!;
  const wanted = world.town.watched.filter(({ plate }) => /[01258]/.test(plate))[which];
  if (wanted === undefined) throw new Error("the town watches no plate that can be misread");
  const looksLike: Readonly<Record<string, string>> = { "0": "O", "1": "I", "2": "Z", "5": "S", "8": "B" };
  const said = wanted.plate.replace(/[01258]/, (digit) => looksLike[digit]!);
  await waitFor("the list at the site", WAIT_MAX_MS, async () => {
    const { watchlists } = await first.client.get<{ watchlists: { entries: number }[] }>("/api/watchlists");
    return watchlists.some((list) => list.entries >= world.town.watched.length) ? true : undefined;
  });
  await world.town.see(first.cameras[0]!.name, wanted.plate, said);
}

async function enoughTraffic(world: World): Promise<void> {
  const { client } = world.central;
  await waitFor("traffic", WAIT_MAX_MS, async () => {
    const { detections } = await client.send<{ detections: unknown[] }>("POST", "/api/v1/detections/search", { limit: 100 });
    const { counts } = await client.get<{ counts: { new: number } }>("/api/v1/alerts?state=new&limit=1");
    return detections.length >= DETECTIONS_WANTED && counts.new >= ALERTS_WANTED ? true : undefined;
  });
}

async function dashboardShots(world: World, browser: Browser, folder: string): Promise<void> {
  const page = await openPage(browser, WIDE, "light");
  await page.goto(world.central.url);
  await signInAtCentral(page);
  await page.waitForFunction(
    () => document.querySelector(".detection-row") !== null && document.querySelector(".detection-row .where") === null,
  );
  await page.locator(".detection-row", { hasText: world.sites[0]!.site.name }).nth(1).hover();
  await photograph(page, join(folder, "readme-live.png"));
  await page.goto(`${world.central.url}/alerts`);
  await page.locator(".alert-row:has(.plate.marked)").first().click();
  await photograph(page, join(folder, "readme-alert.png"));
  const plate = world.town.watched[0]!.plate;
  await page.goto(`${world.central.url}/plate#plate=${plate}&reason=incident`);
  await photograph(page, join(folder, "readme-plate.png"));
  await page.goto(`${world.central.url}/sites`);
  await photograph(page, join(folder, "readme-sites.png"));
  await page.context().close();
}

async function siteShots(world: World, browser: Browser, folder: string, say: (words: string) => void): Promise<void> {
  const { url, relay } = world.sites[0]!;
  const page = await openPage(browser, PHONE, "light");
  await page.goto(url);
  await signInAtSite(page);
  await page.locator("article").first().waitFor();
  await photograph(page, join(folder, "readme-site.png"));
  await relay.setMode({ kind: "refuse" });
  say("the uplink is cut for a minute");
  await delay(CUT_MS);
  await seeMisreadPlate(world, 1);
  await page.locator("article").first().locator(".plate.marked").waitFor();
  await photograph(page, join(folder, "readme-site-offline.png"));
  await relay.setMode({ kind: "up" });
  await page.context().close();
}

async function openPage(browser: Browser, viewport: { width: number; height: number }, colorScheme: "light" | "dark"): Promise<Page> {
  const isPhone = viewport.width < 500;
  const context = await browser.newContext({
    viewport,
    colorScheme,
    reducedMotion: "reduce",
    timezoneId: "America/New_York",
    hasTouch: isPhone,
    deviceScaleFactor: isPhone ? 2 : 1,
  });
  return context.newPage();
}

/** After what is in sight was drawn; with a palette, which is enough for a page and a third of the size. */
async function photograph(page: Page, file: string): Promise<void> {
  await delay(SETTLE_MS);
  await sharp(await page.screenshot())
    .png({ palette: true, colours: COLOURS, compressionLevel: 9, effort: 10 })
    .toFile(file);
}

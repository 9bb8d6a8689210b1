// runner: timeout 180 s
/** What the site's page says of a recovery, in a real browser: nothing that happened is out of reach. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { SiteStatus } from "../../shared/api/site-api.ts";
import { buildPages } from "../build/ui-build.ts";
import { openBrowser } from "../test/open-browser.ts";
import { openSamplePictures } from "./sample-pictures.ts";
import { sampleStatus } from "./sample-site.ts";
import { makeSampleWorld, NOW_MS } from "./sample-world.ts";
import { type ShotsServer, startShotsServer } from "./shots-server.ts";

const world = makeSampleWorld(200);
const pages = suite("notices of a site");
let browser: Browser;
let server: ShotsServer;
pages.before(async () => {
  await buildPages();
  browser = await openBrowser();
  server = await startShotsServer({ page: "edge", state: "busy", world, picture: openSamplePictures(world.pictures) });
});
pages.after(async () => {
  await browser.close();
  await server.close();
});

const at = (minutesAgo: number): string => new Date(NOW_MS - minutesAgo * 60_000).toISOString();
const NOTICES: SiteStatus["notices"] = [
  { at: at(50), level: "info", words: "Central had closed this site's log. A new log continues it." },
  { at: at(9), level: "warning", words: "The data file on this disk was damaged." },
  { at: at(8), level: "warning", words: "Central was restored from an older copy." },
  { at: at(30), level: "alarm", words: "LOG_FORK: central's history was changed." },
];

pages("an alarm and the newest warning stand open, the rest is one tap away, by keyboard too", async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.clock.setFixedTime(NOW_MS);
  await page.route("**/api/status", (route) => route.fulfill({ json: { ...sampleStatus(world, "busy"), notices: NOTICES } }));
  // The live socket's greeting would bring the sample world's own status.
  await page.routeWebSocket(/./, () => {});
  await page.goto(server.address);
  const isShown = (words: string) => page.getByText(words).isVisible();
  await page.getByText("LOG_FORK").waitFor();
  assert.equal(await Promise.all(NOTICES.map(({ words }) => isShown(words))), [false, false, true, true]);
  const more = page.getByText("2 more notices");
  assert.ok((await more.boundingBox())!.height >= 44, "large enough for a thumb");
  await more.focus();
  await page.keyboard.press("Enter");
  await page.getByText("Central had closed").waitFor();
  assert.equal(await Promise.all(NOTICES.map(({ words }) => isShown(words))), [true, true, true, true]);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).include('[role="status"]').analyze();
  assert.equal(
    violations.map((one) => one.id),
    [],
  );
  await context.close();
});

pages.run();

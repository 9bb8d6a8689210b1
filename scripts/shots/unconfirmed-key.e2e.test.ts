// runner: timeout 180 s
/** What people see of a detection whose device nobody has confirmed, in a real browser. */
import type { Browser } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AlertItemView, DetectionView } from "../../shared/api/views.ts";
import { buildPages } from "../build/ui-build.ts";
import { openBrowser } from "../test/open-browser.ts";
import { openSamplePictures } from "./sample-pictures.ts";
import { makeSampleWorld, NOW_MS } from "./sample-world.ts";
import { type ShotsServer, startShotsServer } from "./shots-server.ts";

const world = makeSampleWorld(200);
const pages = suite("unconfirmed key");
let browser: Browser;
let server: ShotsServer;
pages.before(async () => {
  await buildPages();
  browser = await openBrowser();
  server = await startShotsServer({ page: "central", state: "busy", world, picture: openSamplePictures(world.pictures) });
});
pages.after(async () => {
  await browser.close();
  await server.close();
});

pages("the detection is tagged in the list, and says in full who signed it; others are not", async () => {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" })).newPage();
  await page.clock.setFixedTime(NOW_MS);
  await page.route("**/api/v1/detections/search*", async (route) => {
    const answer = (await (await route.fetch()).json()) as { detections: DetectionView[] };
    const [first, ...others] = answer.detections;
    await route.fulfill({ json: { ...answer, detections: [{ ...first, unconfirmed_key: true }, ...others] } });
  });
  await page.goto(server.address);
  await page.locator(".detection-row").nth(2).waitFor();
  const tags = page.getByText("unconfirmed key", { exact: true });
  assert.is(await tags.count(), 1);
  await page.locator(".detection-row", { has: tags }).click();
  await page.getByText("A device key that nobody has confirmed.").waitFor();
  await page.context().close();
});

pages("an alert says it in the queue, and in words where it is worked: nobody calls the police on a stranger's word unaware", async () => {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" })).newPage();
  await page.clock.setFixedTime(NOW_MS);
  await page.route("**/api/v1/alerts*", async (route) => {
    const answer = (await (await route.fetch()).json()) as { alerts: AlertItemView[] };
    const mark = (item: AlertItemView, at: number) =>
      at === 0 && item.detection !== null ? { ...item, detection: { ...item.detection, unconfirmed_key: true } } : item;
    await route.fulfill({ json: { ...answer, alerts: answer.alerts.map(mark) } });
  });
  await page.goto(`${server.address}/alerts`);
  const row = page.locator(".alert-row", { hasText: "unconfirmed key" });
  await row.waitFor();
  assert.is(await row.count(), 1);
  await row.click();
  await page.locator("article").getByText("A device key that nobody has confirmed.").waitFor();
  await page.context().close();
});

pages.run();

// runner: timeout 300 s
/** The built pages in a real browser over the sample world: nothing serious for axe, small, quick, and clean under the strict policy. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildPages } from "../build/ui-build.ts";
import { openBrowser } from "../test/open-browser.ts";
import { openSamplePictures } from "./sample-pictures.ts";
import { makeSampleWorld, NOW_MS } from "./sample-world.ts";
import { SHOTS } from "./shot-list.ts";
import { type ShotsServer, startShotsServer } from "./shots-server.ts";

const DIST = fileURLToPath(new URL("../../dist/ui/", import.meta.url));
const SITE_PAGE_BYTES_MAX = 250_000;
const FIRST_PAINT_MS_MAX = 1_000;
const FEED_DETECTIONS = 10_000;

const world = makeSampleWorld(200);
const picture = openSamplePictures(world.pictures);
let browser: Browser;
const servers: ShotsServer[] = [];
const pages = suite("pages");
pages.before(async () => {
  await buildPages();
  browser = await openBrowser();
});
pages.after(async () => {
  await browser.close();
  for (const server of servers) await server.close();
});

async function serve(deps: Partial<Parameters<typeof startShotsServer>[0]>): Promise<ShotsServer> {
  const server = await startShotsServer({ page: "central", state: "busy", world, picture, ...deps });
  servers.push(server);
  return server;
}

/** A page with the sample world's clock; what the policy or a program error says is collected. */
async function openPage(theme: "light" | "dark", width: number): Promise<{ page: Page; said: string[] }> {
  const context = await browser.newContext({ viewport: { width, height: 850 }, colorScheme: theme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const said: string[] = [];
  page.on("pageerror", (failure) => said.push(failure.message));
  page.on("console", (line) => {
    if (/Content Security Policy/.test(line.text())) said.push(line.text());
  });
  await page.clock.setFixedTime(NOW_MS);
  return { page, said };
}

const CHECKED = SHOTS.filter((shot) => shot.states.includes("busy"));
for (const shot of CHECKED) {
  pages(`${shot.name}: axe finds nothing serious, light and dark, and the strict policy refuses nothing`, async () => {
    const server = await serve({ page: shot.page, signedOut: shot.signedOut === true });
    for (const [theme, width] of [
      ["light", 1280],
      ["dark", 390],
    ] as const) {
      const { page, said } = await openPage(theme, width);
      await page.goto(server.address + shot.path);
      await page.waitForTimeout(250);
      for (const selector of shot.press ?? []) {
        await page.locator(selector).first().click();
        await page.waitForTimeout(150);
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
      assert.equal(
        serious.map(
          (one) =>
            `${theme} ${one.id}: ${one.nodes
              .slice(0, 3)
              .map((node) => node.html.slice(0, 140))
              .join(" | ")}`,
        ),
        [],
      );
      assert.equal(said, []);
      await page.context().close();
    }
  });
}

pages("the site's page is small: everything it loads, compressed", async () => {
  let bytes = 0;
  for (const name of await readdir(join(DIST, "edge"), { recursive: true })) {
    const file = join(DIST, "edge", name);
    if ((await stat(file)).isFile()) bytes += gzipSync(await readFile(file)).length;
  }
  assert.ok(bytes < SITE_PAGE_BYTES_MAX, `${bytes} bytes`);
});

pages("with ten thousand detections behind it the feed paints within a second and holds a few dozen rows", async () => {
  const many = makeSampleWorld(FEED_DETECTIONS);
  const server = await serve({ world: many, picture: openSamplePictures(many.pictures) });
  const { page } = await openPage("light", 1440);
  await page.goto(server.address);
  await page.locator(".detection-row").first().waitFor();
  const paintedMs = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  assert.ok(paintedMs < FIRST_PAINT_MS_MAX, `${paintedMs} ms`);
  // Reads on and on, as a person who scrolls down does; older pages come by themselves.
  for (let turn = 0; turn < 40; turn++) {
    await page.locator(".virtual").evaluate((list) => list.scrollBy(0, 1_500));
    await page.waitForTimeout(20);
  }
  assert.ok((await page.locator(".detection-row").count()) < 60);
  assert.ok((await page.locator(".virtual").evaluate((list) => list.scrollHeight)) > 20_000);
  await page.context().close();
});

pages("/ goes to the quick search, and a plate searched there never appears in an address before #", async () => {
  const server = await serve({});
  const { page } = await openPage("light", 1440);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(server.address);
  await page.locator(".detection-row").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("abc-123");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/search#plate=/);
  await page.locator("select.input").first().selectOption("incident");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.locator(".plate.marked").first().waitFor();
  assert.equal(
    asked.filter((address) => /ABC.?123/i.test(address)),
    [],
  );
  await page.goBack();
  await page.goBack();
  await page.locator(".virtual").waitFor();
  await page.context().close();
});

pages("T-19 escalate stays closed until the picture was opened, and says why", async () => {
  const server = await serve({});
  const { page } = await openPage("light", 1440);
  await page.goto(`${server.address}/alerts?show=verified`);
  await page.locator(".alert-row").first().click();
  const escalate = page.getByRole("button", { name: /^Escalate/ });
  assert.ok(await escalate.isDisabled());
  await page.getByText(/Open the picture and compare/).waitFor();
  await page.locator("article button.picture").first().click();
  await page.keyboard.press("Escape");
  assert.ok(await escalate.isEnabled());
  await page.keyboard.press("e");
  await page.getByLabel("To whom").waitFor();
  await page.context().close();
});

pages.run();

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
import { SHOTS, type Shot } from "./shot-list.ts";
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
    await Promise.all([check(shot, server.address, "light", 1280), check(shot, server.address, "dark", 390)]);
  });
}

async function check(shot: Shot, address: string, theme: "light" | "dark", width: number): Promise<void> {
  const { page, said } = await openPage(theme, width);
  await page.goto(address + shot.path);
  await page.waitForTimeout(250);
  for (const selector of shot.press ?? []) {
    await page.locator(selector).first().click();
    await page.waitForTimeout(150);
  }
  // The pages have no frames: without them axe needs no second page for its answer.
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ["violations"] })
    .setLegacyMode(true)
    .analyze();
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
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.ok(await escalate.isEnabled());
  await page.keyboard.press("e");
  await page.getByLabel("To whom").waitFor();
  await page.context().close();
});

pages("at 1440 the newest alert is open by itself, its address says so, and back leaves the page", async () => {
  const server = await serve({});
  const { page } = await openPage("light", 1440);
  await page.goto(server.address);
  await page.locator(".detection-row").first().waitFor();
  await page
    .getByRole("link", { name: /Alerts/ })
    .first()
    .click();
  await page.waitForURL(/\/alerts\/.+/);
  await page.locator("article").waitFor();
  assert.is(await page.locator(".alert-row").first().getAttribute("aria-current"), "true");
  await page.goBack();
  await page.locator(".virtual").waitFor();
  await page.context().close();
});

pages("nothing sticks out of any page on a phone", async () => {
  for (const [name, path, pressed] of [
    ["central", "/alerts", undefined],
    ["central", "/watchlists", ".alert-row"],
    ["central", "/sites", undefined],
    ["edge", "/", undefined],
  ] as const) {
    const server = await serve({ page: name });
    const { page } = await openPage("light", 360);
    await page.goto(server.address + path);
    if (pressed !== undefined) await page.locator(pressed).first().click();
    await page.locator(".plate, .site-row").first().waitFor();
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll("#page *")]
        .filter((element) => element.closest(".rail, .copy-text, .visually-hidden, [class*=leaflet]") === null)
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    assert.equal(wide.slice(0, 3), [], `${name}${path}`);
    const outOfCard = await page.evaluate(() =>
      [...document.querySelectorAll("article .picture")]
        .filter((picture) => picture.getBoundingClientRect().right > picture.closest("article")!.getBoundingClientRect().right)
        .map((picture) => picture.outerHTML.slice(0, 120)),
    );
    assert.equal(outOfCard, [], `${name}${path}`);
    await page.context().close();
  }
});

pages("a picture that arrives takes the place of the words that said where it was", async () => {
  const late = structuredClone(world);
  for (const detection of late.detections) for (const image of detection.images) Object.assign(image, { state: "on-edge" });
  let there = false;
  const server = await serve({ world: late, picture: async (sha256) => (there ? picture(sha256) : undefined) });
  const { page } = await openPage("light", 1440);
  await page.goto(server.address);
  await page.locator(".detection-row .where").first().waitFor();
  assert.is(await page.locator(".detection-row img").count(), 0);
  there = true;
  await page.locator(".detection-row").first().locator("img").waitFor({ timeout: 6_000 });
  await page.context().close();
});

pages("on a plain http address the site's page keeps the screen on from the first tap and says what HTTPS would add", async () => {
  const server = await serve({ page: "edge" });
  const { page } = await openPage("light", 390);
  // Any name but a loopback one: browsers give those what they otherwise keep for HTTPS.
  await page.goto(server.address.replace("127.0.0.1", "site-pi.test"));
  await page.locator("article").first().waitFor();
  assert.not.ok(await page.evaluate(() => isSecureContext));
  assert.is(await page.locator("video").count(), 0);
  await page.getByRole("button", { name: "Avi Rosen" }).click();
  await page.getByText("This page comes over plain http").waitFor();
  await page.getByText("Stays on while this page is in front.").waitFor();
  assert.not.ok(await page.locator("video.keeps-awake").evaluate((video: HTMLVideoElement) => video.paused));
  await page.context().close();
});

pages.run();

/**
 * `npm run shots`: builds both pages and photographs each of them at 1440x900 and 390x844, light and dark, in every state. The pictures
 * in KEPT go to ui/screenshots/, all others to dist/shots/. `-- NAME` takes only the shots whose name contains NAME; `-- --readme` takes the
 * pictures of the top-level README from the running demo instead.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { buildPages } from "../build/ui-build.ts";
import { openBrowser } from "../test/open-browser.ts";
import type { ShotState } from "./answerer.ts";
import { takeReadmeShots } from "./readme-shots.ts";
import { openSamplePictures } from "./sample-pictures.ts";
import { makeSampleWorld, NOW_MS } from "./sample-world.ts";
import { KEPT, SHOTS, type Shot } from "./shot-list.ts";
import { startShotsServer } from "./shots-server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;
const THEMES = ["light", "dark"] as const;
const DETECTIONS = 1_500;
/** For the page to ask and draw; then as long as its pictures take, at most the second. */
const SETTLE_MS = 300;
const SETTLE_MAX_MS = 4_000;

const world = makeSampleWorld(DETECTIONS);
const picture = openSamplePictures(world.pictures);

async function photograph(browser: Browser, shot: Shot, state: ShotState): Promise<number> {
  const server = await startShotsServer({ page: shot.page, state, world, picture, signedOut: shot.signedOut === true });
  let taken = 0;
  for (const size of SIZES) {
    for (const theme of THEMES) {
      const context = await browser.newContext({
        viewport: size,
        colorScheme: theme,
        reducedMotion: "reduce",
        timezoneId: "America/New_York",
        hasTouch: size.width < 500,
      });
      const page = await context.newPage();
      page.on("pageerror", (failure) => console.error(`${shot.name} ${state}: ${failure.message}`));
      page.on("console", (line) => {
        if (/Content Security Policy|Uncaught/.test(line.text())) console.error(`${shot.name} ${state}: ${line.text()}`);
      });
      await page.clock.setFixedTime(NOW_MS);
      await page.goto(server.address + shot.path);
      await settle(page);
      for (const selector of shot.press ?? []) {
        // An empty or failing page has nothing to press; it is photographed as it is.
        if (state === "busy") await page.locator(selector).first().click();
        await settle(page);
      }
      if (shot.choose !== undefined) {
        const file = { name: shot.choose, mimeType: "application/octet-stream", buffer: Buffer.from("a file") };
        await page.locator("input[type=file]").first().setInputFiles(file);
        await settle(page);
      }
      if (shot.hover !== undefined && size.width > 500 && state !== "empty" && state !== "error")
        await page.locator(shot.hover).first().hover();
      await settle(page);
      const name = `${shot.name}-${state}-${size.width}-${theme}`;
      const folder = join(ROOT, KEPT.has(name) ? "ui/screenshots" : "dist/shots");
      await writeFile(
        join(folder, `${name}.png`),
        await sharp(await page.screenshot())
          .png({ compressionLevel: 9, effort: 10 })
          .toBuffer(),
      );
      taken++;
      await context.close();
    }
  }
  await server.close();
  return taken;
}

/** Until what is in sight is drawn: pictures loaded, the map's tiles come or failed. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(SETTLE_MS);
  await page
    .waitForFunction(
      () => [...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight),
      undefined,
      { timeout: SETTLE_MAX_MS },
    )
    .catch(() => undefined);
}

async function main(): Promise<void> {
  const only = process.argv.slice(2).find((word) => !word.startsWith("-"));
  await buildPages();
  await mkdir(join(ROOT, "ui/screenshots"), { recursive: true });
  if (process.argv.includes("--readme")) return takeReadmeShots(join(ROOT, "ui/screenshots"), (words) => console.error(words));
  await mkdir(join(ROOT, "dist/shots"), { recursive: true });
  const browser = await openBrowser();
  let taken = 0;
  for (const shot of SHOTS.filter((one) => only === undefined || one.name.includes(only))) {
    for (const state of shot.states) taken += await photograph(browser, shot, state);
    console.log(`${shot.name}: ${taken} pictures so far`);
  }
  await browser.close();
  console.log(JSON.stringify({ taken, kept: "ui/screenshots", rest: "dist/shots" }));
}

await main();

// runner: timeout 180 s
/** What can be asked of a site, in a real browser over the sample world. */
import type { Browser, Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildPages } from "../build/ui-build.ts";
import { openBrowser } from "../test/open-browser.ts";
import { openSamplePictures } from "./sample-pictures.ts";
import { makeSampleWorld, NOW_MS } from "./sample-world.ts";
import { type ShotsServer, startShotsServer } from "./shots-server.ts";

const world = makeSampleWorld(200);
const pages = suite("site commands");
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

async function openSite(role: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 850 }, reducedMotion: "reduce" })).newPage();
  await page.clock.setFixedTime(NOW_MS);
  await page.route("**/api/v1/auth/me", (route) =>
    route.fulfill({ json: { id: "x", email: "x@example.org", name: "Dina Katz", role, sites: [] } }),
  );
  await page.goto(`${server.address}/sites/${world.collectors[1]!.id}`);
  await page.getByText("Taken back").waitFor();
  return page;
}

pages("a viewer reads what was asked and sees no button; an operator may ask for a report; an administrator may edit", async () => {
  const seen: Record<string, number[]> = {};
  for (const role of ["viewer", "operator", "admin"]) {
    const page = await openSite(role);
    const count = (name: string) => page.getByRole("button", { name }).count();
    seen[role] = [await count("Report now"), await count("Edit configuration")];
    await page.context().close();
  }
  assert.equal(seen, { viewer: [0, 0], operator: [1, 0], admin: [1, 1] });
});

pages("a refused configuration keeps the text, says why, and puts the cursor on its line", async () => {
  const page = await openSite("admin");
  await page.getByRole("button", { name: "Edit configuration" }).click();
  const text = page.getByLabel("Configuration (YAML)");
  await text.waitFor();
  const typed = `${await text.inputValue()}# mine\n`;
  await text.fill(typed);
  await page.getByLabel("Why").fill("second camera");
  await page.getByRole("button", { name: "Send to the site" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Refused", { exact: true }).waitFor();
  assert.match((await dialog.getByRole("status").textContent()) ?? "", /line 8: cameras\[0\].adapter/);
  const marked = await text.evaluate((area: HTMLTextAreaElement) => area.value.slice(area.selectionStart, area.selectionEnd));
  assert.equal([await text.inputValue(), marked.trim()], [typed, "adapter: hikvision"]);
  await page.context().close();
});

pages.run();

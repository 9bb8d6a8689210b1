// runner: timeout 180 s
/** Records by stick as people meet them, in a real browser over the sample world. */
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { PageName } from "../../ui/vite.config.ts";
import { buildPages } from "../build/ui-build.ts";
import { openBrowser } from "../test/open-browser.ts";
import { openSamplePictures } from "./sample-pictures.ts";
import { makeSampleWorld, NOW_MS } from "./sample-world.ts";
import { type ShotsServer, startShotsServer } from "./shots-server.ts";

const world = makeSampleWorld(200);
const pages = suite("records by stick");
let browser: Browser;
const servers: ShotsServer[] = [];
pages.before(async () => {
  await buildPages();
  browser = await openBrowser();
});
pages.after(async () => {
  await browser.close();
  for (const server of servers) await server.close();
});

async function open(name: PageName, path: string, role = "operator"): Promise<Page> {
  const server = await startShotsServer({ page: name, state: "busy", world, picture: openSamplePictures(world.pictures) });
  servers.push(server);
  const page = await (await browser.newContext({ viewport: { width: 390, height: 844 }, reducedMotion: "reduce" })).newPage();
  await page.clock.setFixedTime(NOW_MS);
  await page.route("**/api/v1/auth/me", (route) =>
    route.fulfill({ json: { id: "x", email: "x@example.org", name: "Dina Katz", role, sites: [] } }),
  );
  await page.goto(server.address + path);
  return page;
}

const file = (name: string) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from([1, 2, 3]) });

pages("the site's page saves the file that was chosen, shows its progress, and takes the receipt back", async () => {
  const page = await open("edge", "/#carry");
  await page.getByText("214 records and 430 pictures").waitFor();
  await page.getByLabel("Of alerts").check({ force: true });
  const save = page.getByRole("link", { name: /Save the file/ });
  assert.is(await save.getAttribute("href"), "/api/bundle?images=alerts");
  await page.locator("input[type=file]").setInputFiles(file("main.alprreceipt"));
  await page.getByText("Central has 214 more records").waitFor();
  await page.route("**/api/bundle/receipt", (route) =>
    route.fulfill({ status: 422, json: { error: { code: "invalid", message: "This receipt is another central's.", details: null } } }),
  );
  await page.locator("input[type=file]").setInputFiles(file("other.alprreceipt"));
  await page.getByText("This receipt is another central's.").waitFor();
  await page.context().close();
});

pages("while a file is made the page counts it, and offers no second one", async () => {
  const page = await open("edge", "/#carry");
  await page.route("**/api/bundle/waiting", async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, making: { records: 214, records_total: 214, images: 43, images_total: 430, bytes: 9e6 } } });
  });
  await page.reload();
  await page.getByText("214 of 214 records, 43 of 430 pictures, 9 MB").waitFor();
  assert.is(await page.getByRole("progressbar").getAttribute("aria-valuenow"), "19");
  assert.is(await page.getByRole("link", { name: /Save the file/ }).count(), 0);
  await page.context().close();
});

pages("the dashboard brings files in one by one, names what became of each, and gives the receipt's very bytes", async () => {
  const page = await open("central", "/sites");
  const types: (string | undefined)[] = [];
  await page.route("**/api/v1/bundles", async (route) => {
    types.push(route.request().headers()["content-type"]);
    if (types.length === 1) return route.continue();
    return route.fulfill({ status: 422, json: { error: { code: "invalid", message: "This is not a bundle of a site.", details: null } } });
  });
  await page.locator("input[type=file]").setInputFiles([file("main.alprbundle"), file("holiday.jpg")]);
  await page.getByText("Orchard School: 214 new records, 12 were here already").waitFor();
  await page.getByText("This is not a bundle of a site.").waitFor();
  assert.equal(types, ["application/octet-stream", "application/octet-stream"]);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Save the receipt" }).click();
  const saved = await download;
  assert.is(saved.suggestedFilename(), "main.alprreceipt");
  assert.is((await readFile(await saved.path())).toString(), "a receipt");
  await page.getByRole("button", { name: "Remove from this list: holiday.jpg" }).click();
  assert.is(await page.getByText("holiday.jpg").count(), 0);
  await page.context().close();
});

pages("a line that breaks says that what arrived is stored; a viewer is offered nothing", async () => {
  const page = await open("central", "/sites");
  await page.route("**/api/v1/bundles", (route) => route.abort());
  await page.locator("input[type=file]").setInputFiles(file("main.alprbundle"));
  await page.getByText("The line broke. What had arrived is stored").waitFor();
  await page.context().close();
  const viewer = await open("central", "/sites", "viewer");
  await viewer.locator(".site-row").first().waitFor();
  assert.is(await viewer.locator("input[type=file]").count(), 0);
  await viewer.context().close();
});

const DOWN_NAME = "main-maple-20261123-0110.alprdown";
const downFile = { name: DOWN_NAME, mimeType: "application/octet-stream", buffer: Buffer.from("ALPRDWN1 and what is sealed in it") };

pages("the site's page sends central's file as it is and says in full what came of it", async () => {
  const page = await open("edge", "/#carry");
  const sent: (string | undefined)[] = [];
  await page.route("**/api/bundle/down", (route) => {
    sent.push(route.request().headers()["content-type"]);
    return sent.length === 1 ? route.continue() : route.abort();
  });
  await page.locator("input[type=file]").setInputFiles(downFile);
  await page.getByText("2 watchlists brought up to date, 1 stood so already.").waitFor();
  assert.equal(sent, ["application/octet-stream"]);
  await page.locator("input[type=file]").setInputFiles(downFile);
  await page.getByText("Choose the same file again; nothing is done twice.").waitFor();
  assert.is(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out at phone width");
  await page.context().close();
});

pages("a site's page at central makes a file for the stick by keyboard, and says why when it cannot", async () => {
  const page = await open("central", "/sites");
  await page.locator(".site-row a").first().click();
  const made: unknown[] = [];
  await page.route("**/api/v1/collectors/*/down", (route) => {
    made.push(route.request().postDataJSON());
    if (made.length === 1)
      return route.fulfill({
        body: "sealed",
        contentType: "application/octet-stream",
        headers: { "content-disposition": `attachment; filename="${DOWN_NAME}"` },
      });
    const message = "Central does not know this site's device yet.";
    return route.fulfill({ status: 422, json: { error: { code: "invalid", message, details: null } } });
  });
  const button = page.getByRole("button", { name: "Make a file for the stick" });
  await button.focus();
  const download = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  const saved = await download;
  assert.equal([saved.suggestedFilename(), (await readFile(await saved.path())).toString()], [DOWN_NAME, "sealed"]);
  await page.getByText(DOWN_NAME).waitFor();
  await button.click();
  await page.getByText("Central does not know this site's device yet.").waitFor();
  assert.equal(made, [{}, {}]);
  assert.is(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, "nothing sticks out at phone width");
  await page.context().close();
});

pages("beside a file that was brought in the answer for its site is saved, with the receipt inside", async () => {
  const page = await open("central", "/sites");
  let asked: { lists?: string; receipt?: string } = {};
  await page.route("**/api/v1/collectors/*/down", (route) => {
    asked = route.request().postDataJSON();
    return route.fulfill({ body: "sealed", headers: { "content-disposition": `attachment; filename="${DOWN_NAME}"` } });
  });
  await page.locator("input[type=file]").setInputFiles(file("main.alprbundle"));
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the answer" }).click();
  assert.is((await download).suggestedFilename(), DOWN_NAME);
  assert.equal([asked.lists, Buffer.from(asked.receipt ?? "", "base64").toString()], ["changed", "a receipt"]);
  await page.context().close();
});

pages.run();

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHttp } from "./create-http.ts";
import { staticPages } from "./static-pages.ts";

const folder = mkdtempSync(join(tmpdir(), "chaverim-pages-"));
mkdirSync(join(folder, "pages/assets"), { recursive: true });
writeFileSync(join(folder, "pages/index.html"), "<!doctype html>page");
writeFileSync(join(folder, "pages/assets/index-1a2b.js"), "script");
writeFileSync(join(folder, "pages/.env"), "secret");
writeFileSync(join(folder, "secret.txt"), "secret");
test.after(() => rmSync(folder, { recursive: true }));

const app = createHttp({
  routes: [],
  guards: { readActor: async () => null, readCollector: async () => null, publicUrl: null },
  log: pino({ level: "silent" }),
  secure: false,
  observe: () => undefined,
  nowMs: Date.now,
  pages: staticPages(join(folder, "pages")),
});

test("an asset with its hash in its name is kept for ever, the page is asked for each time", async () => {
  const asset = await app.request("/assets/index-1a2b.js");
  assert.equal([asset.status, await asset.text()], [200, "script"]);
  assert.match(asset.headers.get("cache-control") ?? "", /immutable/);
  assert.match(asset.headers.get("content-type") ?? "", /^text\/javascript/);
  const page = await app.request("/");
  assert.is(page.headers.get("cache-control"), "no-cache");
  const again = await app.request("/", { headers: { "if-none-match": page.headers.get("etag") ?? "" } });
  assert.is(again.status, 304);
});

test("any address of the dashboard is the one page; a file that is not there is 404, and so is an unknown API address", async () => {
  for (const path of ["/alerts/1", "/live", "/plate"]) assert.match(await (await app.request(path)).text(), /doctype/, path);
  for (const path of ["/assets/gone.js", "/api/v1/nothing", "/sync/v1/x", "/metrics/x"])
    assert.is((await app.request(path)).status, 404, path);
  assert.is((await app.request("/", { method: "POST" })).status, 404);
});

test("nothing outside of the folder and nothing hidden is ever served", async () => {
  for (const path of [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%2f..%2f..%2fsecret.txt",
    "/.env",
    "/%2eenv",
    "/a%00.js",
    "/%",
    "//etc/passwd",
  ]) {
    const text = await (await app.request(`http://x${path}`)).text();
    assert.not.match(text, /secret/, path);
  }
});

test.run();

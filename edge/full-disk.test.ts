/** A whole edge whose disk fills and gets room again; only the figure of the file system is the test's. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SiteDetectionsAnswer, SiteStatus } from "../shared/api/site-api.ts";
import { makeTestEdge, type TestEdge } from "./test-edge.ts";

const MIB = 1024 * 1024;
const LOOKS_WITHIN_MS = 8_000;

function push(site: TestEdge, path: string): Promise<Response> {
  const file = readFileSync(new URL("./cameras/hikvision/fixtures/push-tcg405.http.bin", import.meta.url));
  const end = file.indexOf("\r\n\r\n");
  const type = /content-type: (.*)\r\n/i.exec(file.toString("latin1", 0, end + 2))![1]!;
  return fetch(`${site.edge.address}${path}`, { method: "POST", headers: { "content-type": type }, body: file.subarray(end + 4) });
}

test("T-72 on a full disk pushes are put off with the reason on the page, and taken again when there is room", async () => {
  let freeBytes = 10 * MIB;
  const site = await makeTestEdge({ cameras: [{ name: "North gate", adapter: "hikvision", mode: "push" }], freeBytes: () => freeBytes });
  try {
    await site.signIn();
    const path = (await site.json<{ cameras: { push_path: string }[] }>("GET", "/api/cameras")).cameras[0]!.push_path;
    const refused = await push(site, path);
    assert.equal([refused.status, refused.headers.get("retry-after")], [503, "60"]);
    const { notices, storage } = await site.json<SiteStatus>("GET", "/api/status");
    assert.ok(
      notices.some(({ level, words }) => level === "alarm" && words.startsWith("The disk is full. Cameras that push or are polled")),
      JSON.stringify(notices),
    );
    assert.match(storage.words, /Only 10 MB free/);
    freeBytes = 10_000 * MIB;
    const until = Date.now() + LOOKS_WITHIN_MS;
    let answer = await push(site, path);
    for (; answer.status !== 200 && Date.now() < until; answer = await push(site, path)) await delay(250);
    assert.is(answer.status, 200);
    assert.is((await site.json<SiteDetectionsAnswer>("GET", "/api/detections")).detections.length, 1);
    const after = await site.json<SiteStatus>("GET", "/api/status");
    assert.not.ok(after.notices.some(({ words }) => words.startsWith("The disk is")));
  } finally {
    await site.remove();
  }
});

test.run();

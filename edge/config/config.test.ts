import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EdgeConfig, edgeLogLevel, loadEdgeConfig } from "../config.ts";
import { addLocalCamera, setLocal } from "./edit-local.ts";

const COLLECTOR = "01990000-0000-7000-8000-000000000001";
const NORTH = "01990000-0000-7000-8000-0000000000c1";
let home: string;
test.before.each(() => {
  home = mkdtempSync(join(tmpdir(), "edge-config-"));
  mkdirSync(join(home, "config"));
});
test.after.each(() => rmSync(home, { recursive: true }));

const put = (file: string, text: string) => writeFileSync(join(home, "config", file), text);
const words = () => {
  const outcome = loadEdgeConfig(home);
  return outcome.kind === "bad" ? outcome.words : "no refusal";
};
const config = (): EdgeConfig => {
  const outcome = loadEdgeConfig(home);
  if (outcome.kind === "bad") throw new Error(outcome.words);
  return outcome.config;
};

test("a collector id is enough: everything else has a default, and no central is needed", () => {
  put("local.yaml", `collector_id: ${COLLECTOR}\n`);
  const { central, web, cameras, site } = config();
  assert.equal([central, web.host, web.port, cameras, site.timeZone], [null, "0.0.0.0", 8080, [], "UTC"]);
});

test("the hours of pictures are read as times of the site's day", () => {
  put("local.yaml", `collector_id: ${COLLECTOR}\nimages:\n  budget:\n    - { from: 06:00, to: 22:00, kbit_per_second: 0 }\n`);
  assert.equal(config().images.budget, [{ from: 360, to: 1_320, kbitPerSecond: 0 }]);
});

test("the stronger layer wins key by key, and cameras are merged by their id", () => {
  put("base-config.yaml", "web: { listen: '127.0.0.1:1' }\nsite: { name: Base, time_zone: UTC }\n");
  put("central.yaml", `cameras:\n  - { id: ${NORTH}, name: North, adapter: hikvision, channel: 2 }\n`);
  put("local.yaml", `collector_id: ${COLLECTOR}\nsite: { name: Main & Maple }\ncameras:\n  - { id: ${NORTH}, name: North gate }\n`);
  const { web, site, cameras } = config();
  assert.equal([web.port, site.name, site.timeZone], [1, "Main & Maple", "UTC"]);
  assert.equal(
    cameras.map(({ name, adapter, channel }) => [name, adapter, channel]),
    [["North gate", "hikvision", 2]],
  );
});

test("a refusal names file, line and key", () => {
  const cases: [string, RegExp][] = [
    ["collector_id: nonsense\n", /^config\/local.yaml, line 1: collector_id must be a UUID/],
    [`collector_id: ${COLLECTOR}\nweb:\n  lisen: 0.0.0.0:80\n`, /^config\/local.yaml, line 3: web.lisen is not a known key/],
    [`collector_id: ${COLLECTOR}\nweb:\n  listen: everywhere\n`, /line 3: web.listen must be an address and a port/],
    [
      `collector_id: ${COLLECTOR}\ncameras:\n  - id: ${NORTH}\n    name: North\n    adapter: nikon\n`,
      /line 5: cameras\[0\].adapter must be one of hikvision/,
    ],
    [`collector_id: ${COLLECTOR}\ncameras:\n  - id: ${NORTH}\n    adapter: replay\n`, /cameras\[0\].name is missing/],
    [`collector_id: ${COLLECTOR}\nbatch:\n  max_detections: 51\n`, /line 3: batch.max_detections must be a number from 1 to 50/],
    [`collector_id: ${COLLECTOR}\nsite: { time_zone: Mars/Olympus }\n`, /line 2: site.time_zone must be a time zone/],
    [
      `collector_id: ${COLLECTOR}\nimages:\n  budget:\n    - { from: "06:00", to: 22h, kbit_per_second: 0 }\n`,
      /line 4: images.budget\[0\].to must be a time of day such as 22:00/,
    ],
    ["site: { name: x }\n", /collector_id is missing/],
    [`collector_id: ${COLLECTOR}\ncameras: hello\n`, /line 2: cameras must be a list/],
    [`collector_id: ${COLLECTOR}\ncameras:\n  - hello\n`, /line 2: cameras\[0\] must hold keys and values/],
    [`collector_id: ${COLLECTOR}\nsite:\n  name: ${"x".repeat(61)}\n`, /line 3: site.name must have at most 60 characters/],
    [`collector_id: ${COLLECTOR}\nsite:\n  name: "two\\nlines"\n`, /line 3: site.name must be one line/],
    [
      `collector_id: ${COLLECTOR}\ncameras:\n  - id: ${NORTH}\n    name: North\n    adapter: hikvision\n    url: ftp://192.0.2.1\n`,
      /line 6: cameras\[0\].url must begin with http/,
    ],
    [
      `collector_id: ${COLLECTOR}\ncameras:\n  - id: ${NORTH}\n    name: North\n    adapter: hikvision\n    mode: push\n`,
      /^config\/local.yaml, line 3: cameras\[0\].push_secret is missing/,
    ],
    [`collector_id: ${COLLECTOR}\na: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c]\n`, /^config\/local.yaml: an alias/],
    ["a: [1, 2\n", /^config\/local.yaml, line \d: /],
    ["just text\n", /must hold keys and values/],
  ];
  for (const [text, expected] of cases) {
    put("local.yaml", text);
    assert.match(words(), expected);
  }
});

test("a camera's mistake is found in the file that holds it", () => {
  put("central.yaml", `cameras:\n  - id: ${NORTH}\n    name: North\n    adapter: replay\n    channel: none\n`);
  put("local.yaml", `collector_id: ${COLLECTOR}\ncameras:\n  - id: ${NORTH.replace("c1", "c0")}\n    name: South\n    adapter: replay\n`);
  assert.match(words(), /^config\/central.yaml, line 5: cameras\[0\].channel must be a number/);
});

test("a layer that cannot be read is named", () => {
  mkdirSync(join(home, "config/local.yaml"));
  assert.match(words(), /^config\/local.yaml: cannot be read \(EISDIR\)/);
});

test("what nobody has set is not told to central as if somebody had", () => {
  put("local.yaml", `collector_id: ${COLLECTOR}\n`);
  assert.equal(config().site.set, { name: "", timeZone: "" });
  put("local.yaml", `collector_id: ${COLLECTOR}\nsite: { name: Main & Maple, time_zone: UTC }\n`);
  assert.equal(config().site.set, { name: "Main & Maple", timeZone: "UTC" });
});

test("a log level that is none is named", () => {
  assert.is(edgeLogLevel({}), "info");
  assert.throws(() => edgeLogLevel({ CHAVERIM_LOG_LEVEL: "loud" }), /CHAVERIM_LOG_LEVEL: "loud" is none of trace/);
});

test("names that look like numbers stay names", () => {
  put("local.yaml", `collector_id: ${COLLECTOR}\nsite: { name: 12E45 }\n`);
  assert.is(config().site.name, "12E45");
});

test("two cameras of one id are refused", () => {
  const camera = `  - { id: ${NORTH}, name: A, adapter: replay }\n`;
  put("local.yaml", `collector_id: ${COLLECTOR}\ncameras:\n${camera}${camera}`);
  assert.match(words(), /two cameras have the id/);
});

test("an empty home says which command makes a configuration", () => {
  assert.match(words(), /npm run edge -- init --home/);
});

test("what the commands write is read back, and comments stay", () => {
  put("local.yaml", `# ours\ncollector_id: ${COLLECTOR} # do not change\nsite:\n  name: Old\n  time_zone: UTC\n`);
  setLocal(home, { site: { name: "12E45" }, central: { url: "http://127.0.0.1:9/" } });
  addLocalCamera(home, { id: NORTH, name: "North: gate", adapter: "replay", channel: 3 });
  const { site, central, cameras } = config();
  assert.equal(
    [site.name, site.timeZone, central!.url, cameras[0]!.name, cameras[0]!.channel],
    ["12E45", "UTC", "http://127.0.0.1:9", "North: gate", 3],
  );
});

test.run();

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAlerts } from "./hikvision/anpr-alert.ts";
import { STREAM_LIMITS } from "./multipart-reader.ts";
import { createMultipartSplitter, type MultipartItem } from "./multipart-splitter.ts";

const STREAM = readFileSync(new URL("./hikvision/fixtures/alertStream.multipart.bin", import.meta.url));
const CONTEXT = { facing: "approaching", timeZone: "UTC" } as const;
const RUNS = { numRuns: 150, verbose: 0 } as const;

function split(input: Uint8Array, cuts: readonly number[]): MultipartItem[] {
  const splitter = createMultipartSplitter("boundary", STREAM_LIMITS);
  const items: MultipartItem[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    items.push(...splitter.push(input.subarray(at, Math.max(at, cut))));
    at = Math.max(at, cut);
  }
  return [...items, ...splitter.push(input.subarray(at)), ...splitter.end()];
}
const digest = (items: readonly MultipartItem[]): string[] =>
  items.map((item) => (item.kind === "part" ? Buffer.from(item.body).toString("base64") : item.reason));
const cuts = fc.array(fc.nat(STREAM.length), { maxLength: 12 });

test("however a healthy stream is cut into chunks, its parts are the same", () => {
  const whole = digest(split(STREAM, []));
  fc.assert(
    fc.property(cuts, (at) => assert.equal(digest(split(STREAM, at)), whole)),
    RUNS,
  );
});

test("no damage makes the splitter or the parser throw, or give out more bytes than came", () => {
  const damage = fc.array(fc.record({ at: fc.nat(STREAM.length - 1), bytes: fc.uint8Array({ maxLength: 20 }), drop: fc.nat(300) }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(damage, cuts, (places, at) => {
      let input: Buffer = STREAM;
      for (const place of places) input = Buffer.concat([input.subarray(0, place.at), place.bytes, input.subarray(place.at + place.drop)]);
      const items = split(input, at);
      const given = items.reduce((sum, item) => sum + (item.kind === "part" ? item.body.length : 0), 0);
      assert.ok(given <= input.length);
      for (const item of items) if (item.kind === "part" && item.body[0] !== 0xff) parseAlerts(item.body, CONTEXT);
    }),
    RUNS,
  );
});

test("damage inside one part leaves the detections of the others", () => {
  const second = STREAM.indexOf("CRK4732");
  const firstXml = STREAM.indexOf("<ANPR>");
  fc.assert(
    fc.property(fc.nat(3000), fc.uint8Array({ minLength: 1, maxLength: 8 }), (offset, bytes) => {
      const input = Buffer.from(STREAM);
      input.set(bytes, firstXml + offset);
      const plates = split(input, [second]).flatMap((item) =>
        item.kind === "part" && item.body[0] !== 0xff ? parseAlerts(item.body, CONTEXT) : [],
      );
      assert.ok(plates.some((message) => message.kind === "anpr" && message.reading.plateRead === "CRK4732"));
    }),
    RUNS,
  );
});

test.run();

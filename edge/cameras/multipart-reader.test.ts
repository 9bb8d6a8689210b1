import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { realWorld } from "./camera-world.ts";
import { PUSH_LIMITS, QUIET_MS, readMultipart, STREAM_LIMITS } from "./multipart-reader.ts";
import { createMultipartSplitter, type MultipartItem, type MultipartPart } from "./multipart-splitter.ts";
import { boundaryOf } from "./part-headers.ts";

const FIXTURES = new URL("./hikvision/fixtures/", import.meta.url);
const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const text = (part: MultipartItem | undefined): string =>
  part?.kind === "part" ? Buffer.from(part.body).toString("latin1") : `(${part?.reason})`;
const JPEG = "\xff\xd8\xff\xe0pixels\xff\xd9";

function split(input: Uint8Array, boundary: string | null = "boundary", chunk = input.length): MultipartItem[] {
  const splitter = createMultipartSplitter(boundary, STREAM_LIMITS);
  const items: MultipartItem[] = [];
  for (let at = 0; at < input.length; at += chunk) items.push(...splitter.push(input.subarray(at, at + chunk)));
  return [...items, ...splitter.end()];
}
const parts = (items: readonly MultipartItem[]): MultipartPart[] => items.filter((item) => item.kind === "part");

test("the recorded stream splits into the same parts however it is cut into chunks", () => {
  const stream = readFileSync(new URL("alertStream.multipart.bin", FIXTURES));
  const expected = JSON.parse(readFileSync(new URL("alertStream.expected.json", FIXTURES), "utf8")) as {
    parts: { body_offset: number; body_length: number; kind: string }[];
  };
  for (const chunk of [1, 7, 1000, 4096, stream.length]) {
    const got = parts(split(stream, "boundary", chunk));
    assert.is(got.length, expected.parts.length, `chunks of ${chunk}`);
    for (const [at, part] of got.entries()) {
      const { body_offset, body_length } = expected.parts[at]!;
      // The part without Content-Length keeps the line break before its delimiter's own.
      const body = Buffer.from(part.body).subarray(0, body_length);
      assert.ok(body.equals(stream.subarray(body_offset, body_offset + body_length)), `part ${at} in chunks of ${chunk}`);
      assert.ok(part.body.length - body_length <= 1);
    }
    assert.equal(
      got.map((part) => part.lengthWrong),
      expected.parts.map((part) => part.kind === "malformed"),
    );
  }
});

test("a part is given away when its bytes are there, without waiting for the next delimiter", () => {
  const splitter = createMultipartSplitter("boundary", STREAM_LIMITS);
  assert.equal(splitter.push(bytes("--boundary\r\nContent-Type: application/xml\r\nContent-Length: 8\r\n\r\n<a>x</a")), []);
  assert.is(text(splitter.push(bytes(">"))[0]), "<a>x</a>");
  assert.is(
    text(splitter.push(bytes(`\r\n--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: ${JPEG.length}\r\n\r\n${JPEG}`))[0]),
    JPEG,
  );
});

test("boundary text inside a JPEG does not end it, not even at the beginning of a line", () => {
  const trap = "\xff\xd8\xff\xe0 --boundary \r\n--boundary\r\nContent-Type: text/plain\r\n\r\nno part\r\n\xff\xd9";
  const input = bytes(`--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: ${trap.length}\r\n\r\n${trap}\r\n--boundary\r\n\r\n<a/>`);
  for (const chunk of [1, 3, input.length]) assert.equal(split(input, "boundary", chunk).map(text), [trap, "<a/>"]);
});

test("a wrong Content-Length, too long or too short, costs nothing but a note", () => {
  for (const length of [1, 5, 17, 40, 4000]) {
    const items = parts(
      split(bytes(`--boundary\r\nContent-Length: ${length}\r\n\r\n<a>1</a>\r\n--boundary\r\nContent-Length: 8\r\n\r\n<a>2</a>\r\n`)),
    );
    assert.equal(items.map(text), ["<a>1</a>", "<a>2</a>"], `length ${length}`);
    assert.equal(
      items.map((part) => part.lengthWrong),
      [true, false],
    );
    const pictures = split(bytes(`--boundary\r\nContent-Length: ${length}\r\n\r\n${JPEG}\r\n--boundary\r\n\r\n<a>2</a>\r\n--boundary--`));
    assert.equal(pictures.map(text), [JPEG, "<a>2</a>"], `length ${length}`);
  }
});

test("LF heads, missing heads, extra line breaks and a missing length are read", () => {
  const forms = [
    "--boundary\nContent-Type: text/xml\n\n<a/>\n--boundary--\n",
    "--boundary\r\n\r\n\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--boundary--",
    "--boundary\r\n<a/>\r\n--boundary--",
    "--boundary\r\n\r\n<a/>\r\n\r\n--boundary--",
    "--boundary\r\nContent-Type: text/xml\r\n<a/>\r\n--boundary--",
    "--boundary  \r\nContent-Length: 4\r\n\r\n<a/>--boundary--",
    "noise before\r\n--boundary\r\nContent-Length: 4\r\n\r\n<a/>\n\r\n--boundary--",
    "--boundary\r\n--boundary\r\nContent-Length: x\r\n\r\n<a/>\r\n--boundary\r\n",
  ];
  for (const form of forms)
    for (const chunk of [1, 5, 1000]) assert.is(text(split(bytes(form), "boundary", chunk)[0]).trimEnd(), "<a/>", JSON.stringify(form));
});

test("the boundary may be quoted, led by dashes, or missing from the header", () => {
  assert.is(boundaryOf('multipart/form-data; boundary="a b"; charset=x'), "a b");
  assert.is(boundaryOf("multipart/form-data;boundary=---7e1"), "---7e1");
  assert.is(boundaryOf("multipart/mixed; boundary = boundary"), "boundary");
  assert.is(boundaryOf("multipart/mixed"), null);
  const body = (line: string): Uint8Array => bytes(`${line}\r\nContent-Length: 4\r\n\r\n<a/>\r\n${line}--\r\n`);
  for (const [parameter, line] of [
    ["--boundary", "--boundary"],
    ["--MIME_boundary", "----MIME_boundary"],
    ["---------------------------7e13971310878", "-----------------------------7e13971310878"],
    [null, "--boundary"],
    [null, "--something-else"],
  ] as const) {
    for (const chunk of [1, 1000]) assert.equal(split(body(line), parameter, chunk).map(text), ["<a/>"], `${parameter} and ${line}`);
  }
});

test("a stream that ends inside a part gives it away marked as cut", () => {
  const items = parts(split(bytes("--boundary\r\nContent-Length: 40\r\n\r\n<a>half")));
  assert.equal(
    items.map((part) => [text(part), part.whole, part.lengthWrong]),
    [["<a>half", false, true]],
  );
  assert.equal(split(bytes("--boundary\r\nContent-Type: text")), []);
});

test("each limit ends the reading with its reason", () => {
  const refused = (input: string): string => {
    const splitter = createMultipartSplitter("boundary", { ...PUSH_LIMITS, partBytesMax: 1000, totalBytesMax: 100_000 });
    const last = [...splitter.push(bytes(input)), ...splitter.end()].at(-1);
    return last?.kind === "refused" ? last.reason : "not refused";
  };
  assert.is(refused(`--boundary\r\nContent-Length: 1001\r\n\r\n`), "part-too-large");
  assert.is(refused(`--boundary\r\n\r\n<${"a".repeat(1001)}`), "part-too-large");
  assert.is(refused(`--boundary\r\nX: ${"a".repeat(9000)}`), "head-too-large");
  assert.is(refused(`--boundary\r\n${"X: y\r\n".repeat(33)}`), "head-too-large");
  assert.is(refused(`--boundary\r\n${"\r\n".repeat(9000)}`), "head-too-large");
  assert.is(refused("--boundary\r\n\r\n<a/>\r\n".repeat(9)), "too-many-parts");
  assert.is(refused("x".repeat(70_000)), "no-delimiter");
  assert.is(refused("x".repeat(100_001)), "too-large");
});

test("hostile bytes one at a time cost linear time", () => {
  const started = performance.now();
  for (const unit of ["\r\n", "--boundary ", "\r\n--boundar", "--boundary\r\n", "\xff\xd9\r\n--boundary!", "-"]) {
    const input = bytes(`--boundary\r\nContent-Length: 11000000\r\n\r\n\xff\xd8${unit.repeat(Math.ceil(60_000 / unit.length))}`);
    split(input, "boundary", 1);
    split(bytes(unit.repeat(Math.ceil(60_000 / unit.length))), null, 1);
  }
  assert.ok(performance.now() - started < 4000, `${performance.now() - started} ms`);
});

test("after a quiet moment a part without a length, or with one too long, is given away", async () => {
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield bytes("--boundary\r\nContent-Type: text/xml\r\n\r\n<?xml version='1.0'?><a>1</a>\n");
    await realWorld.sleep(QUIET_MS * 3);
    yield bytes(`\r\n--boundary\r\nContent-Length: 5000\r\n\r\n${JPEG}`);
    await realWorld.sleep(QUIET_MS * 3);
    yield bytes("\r\n--boundary\r\nContent-Length: 4\r\n\r\n<b/>");
    throw new Error("reset");
  }
  const seen: [string, number][] = [];
  const started = performance.now();
  for await (const item of readMultipart(slow(), { boundary: "boundary", limits: STREAM_LIMITS, world: realWorld })) {
    seen.push([item.kind === "broken" ? "broken" : text(item).trimEnd(), Math.floor((performance.now() - started) / (QUIET_MS * 3))]);
  }
  assert.equal(seen, [
    ["<?xml version='1.0'?><a>1</a>", 0],
    [JPEG, 1],
    ["<b/>", 2],
    ["broken", 2],
  ]);
});

test.run();

/** A thin line on which something urgent always waits: pictures creep, alerts hardly notice. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BULK_BYTES_MIN, bulkWindowBytes } from "../flow/bulk-window.ts";
import { mayGo, pictureWay } from "./picture-way.ts";
import { Edge } from "./test-edge-session.ts";

/** An open session whose line carries so much: measured by one picture with nothing else on the line. */
function lineOf(bytesPerSecond: number) {
  const edge = new Edge().open();
  edge.state.bulk.window.samples.length = 0;
  const way = pictureWay(edge.state, () => edge.nowMs);
  const send = (bytes: number): number => {
    const piece = way.begin(bytes);
    edge.nowMs += (piece.bytes * 1_000) / bytesPerSecond;
    piece.ended("arrived");
    return piece.bytes;
  };
  for (let turn = 0; turn < 8; turn++) send(1_000_000);
  return { edge, way, send };
}

/** What goes of pictures in a minute in which something urgent waits all the time. */
function inAPressedMinute(bytesPerSecond: number): { readonly bytes: number; readonly largest: number; readonly windowBytes: number } {
  const { edge, way, send } = lineOf(bytesPerSecond);
  edge.grow(edge.urgent, 1);
  let bytes = 0;
  let largest = 0;
  for (const endMs = edge.nowMs + 60_000; edge.nowMs < endMs; edge.nowMs += 10) {
    if (way.pause()) continue;
    const sent = send(1_000_000);
    bytes += sent;
    largest = Math.max(largest, sent);
  }
  return { bytes, largest, windowBytes: bulkWindowBytes(edge.state.bulk.window) };
}

test("while something urgent waits all the time pictures have about an eighth of the line, in pieces of an eighth of a second", () => {
  for (const perSecond of [8_000, 32_000, 1_000_000]) {
    const { bytes, largest, windowBytes } = inAPressedMinute(perSecond);
    const share = bytes / (60 * perSecond);
    assert.ok(share > 0.1 && share < 0.13, `${share} of ${perSecond} bytes a second`);
    assert.ok(largest <= perSecond / 8 + 1, `a piece of ${largest}`);
    assert.ok(Math.abs(windowBytes - perSecond) < perSecond * 0.05, "small pieces do not make the line look thin");
  }
});

test("on a line so thin that the smallest piece fills it, half of it stays free", () => {
  const { bytes, largest } = inAPressedMinute(256);
  assert.is(largest, BULK_BYTES_MIN / 8);
  assert.ok(bytes <= 60 * 128 + largest, `${bytes} bytes`);
});

test("what waits no more lets pictures go at once, with the whole line", () => {
  const { edge, way } = lineOf(32_000);
  edge.grow(edge.urgent, 1);
  assert.is(way.pause(), true);
  edge.ack(edge.urgent, 2);
  assert.is(mayGo(edge.state, edge.nowMs), true);
  assert.ok(way.begin(1_000_000).bytes > 30_000);
});

test.run();

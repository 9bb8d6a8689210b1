// runner: timeout 180 s
/** Today's programs against the oldest release, and against one of a protocol to come, over real sockets. */

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket, WebSocketServer } from "ws";
import { closeTestDb, testDb } from "../../central/db/test-db.ts";
import { dial, registerWithKey, startTestCentral, type TestCentral } from "../../central/ingest/test-central.ts";
import { addDetection, appendOf, helloOf, testCollector, testLog } from "../../central/ingest/test-collector.ts";
import { COLLECTOR, draftOf, readingOf } from "../../edge/log/test-store.ts";
import { CENTRAL_KEYS, openTestEdge, type TestEdge, until } from "../../edge/sync/test-uplink-world.ts";
import { createUplink, type Uplink } from "../../edge/sync/uplink.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { type DownFrame, type Frame, isUpFrame } from "../../shared/protocol/frames.ts";
import { SAMPLE_FRAMES } from "../../shared/protocol/golden/sample-frames.ts";
import { oldestForm, saidByOldest } from "./faults/oldest-form.ts";

test.after(closeTestDb);

const golden = JSON.parse(readFileSync(new URL("../../shared/protocol/golden/frames-v1.json", import.meta.url), "utf8")) as Record<
  string,
  string
>;
/** The first form of each type, by the way it goes. */
const released = (way: "up" | "down"): Uint8Array[] =>
  SAMPLE_FRAMES.filter((frame) => isUpFrame(frame) === (way === "up") || frame.type === "bye" || frame.type === "error")
    .filter((frame) => frame.type !== "bye" && frame.type !== "error" && frame.type !== "hello" && frame.type !== "welcome")
    .map((frame) => hexToBytes(golden[frame.type]!));

interface Relay {
  readonly url: string;
  /** Every frame as it went on, up and down. */
  readonly passed: Frame[];
  readonly close: () => Promise<void>;
}

/** Stands between the two programs and leaves of each frame what the oldest release knows, so that one of them is as old. */
async function oldestBetween(central: TestCentral, older: "edge" | "central"): Promise<Relay> {
  const passed: Frame[] = [];
  const down = older === "central" ? saidByOldest : oldestForm;
  const carry = (bytes: Buffer, form: typeof oldestForm, to: WebSocket): void => {
    const decoded = decodeFrame(bytes);
    const frame = decoded.kind === "frame" ? form(decoded.frame) : null;
    if (frame === null) return;
    passed.push(frame);
    if (to.readyState === WebSocket.OPEN) to.send(encodeFrame(frame));
  };
  const server = createServer((request, response) => void forward(central, request, response));
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (site, { headers }) => {
    const there = new WebSocket(`${central.url.replace("http", "ws")}/sync/v1`, { headers: { authorization: headers.authorization } });
    const early: Buffer[] = [];
    site.on("message", (data: Buffer) => (there.readyState === WebSocket.OPEN ? carry(data, oldestForm, there) : void early.push(data)));
    there.on("open", () => {
      for (const data of early) carry(data, oldestForm, there);
    });
    there.on("message", (data: Buffer) => carry(data, down, site));
    site.on("close", () => there.terminate());
    there.on("close", () => site.close());
    there.on("error", () => site.terminate());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Snapshots and pictures have no frames. */
async function forward(central: TestCentral, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { authorization = "", "upload-offset": offset = "" } = request.headers;
  const body = pieces.length === 0 ? null : Buffer.concat(pieces);
  const headers = { authorization, "upload-offset": String(offset) };
  const answer = await fetch(`${central.url}${request.url}`, { method: request.method ?? "GET", headers, body });
  response
    .writeHead(answer.status, { "upload-offset": answer.headers.get("upload-offset") ?? "" })
    .end(Buffer.from(await answer.arrayBuffer()));
}

const pinnedTo = ({ merging }: TestCentral): TestEdge["deps"]["pinned"] => ({
  centralId: () => merging.identity.centralId,
  signingKey: () => merging.identity.publicKey,
  boxKey: () => merging.identity.boxKey,
  accept: () => true,
});

async function withPrograms(use: (central: TestCentral, edge: TestEdge, apiKey: string) => Promise<void>): Promise<void> {
  const central = await startTestCentral({ db: await testDb(), engine: "pglite", pglite: null, close: async () => undefined });
  const edge = await openTestEdge();
  try {
    await use(central, edge, (await registerWithKey(central.db, COLLECTOR)).apiKey);
  } finally {
    await edge.close();
    await central.stop();
  }
}

async function runUplink(deps: TestEdge["deps"], use: (uplink: Uplink) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const uplink = createUplink(deps);
  const run = uplink.run(stop.signal, 0);
  try {
    await use(uplink);
  } finally {
    stop.abort();
    await run;
  }
}

for (const older of ["edge", "central"] as const) {
  test(`an ${older} of the oldest release and today's other side: everything arrives, nothing is said that the older one does not know`, () =>
    withPrograms(async (central, edge, apiKey) => {
      const { writer, deps, reader } = edge;
      for (let at = 0; at < 60; at++)
        await writer.appendDetection(draftOf(`K${100 + at}`, deps.moment, { reading: readingOf(`K${100 + at}`) }));
      const relay = await oldestBetween(central, older);
      const site = { ...deps, apiKey, centralUrl: relay.url, pinned: pinnedTo(central) };
      await runUplink(site, async (uplink) => {
        const isThere = (): boolean => reader.logs().every((log) => log.acknowledged === log.head.next);
        await until("central to have everything", isThere);
        await writer.appendDetection(draftOf("LATER1", deps.moment, { reading: readingOf("LATER1") }));
        for (const { logId, head } of reader.logs()) uplink.onNews({ kind: "grown", logId, next: head.next });
        await until("the record of while it ran", isThere);
        assert.is(uplink.facts().state, "connected");
      });
      await relay.close();
      const rows = await central.db.selectFrom("detections").select("id").execute();
      assert.is(rows.length, 61);
      const types = new Set(relay.passed.map((frame) => frame.type));
      assert.ok(
        ["hello", "welcome", "heartbeat", "append", "ack"].every((type) => types.has(type as Frame["type"])),
        [...types].join(" "),
      );
    }));
}

test("each released frame reaches today's central as a frame: it is answered or let be, and the connection works on", async () => {
  const central = await startTestCentral({ db: await testDb(), engine: "pglite", pglite: null, close: async () => undefined });
  const owner = testCollector();
  const { apiKey } = await registerWithKey(central.db, owner.id);
  const log = testLog(owner);
  addDetection(log);
  const link = await dial(central.url, apiKey);
  link.send(helloOf(owner, apiKey, [log]));
  await link.next("welcome");
  for (const bytes of released("up")) link.sendBytes(bytes);
  link.send(appendOf(log, 0));
  for (;;) {
    const { logId, next } = await link.next("ack");
    if (logId !== log.logId) continue;
    assert.is(next, 2);
    break;
  }
  link.close();
  await central.stop();
});

/** A central that welcomes with `over`, and then says `said`. */
async function centralThatSays(said: readonly Uint8Array[], over: object = {}) {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  const heard: Frame[] = [];
  sockets.on("connection", (socket) => {
    socket.on("message", (data: Buffer) => {
      const decoded = decodeFrame(data);
      if (decoded.kind === "frame") heard.push(decoded.frame);
      if (decoded.kind !== "frame" || decoded.frame.type !== "hello") return;
      const { logs: named, clock } = decoded.frame;
      const credit = { nextAccepted: 500, bytesOutstanding: 262_144 };
      const logs = named.map(({ logId }) => ({ logId, next: 0, head: new Uint8Array(32), durable: 0, status: "new" as const, credit }));
      const sample = SAMPLE_FRAMES.find((one) => one.type === "welcome") as Extract<DownFrame, { type: "welcome" }>;
      const times = [clock.wallMs, Date.now(), Date.now()] as const;
      socket.send(encodeFrame({ ...sample, centralKeys: CENTRAL_KEYS, logs, clock: times, feeds: [], ...over }));
      for (const bytes of said) socket.send(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async () => {
    for (const socket of sockets.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard, close };
}

test("each released frame reaches today's edge as a frame: an unsigned list is not taken over, and the link works on", async () => {
  const peer = await centralThatSays(released("down").filter((bytes) => bytes[1] !== 3 && bytes[1] !== 6));
  const edge = await openTestEdge({ centralUrl: peer.url });
  await runUplink(edge.deps, async (uplink) => {
    await until("the records", () => peer.heard.some((frame) => frame.type === "append"));
    await until("words about the list", () => edge.warnings.some((words) => words.startsWith("watchlist not taken over")));
    assert.is(uplink.facts().state, "connected");
    assert.is(peer.heard.filter((frame) => frame.type === "hello").length, 1);
  });
  await edge.close();
  await peer.close();
});

test("a central of a protocol to come is refused in words that say what to update, and gets no record", async () => {
  const peer = await centralThatSays([], { protocol: 2 });
  const edge = await openTestEdge({ centralUrl: peer.url });
  await runUplink(edge.deps, async (uplink) => {
    await until("the refusal", () => uplink.facts().state === "refused");
    assert.is(uplink.facts().refusal, "Central refuses this site: Central speaks protocol 2, this site 1. Update this site's program.");
    assert.equal(
      peer.heard.map((frame) => frame.type),
      ["hello"],
    );
  });
  await edge.close();
  await peer.close();
});

test("a site of a protocol to come is refused by central in words that say what to update", async () => {
  const central = await startTestCentral({ db: await testDb(), engine: "pglite", pglite: null, close: async () => undefined });
  const owner = testCollector();
  const { apiKey } = await registerWithKey(central.db, owner.id);
  const link = await dial(central.url, apiKey);
  link.send({ ...helloOf(owner, apiKey, []), protocolMin: 2, protocolMax: 3 });
  const { code, text, retryable } = await link.next("error");
  assert.equal([code, retryable], ["unsupported", false]);
  assert.is(text, "This central speaks protocol 1, the site 2 to 3. Update central.");
  await link.closed;
  const both = await dial(central.url, apiKey);
  both.send({ ...helloOf(owner, apiKey, []), protocolMin: 1, protocolMax: 3 });
  assert.is((await both.next("welcome")).protocol, 1);
  both.close();
  await central.stop();
});

test.run();

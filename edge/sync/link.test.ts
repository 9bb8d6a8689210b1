import { createServer as createTcp, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocketServer } from "ws";
import { type Dial, dialSocket, type LinkEvents } from "./link.ts";
import { listenAt, until } from "./test-uplink-world.ts";

const SILENT: LinkEvents = { onFrame: () => {}, onEnd: () => {} };
const dial = (url: string, events = SILENT, signal = new AbortController().signal): Promise<Dial> =>
  dialSocket(url, "alpr_test", events, signal);

/** A server that answers each request, upgrades included, with `status`. */
async function answering(status: number) {
  const peer = await listenAt((_request, response) => response.writeHead(status).end());
  peer.server.on("upgrade", (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`));
  return peer;
}

for (const status of [401, 404, 502]) {
  test(`an upgrade that is answered ${status} is told with its status`, async () => {
    const peer = await answering(status);
    assert.equal(await dial(peer.url), { kind: "refused", status });
    await peer.close();
  });
}

test("an address where nobody listens, and one that is none, are unreachable in words", async () => {
  const peer = await answering(404);
  await peer.close();
  const nobody = await dial(peer.url);
  assert.ok(nobody.kind === "unreachable" && /ECONNREFUSED/.test(nobody.why));
  for (const wrong of ["http://", "central", "http://[::1"]) assert.is((await dial(wrong)).kind, "unreachable", wrong);
});

test("a peer that takes the connection and says nothing is left when the program stops", async () => {
  const sockets: Socket[] = [];
  const silent = createTcp((socket) => sockets.push(socket.on("error", () => {})));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const stop = new AbortController();
  const dialled = dial(`http://127.0.0.1:${(silent.address() as { port: number }).port}`, SILENT, stop.signal);
  await until("the connection", () => sockets.length === 1);
  stop.abort();
  assert.is((await dialled).kind, "unreachable");
  silent.close();
  for (const socket of sockets) socket.destroy();
});

test("a stop that came before the dial is obeyed", async () => {
  assert.is((await dial("http://127.0.0.1:9", SILENT, AbortSignal.abort())).kind, "unreachable");
});

test("a peer that ends before it has answered is unreachable", async () => {
  const rude = createTcp((socket) => socket.destroy());
  await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
  assert.is((await dial(`http://127.0.0.1:${(rude.address() as { port: number }).port}`)).kind, "unreachable");
  rude.close();
});

test("an open link carries frames both ways and its end is told once, however it came", async () => {
  const peer = await listenAt((_request, response) => response.end());
  const server = new WebSocketServer({ server: peer.server });
  const keys: unknown[] = [];
  server.on("connection", (socket, request) => {
    keys.push(request.headers.authorization);
    socket.on("message", (data) => {
      socket.send("words are no frame");
      socket.send(data);
      if ((data as Buffer)[0] === 9) socket.close(4_401);
    });
  });
  const frames: number[][] = [];
  const ends: string[] = [];
  const opened = await dial(peer.url, {
    onFrame: (bytes) => frames.push([...bytes]),
    onEnd: (why, status) => ends.push(`${why} ${status}`),
  });
  assert.ok(opened.kind === "open");
  if (opened.kind !== "open") return;
  opened.link.send(new Uint8Array([1, 2]));
  opened.link.send(new Uint8Array([9]));
  await until("the end", () => ends.length > 0);
  opened.link.close();
  opened.link.send(new Uint8Array([3]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(frames, [[1, 2], [9]]);
  assert.equal(ends, ["closed (4401) null"]);
  assert.equal(keys, ["Bearer alpr_test"]);
  server.close();
  await peer.close();
});

test("our own close reaches the peer as an orderly one", async () => {
  const peer = await listenAt((_request, response) => response.end());
  const server = new WebSocketServer({ server: peer.server });
  const codes: number[] = [];
  server.on("connection", (socket) => socket.on("close", (code) => codes.push(code)));
  const stop = new AbortController();
  const opened = await dial(peer.url, SILENT, stop.signal);
  if (opened.kind === "open") opened.link.close();
  stop.abort();
  await until("the close", () => codes.length > 0);
  assert.equal(codes, [1005], "closed without a code, not torn");
  server.close();
  await peer.close();
});

test("a frame larger than the protocol's bound ends the link", async () => {
  const peer = await listenAt((_request, response) => response.end());
  const server = new WebSocketServer({ server: peer.server });
  server.on("connection", (socket) => socket.send(new Uint8Array(256 * 1024 + 1)));
  const ends: string[] = [];
  await dial(peer.url, { onFrame: () => assert.unreachable("a frame"), onEnd: (why) => ends.push(why) });
  await until("the end", () => ends.length > 0);
  assert.match(ends[0]!, /1006|1009/);
  for (const socket of server.clients) socket.terminate();
  server.close();
  await peer.close();
});

test.run();

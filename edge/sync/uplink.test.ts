// runner: timeout 180 s
/** The whole uplink against peers on loopback that speak real frames: what it does at the edges of a connection. */
import { readdirSync, readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WebSocketServer } from "ws";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import type { Incarnation, ListId } from "../../shared/model/ids.ts";
import type { FeedOp } from "../../shared/model/watchlist.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { joinFrames, splitFrames } from "../../shared/protocol/exchange-body.ts";
import { encodeFeedOp } from "../../shared/protocol/feed-op.ts";
import type { DownFrame, Frame, Hello, Welcome } from "../../shared/protocol/frames.ts";
import { read, running, sample, socketPeer, types, welcome } from "./test-uplink-peer.ts";
import { listenAt, openTestEdge, type TestEdge, until } from "./test-uplink-world.ts";
import { createUplink, type Uplink } from "./uplink.ts";

test("a known central gets heartbeat and records, and the link shows as connected", async () => {
  const peer = await socketPeer((frame) => (frame.type === "hello" ? [welcome(frame)] : []));
  await running(peer.url, async ({ uplink }) => {
    await until("the first records", () => types(peer.frames).includes("append"));
    assert.equal(types(peer.frames).slice(0, 3), ["hello", "heartbeat", "append"]);
    assert.is(uplink.facts().state, "connected");
  });
  await peer.close();
});

test("another central's key gets nothing: no record, no heartbeat, and no list is dropped for it", async () => {
  const stranger = [new Uint8Array(32).fill(9), new Uint8Array(32)] as const;
  const peer = await socketPeer((frame) => (frame.type === "hello" ? [welcome(frame, stranger)] : []));
  await running(peer.url, async ({ edge, uplink }) => {
    const list = "01999999-0000-7000-8000-000000000115" as never;
    await edge.writer.applyDelta(list, "30".repeat(16), 0, 0, [], null);
    await until("the refusal", () => uplink.facts().state === "refused");
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(types(peer.frames), ["hello"]);
    assert.match(uplink.facts().refusal!, /another central's key/);
    assert.ok(edge.reader.logs().every((log) => log.acknowledged === 0));
  });
  await peer.close();
});

/** A list with one update, as central published it in a life before this one. */
async function holdOfEarlierLife(edge: TestEdge, list: ListId): Promise<void> {
  const before = "31".repeat(16) as Incarnation;
  const op = {
    rid: list,
    list,
    entry: list,
    causalLength: 1,
    set: [["listName", "Break-ins"]],
    hlc: makeHlc(1, 0),
    reason: "",
    author: "",
  };
  const published = { ...op, effectiveHlc: op.hlc } as never as FeedOp;
  const delta = { ...sample("delta"), list, generation: before, from: 0, to: 1, ops: [encodeFeedOp(published)] };
  await edge.writer.applyDelta(list, before, 0, 1, [published], encodeFrame(delta));
}

test("a list that a restored central does not name is given back, and goes when central has all that this site said; its own stays", async () => {
  const peer = await socketPeer((frame) => (frame.type === "hello" ? [welcome(frame)] : []));
  await running(peer.url, async ({ edge, uplink }) => {
    const list = "01999999-0000-7000-8000-000000000115" as ListId;
    // Only what central says after this is looked at: its WELCOME names no list either.
    await until("the first records", () => types(peer.frames).includes("append"));
    await holdOfEarlierLife(edge, list);
    const own = "01999999-0000-7000-8000-000000000114" as ListId;
    const said = { reason: "first start", author: "this site", moment: edge.deps.moment() };
    await edge.writer.applyOwnOp({ list: own, entry: own, set: [["listName", "Main & Maple"]], presence: "add", ...said });
    const held = () => edge.reader.feeds().map((feed) => feed.list);
    const urgent = () => edge.reader.logs().find((log) => log.class === "urgent")!;
    const beat = () => peer.sockets[0]!.send(encodeFrame({ ...sample("beat"), logs: [], feeds: [] }));
    const next = urgent().head.next;
    beat();
    beat();
    await until("the update that central had published", () => urgent().head.next === next + 1);
    assert.equal(held(), [own, list]);
    const { logId, head } = urgent();
    uplink.onNews({ kind: "grown", logId, next: head.next });
    const standing = { durable: 0, credit: { nextAccepted: 500, bytesOutstanding: 262_144 }, notes: [], signature: null };
    peer.sockets[0]!.send(encodeFrame({ type: "ack", logId, ...head, head: edge.reader.hashAt(logId, head.next - 1)!, ...standing }));
    await until("central's answer", () => urgent().acknowledged === head.next);
    beat();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(held(), [own, list], "the first time may be older than the newest record");
    beat();
    await until("the list to go", () => !held().includes(list));
    assert.equal(held(), [own], "the site's own, which no central has ever named, stays");
  });
  await peer.close();
});

test("what a restored central lacks is given back though the program ended before it could", async () => {
  const list = "01999999-0000-7000-8000-000000000115" as ListId;
  const now = "30".repeat(16) as Incarnation;
  const peer = await socketPeer((frame) =>
    frame.type === "hello" ? [{ ...welcome(frame), feeds: [{ list, generation: now, head: 0 }] }] : [],
  );
  await running(peer.url, async ({ edge, uplink }) => {
    await until("the first session", () => uplink.facts().state === "connected");
    await holdOfEarlierLife(edge, list);
    await edge.writer.applySnapshot(list, now, 0, encodeSnapshot(emptyListState(list), []));
    const urgent = () => edge.reader.logs().find((log) => log.class === "urgent")!.head.next;
    const next = urgent();
    peer.sockets[0]!.terminate();
    await until("the update that central had published", () => urgent() === next + 1);
  });
  await peer.close();
});

test("frames that only go up, or are none, end the link and never the program", async () => {
  for (const wrong of [encodeFrame(sample("heartbeat")), new Uint8Array([0xc1])]) {
    const peer = await socketPeer((frame) => (frame.type === "hello" ? [wrong] : []));
    await running(peer.url, async ({ edge, uplink }) => {
      await until("the end", () => uplink.facts().state === "offline");
      assert.ok(edge.warnings.some((words) => /central sent a frame that/.test(words)));
    });
    await peer.close();
  }
});

test("a frame type of a later release is answered, and the link stays", async () => {
  const peer = await socketPeer((frame) => (frame.type === "hello" ? [welcome(frame), new Uint8Array([0x91, 0x63])] : []));
  await running(peer.url, async ({ uplink }) => {
    await until("the answer", () => types(peer.frames).includes("error"));
    const answer = peer.frames.find((frame) => frame.type === "error");
    assert.ok(answer?.type === "error" && answer.code === "unsupported" && answer.reference === "99");
    assert.is(uplink.facts().state, "connected");
  });
  await peer.close();
});

test("a wall clock that jumps by decades when central tells the time does not end the link", async () => {
  let wallMs = 0;
  const clockReading = () => ({ wallMs, monoMs: performance.now(), quality: 0 });
  const onClockSample = (offsetMs: number) => {
    wallMs += offsetMs;
  };
  const peer = await socketPeer((frame) => (frame.type === "hello" ? [welcome(frame)] : []));
  await running(
    peer.url,
    async ({ uplink, edge }) => {
      await until("the first records", () => types(peer.frames).includes("append"));
      assert.ok(wallMs > Date.UTC(2020, 0));
      await new Promise((resolve) => setTimeout(resolve, 400));
      assert.is(uplink.facts().state, "connected");
      assert.equal(edge.warnings, []);
    },
    { clockReading, onClockSample, now: () => wallMs },
  );
  await peer.close();
});

test("a key that is not accepted is told to people, by either way", async () => {
  const refusing = await listenAt((_request, response) => response.writeHead(401).end());
  refusing.server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"));
  await running(refusing.url, async ({ uplink }) => {
    await until("the refusal", () => uplink.facts().state === "refused");
    assert.match(uplink.facts().refusal!, /API key/);
  });
  await refusing.close();
  const blocked = await listenAt((_request, response) => response.writeHead(403).end());
  blocked.server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
  await running(blocked.url, async ({ uplink }) => {
    await until("the refusal", () => uplink.facts().state === "refused");
  });
  await blocked.close();
});

/** Whatever a site may not lose: its files, its pin, what waits and how far each log is. */
function heldBy({ deps, reader }: TestEdge) {
  const home = dirname(dirname(deps.snapshotFile("" as ListId)));
  const files = (readdirSync(home, { recursive: true }) as string[]).sort();
  const logs = reader.logs().map(({ logId, head, acknowledged }) => [logId, head.next, acknowledged]);
  return { files, pin: readFileSync(`${home}/config/.credentials/central-keys`, "utf8"), logs, images: reader.waitingImageCount() };
}

test("T-58 a 401 to everybody makes the edge forget nothing, and once that is gone it sends what waited", async () => {
  const lines: [object, string][] = [];
  const log = { info: () => {}, warn: (facts: object, words: string) => void lines.push([facts, words]) };
  const edge = await openTestEdge({ log });
  await edge.capture(50, 20);
  await edge.writer.appendCameraStatus("01999999-0000-7000-8000-0000000000ca", "silent", "", 0, edge.deps.moment());
  const held = heldBy(edge);
  const runAt = async (centralUrl: string, use: (uplink: Uplink) => Promise<void>): Promise<void> => {
    const stop = new AbortController();
    const uplink = createUplink({ ...edge.deps, centralUrl });
    const run = uplink.run(stop.signal, 0);
    await use(uplink);
    stop.abort();
    await run;
  };

  const proxy = await listenAt((_request, response) => response.writeHead(401).end());
  proxy.server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"));
  for (let start = 0; start < 3; start++)
    await runAt(proxy.url, (uplink) => until("the refusal", () => uplink.facts().state === "refused"));
  assert.equal(lines.at(-1), [{ waitMs: 60_000 }, "uplink down: central answered 401"], "it is tried again in a minute");
  assert.equal(heldBy(edge), held);
  await proxy.close();

  const peer = await socketPeer((frame) => (frame.type === "hello" ? [welcome(frame)] : []));
  await runAt(peer.url, async (uplink) => {
    await until("the records", () => types(peer.frames).includes("append"));
    assert.equal([uplink.facts().state, uplink.facts().refusal], ["connected", null]);
  });
  await peer.close();
  await edge.close();
});

test("a refused HELLO is told to people in central's words", async () => {
  const peer = await socketPeer((frame) =>
    frame.type === "hello"
      ? [{ ...sample("error"), code: "unauthorised", retryable: false, text: "The API key belongs to another collector." }]
      : [],
  );
  await running(peer.url, async ({ uplink }) => {
    await until("the refusal", () => uplink.facts().state === "refused");
    assert.match(uplink.facts().refusal!, /another collector/);
  });
  await peer.close();
});

/** What a proxy does with a WebSocket that it does not pass. */
const NOT_FOUND = (socket: Duplex) => void socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
const BAD_GATEWAY = (socket: Duplex) => void socket.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
const RESET = (socket: Duplex) => void socket.destroy();

/** A central behind a proxy that passes no WebSocket; `posts` are the frames of each exchange. */
async function exchangePeer(answer: (frames: readonly Frame[]) => readonly DownFrame[], block = NOT_FOUND) {
  const posts: Frame[][] = [];
  let upgrades = 0;
  const handle: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const frames = (splitFrames(Buffer.concat(chunks), 64) ?? []).map(read);
      posts.push(frames);
      response.end(joinFrames(answer(frames).map(encodeFrame)));
    });
  };
  const peer = await listenAt(handle);
  peer.server.on("upgrade", (_request, socket) => {
    upgrades += 1;
    block(socket);
  });
  return { ...peer, posts, upgrades: () => upgrades };
}

/** WELCOME, and a WANT of nothing to each offer: pictures that are not expected yet. */
const plainCentral = (frames: readonly Frame[]): readonly DownFrame[] =>
  frames.flatMap((frame): DownFrame[] => {
    if (frame.type === "hello") return [{ ...welcome(frame), logs: welcome(frame).logs.map((log) => standing(log, frame)) }];
    return frame.type === "offer" ? [{ type: "want", images: [] }] : [];
  });
const standing = (log: Welcome["logs"][number], hello: Hello): Welcome["logs"][number] => {
  const known = hello.logs.find((one) => one.logId === log.logId)!;
  return { ...log, next: known.next, head: known.head, status: "active" };
};

test("LATER is obeyed: the edge comes back at its slot or a little after, never before", async () => {
  const atMs: number[] = [];
  const peer = await socketPeer((frame) => {
    if (frame.type !== "hello") return [];
    atMs.push(performance.now());
    return atMs.length === 1 ? [{ type: "later", retryAfterMs: 300 }] : [welcome(frame)];
  });
  await running(
    peer.url,
    async ({ uplink }) => {
      await until("the second call", () => uplink.facts().state === "connected");
      const waitedMs = atMs[1]! - atMs[0]!;
      assert.ok(waitedMs >= 314 && waitedMs < 1_000, `came back after ${waitedMs} ms`);
    },
    { random: () => 0.5 },
  );
  await peer.close();
});

test("the log says once that frames go by HTTP, and says when the WebSocket is back", async () => {
  const lines: string[] = [];
  const log = {
    info: (_facts: object, words: string) => void lines.push(words),
    warn: (_facts: object, words: string) => void lines.push(words),
  };
  const peer = await exchangePeer(plainCentral);
  let open: WebSocketServer | null = null;
  await running(
    peer.url,
    async ({ uplink }) => {
      await until("three tries", () => peer.upgrades() >= 3 && uplink.facts().state === "connected");
      assert.is(lines.filter((line) => line.includes("by HTTP")).length, 1, lines.join("\n"));
      peer.server.removeAllListeners("upgrade");
      open = new WebSocketServer({ server: peer.server });
      open.on("connection", (socket) =>
        socket.on("message", (data) => {
          const frame = read(data as Buffer);
          if (frame.type === "hello") socket.send(encodeFrame(welcome(frame)));
        }),
      );
      await until("the WebSocket", () => lines.some((line) => line === "uplink up: central is connected"));
      for (const socket of open.clients) socket.terminate();
      await until("the loss", () => lines.some((line) => line.startsWith("uplink down")));
    },
    { log },
    100,
  );
  await peer.close();
});

test("where WebSockets are blocked frames go by POST, each with a HELLO of the same session and of this moment", async () => {
  const peer = await exchangePeer(plainCentral);
  await running(peer.url, async ({ edge, uplink }) => {
    await until("two exchanges", () => peer.posts.length >= 2);
    await edge.writer.applyDelta("01999999-0000-7000-8000-000000000115" as never, "30".repeat(16), 0, 0, [], null);
    await edge.writer.appendCameraStatus("01999999-0000-7000-8000-0000000000ca", "silent", "", 0, edge.deps.moment());
    const [log] = edge.reader.logs().filter((one) => one.class === "urgent");
    uplink.onNews({ kind: "grown", logId: log!.logId, next: log!.head.next });
    await until("the record", () => types(peer.posts.flat()).includes("append"));
    uplink.changed();
    await until("the change", () => types(peer.posts.flat()).filter((type) => type === "heartbeat").length >= 2);
    const hellos = peer.posts.map(([hello]) => hello as Hello);
    assert.is(new Set(hellos.map((hello) => hello.session)).size, 1);
    assert.ok(
      hellos.at(-1)!.logs.some((one, at) => one.next > hellos[0]!.logs[at]!.next),
      "HELLO names what is there now",
    );
    assert.is(uplink.facts().state, "connected");
  });
  await peer.close();
});

for (const [way, block] of [
  ["answered 502", BAD_GATEWAY],
  ["reset without an answer", RESET],
] as const) {
  test(`where every WebSocket is ${way}, frames go by POST after two of them`, async () => {
    const peer = await exchangePeer(plainCentral, block);
    await running(peer.url, async ({ uplink }) => {
      await until("the way by HTTP", () => uplink.facts().state === "connected");
      assert.is(peer.upgrades(), 2);
      assert.ok(peer.posts.length > 0);
    });
    await peer.close();
  });
}

test("pictures that are not expected yet do not make the exchange spin", async () => {
  const peer = await exchangePeer(plainCentral);
  const edge = await openTestEdge({ centralUrl: peer.url });
  await edge.capture(50, 20);
  const stop = new AbortController();
  const run = createUplink(edge.deps).run(stop.signal, 0);
  await until("the offer", () => types(peer.posts.flat()).includes("offer"));
  await new Promise((resolve) => setTimeout(resolve, 600));
  stop.abort();
  await run;
  assert.ok(peer.posts.length < 8, `${peer.posts.length} exchanges`);
  await edge.close();
  await peer.close();
});

test("the WebSocket is tried again while the exchange works, and the link stays connected meanwhile", async () => {
  const peer = await exchangePeer(plainCentral);
  await running(
    peer.url,
    async ({ uplink }) => {
      await until("the first contact", () => uplink.facts().state === "connected");
      await until("three tries", () => peer.upgrades() >= 3);
      assert.is(uplink.facts().state, "connected");
    },
    {},
    200,
  );
  await peer.close();
});

test.run();

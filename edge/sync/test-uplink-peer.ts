/** A central that speaks real frames over a WebSocket on loopback, and an edge whose uplink runs against it; for this room's tests. */
import type { RequestListener } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { Incarnation } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import type { DownFrame, Frame, Hello, Welcome } from "../../shared/protocol/frames.ts";
import { SAMPLE_FRAMES } from "../../shared/protocol/golden/sample-frames.ts";
import { CENTRAL_KEYS, listenAt, openTestEdge, type TestEdge } from "./test-uplink-world.ts";
import { createUplink, type Uplink } from "./uplink.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

export const sample = <Type extends Frame["type"]>(type: Type) =>
  SAMPLE_FRAMES.find((one) => one.type === type) as Extract<Frame, { type: Type }>;
export const read = (bytes: Uint8Array): Frame => {
  const decoded = decodeFrame(bytes);
  if (decoded.kind !== "frame") throw new Error(`the edge sent what is ${decoded.kind}`);
  return decoded.frame;
};

/** A central that holds nothing yet and names the feeds that it is given. */
export function welcome(hello: Hello, keys: Welcome["centralKeys"] = CENTRAL_KEYS): Welcome {
  const logs = hello.logs.map(({ logId }) => ({
    logId,
    next: 0,
    head: new Uint8Array(32),
    durable: 0,
    status: "new" as const,
    credit: { nextAccepted: 500, bytesOutstanding: 262_144 },
  }));
  const clock = [hello.clock.wallMs, Date.now(), Date.now()] as const;
  return { ...sample("welcome"), incarnation: "30".repeat(16) as Incarnation, centralKeys: keys, logs, clock, feeds: [] };
}

export interface Peer {
  readonly url: string;
  readonly frames: Frame[];
  readonly sockets: WebSocket[];
  readonly close: () => Promise<void>;
}

/** A WebSocket peer that answers each frame with what `answer` gives, as bytes or frames; `serve` answers any other request. */
export async function socketPeer(
  answer: (frame: Frame) => readonly (DownFrame | Uint8Array)[],
  serve: RequestListener = (_request, response) => response.writeHead(404).end(),
): Promise<Peer> {
  const peer = await listenAt(serve);
  const server = new WebSocketServer({ server: peer.server });
  const frames: Frame[] = [];
  const sockets: WebSocket[] = [];
  server.on("connection", (socket) => {
    sockets.push(socket);
    socket.on("message", (data) => {
      const frame = read(data as Buffer);
      frames.push(frame);
      for (const one of answer(frame)) socket.send(one instanceof Uint8Array ? one : encodeFrame(one));
    });
  });
  return {
    url: peer.url,
    frames,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.terminate();
      server.close();
      await peer.close();
    },
  };
}

export interface Run {
  readonly edge: TestEdge;
  readonly uplink: Uplink;
}

export async function running(
  centralUrl: string,
  use: (run: Run) => Promise<void>,
  over: Partial<UplinkDeps> = {},
  socketRetryMs = 60_000,
): Promise<void> {
  const edge = await openTestEdge({ centralUrl, ...over });
  const stop = new AbortController();
  const uplink = createUplink(edge.deps, socketRetryMs);
  const run = uplink.run(stop.signal, 0);
  try {
    await use({ edge, uplink });
  } finally {
    stop.abort();
    await run;
    await edge.close();
  }
}

export const types = (frames: readonly Frame[]) => frames.map((frame) => frame.type);

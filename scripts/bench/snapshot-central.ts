/** A central that takes no record and answers a site only for one thing: to give it a whole list, when the bench says so. */
import { createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { contentHash } from "../../shared/crypto/content-hash.ts";
import { makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { bytesToHex, type Incarnation, type ListId } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import type { Beat, Frame, Hello, Snapshot, Welcome } from "../../shared/protocol/frames.ts";
import { snapshotSignedBytes } from "../../shared/protocol/signed-bytes.ts";

export interface SnapshotCentral {
  /** Gives the connected site the list; resolves when the site reports that it holds it. */
  readonly give: (list: ListId, at: number, bytes: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
}

const GENERATION = "b".repeat(32) as Incarnation;
const HEARTBEAT_MS = 60_000;

/** `heldList`: named as of the generation that the site holds it in, until it is given anew. */
export async function openSnapshotCentral(port: number, heldList: ListId): Promise<SnapshotCentral> {
  const keys = signingKeysFromSeed(new Uint8Array(32).fill(7));
  const feeds = [{ list: heldList, generation: GENERATION, head: 0 }];
  const given = new Map<string, Uint8Array>();
  const held = Promise.withResolvers<void>();
  let wantedAt = Number.NaN;
  let connected: WebSocket | null = null;

  const server = createServer((request, response) => {
    const bytes = given.get(request.url ?? "");
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  const sockets = new WebSocketServer({ server });
  const onFrame = (socket: WebSocket, frame: Frame): void => {
    if (frame.type === "hello") {
      connected = socket;
      socket.send(encodeFrame(welcomeTo(frame, keys.publicKey, feeds)));
    }
    if (frame.type !== "heartbeat") return;
    if (frame.feeds.some((feed) => feed.generation === GENERATION && feed.cursor === wantedAt)) held.resolve();
    socket.send(encodeFrame(beatTo(frame.clock.wallMs, feeds)));
  };
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => {
      const decoded = decodeFrame(new Uint8Array(data as Buffer));
      if (decoded.kind === "frame") onFrame(socket, decoded.frame);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));

  return {
    async give(list, at, bytes) {
      if (connected === null) throw new Error("no site has connected to the bench's central");
      wantedAt = at;
      const claim = { list, generation: GENERATION, at, bytes: bytes.length, sha256: contentHash(bytes) };
      given.set(`/sync/v1/snapshots/${claim.sha256}`, bytes);
      const snapshot: Snapshot = { type: "snapshot", ...claim, signature: makeSigner(keys)(snapshotSignedBytes(claim)) };
      connected.send(encodeFrame(snapshot));
      await held.promise;
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function welcomeTo({ logs, clock }: Hello, publicKey: Uint8Array, feeds: Welcome["feeds"]): Welcome {
  const credit = { nextAccepted: 0, bytesOutstanding: 0 };
  return {
    type: "welcome",
    protocol: 1,
    centralKeys: [publicKey, new Uint8Array(32).fill(3)],
    incarnation: GENERATION,
    treeHead: null,
    logs: logs.map(({ logId }) => ({ logId, next: 0, head: new Uint8Array(32), durable: 0, status: "new", credit })),
    clock: [clock.wallMs, Date.now(), Date.now()],
    heartbeatMs: HEARTBEAT_MS,
    feeds,
    wantedConfigRevision: 0,
  };
}

function beatTo(wallMs: number, feeds: Beat["feeds"]): Beat {
  return { type: "beat", clock: [wallMs, Date.now(), Date.now()], feeds, logs: [], wantedConfigRevision: 0, treeHead: null };
}

/** An API key as the program takes it; this central asks nobody for one. */
export const ANY_API_KEY = `alpr_${bytesToHex(new Uint8Array(22)).slice(0, 43)}`;

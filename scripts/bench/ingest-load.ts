/**
 * The edges of the ingest bench, in a process of their own: real keys, real signed logs, made before the clock starts; then real
 * WebSockets that keep the protocol's credit. Orders and reports go over the parent's channel.
 */
import { uuidv7 } from "uuidv7";
import { WebSocket } from "ws";
import {
  addRecord,
  appendOf,
  helloOf,
  momentOf,
  newRid,
  type TestCollector,
  testCollector,
  testLog,
} from "../../central/ingest/test-collector.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import { type CameraId, type CollectorId, uuid } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { variedDetection } from "./varied-detections.ts";

export interface LoadOrder {
  readonly url: string;
  readonly collectors: readonly { readonly id: string; readonly apiKey: string }[];
  /** Of each collector. */
  readonly batches: number;
  readonly batchSize: number;
}
export type LoadCommand =
  | { readonly do: "prepare"; readonly order: LoadOrder }
  /** Sends so many batches of each log as fast as the credit lets. */
  | { readonly do: "flood"; readonly batches: number }
  /** Sends one batch after the other on all logs in turn, this far apart. */
  | { readonly do: "pace"; readonly batches: number; readonly everyMs: number }
  | { readonly do: "end" };
export type LoadReport =
  | { readonly did: "prepared"; readonly bytes: number }
  | { readonly did: "flooded"; readonly ms: number; readonly batches: number }
  | { readonly did: "paced"; readonly latenciesMs: readonly number[] }
  | { readonly did: "failed"; readonly why: string };

const IN_FLIGHT_MAX = 4;

interface Edge {
  readonly socket: WebSocket;
  readonly frames: Uint8Array[];
  sent: number;
  acked: number;
  onAck: () => void;
}

let edges: Edge[] = [];

async function handle(command: LoadCommand): Promise<LoadReport | null> {
  switch (command.do) {
    case "prepare": {
      await loadSodium();
      edges = await Promise.all(command.order.collectors.map((one) => prepareEdge(command.order, one)));
      return { did: "prepared", bytes: edges.reduce((sum, edge) => sum + edge.frames.reduce((all, frame) => all + frame.length, 0), 0) };
    }
    case "flood": {
      const from = performance.now();
      await Promise.all(edges.map((edge) => flood(edge, edge.sent + command.batches)));
      return { did: "flooded", ms: performance.now() - from, batches: command.batches * edges.length };
    }
    case "pace":
      return { did: "paced", latenciesMs: await pace(command.batches, command.everyMs) };
    case "end":
      for (const { socket } of edges) socket.terminate();
      process.disconnect();
      return null;
  }
}

async function prepareEdge(order: LoadOrder, { id, apiKey }: LoadOrder["collectors"][number]): Promise<Edge> {
  const owner = testCollector(uuid<CollectorId>(id));
  const log = testLog(owner);
  const camera = uuid<CameraId>(uuidv7());
  const frames: Uint8Array[] = [];
  const startMs = Date.now() - order.batches * order.batchSize * 50;
  for (let batch = 0; batch < order.batches; batch++) {
    const from = batch === 0 ? 0 : log.records.length;
    for (let at = 0; at < order.batchSize; at++) addVaried(owner, log, camera, Math.max(startMs, Date.now() - 3_600_000) + at);
    frames.push(encodeFrame(appendOf(log, from)));
    // What was sent is not needed again: a long run would hold a gigabyte of records.
    for (let at = from; at < log.records.length; at++) log.records[at] = undefined as never;
  }
  const socket = new WebSocket(`${order.url.replace("http", "ws")}/sync/v1`, {
    headers: { authorization: `Bearer ${apiKey}` },
    perMessageDeflate: false,
  });
  const edge: Edge = { socket, frames, sent: 0, acked: 0, onAck: () => undefined };
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("open", () => socket.send(encodeFrame(helloOf(owner, apiKey, [log]))));
    socket.on("message", (data: Buffer) => {
      const decoded = decodeFrame(data);
      const type = decoded.kind === "frame" ? decoded.frame.type : "nothing";
      if (type === "welcome") resolve();
      else if (type === "ack") {
        edge.acked += 1;
        edge.onAck();
      } else process.send?.({ did: "failed", why: `central answered ${JSON.stringify(decoded).slice(0, 300)}` } satisfies LoadReport);
    });
  });
  return edge;
}

function addVaried(owner: TestCollector, log: ReturnType<typeof testLog>, camera: CameraId, atMs: number): void {
  const rid = newRid();
  const moment = momentOf(owner, atMs);
  addRecord(log, { kind: "detection", rid, fields: encodeDetection(variedDetection(rid, camera, atMs)), moment });
}

function flood(edge: Edge, until: number): Promise<void> {
  return new Promise((resolve) => {
    const push = (): void => {
      while (edge.sent < until && edge.sent - edge.acked < IN_FLIGHT_MAX) edge.socket.send(edge.frames[edge.sent++]!);
      if (edge.acked >= until) resolve();
    };
    edge.onAck = push;
    push();
  });
}

/** Open loop: the next batch goes at its time whether or not the last one was answered, so that waiting is measured and not avoided. */
async function pace(batches: number, everyMs: number): Promise<number[]> {
  const latencies: number[] = [];
  const startMs = performance.now();
  const answered: Promise<void>[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const dueMs = startMs + batch * everyMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    const edge = edges[batch % edges.length]!;
    const mine = edge.sent + 1;
    const sentMs = performance.now();
    answered.push(
      new Promise((resolve) => {
        const before = edge.onAck;
        edge.onAck = () => {
          before();
          if (edge.acked === mine) {
            latencies.push(performance.now() - sentMs);
            resolve();
          }
        };
      }),
    );
    edge.socket.send(edge.frames[edge.sent++]!);
  }
  await Promise.all(answered);
  return latencies;
}

process.on("message", (command: LoadCommand) => {
  handle(command).then(
    (report) => report !== null && process.send?.(report),
    (error: Error) => process.send?.({ did: "failed", why: error.message } satisfies LoadReport),
  );
});

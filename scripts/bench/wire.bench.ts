import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { zstdCompressSync } from "node:zlib";
import { uuidv7 } from "uuidv7";
import { WebSocket, WebSocketServer } from "ws";
import {
  addRecord,
  appendOf,
  checkpointAt,
  momentOf,
  newRid,
  type TestLog,
  testCollector,
  testLog,
} from "../../central/ingest/test-collector.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { encodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import type { Detection } from "../../shared/model/detection.ts";
import { bytesToHex, type CameraId, uuid } from "../../shared/model/ids.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { type BenchFigures, type BenchOptions, benchTarget } from "./bench-result.ts";
import { variedDetection } from "./varied-detections.ts";

/**
 * What a detection costs on the uplink: bytes that left the socket for APPENDs of 50, WebSocket framing, salts, ids, both picture digests
 * and the checkpoint included; beside the same fields as JSON, plain and zstd-compressed.
 */
const BATCH = 50;
const BATCHES = 200;
const SHORT_BATCHES = 40;

export async function run(options: BenchOptions): Promise<BenchFigures> {
  await loadSodium();
  const batches = options.short ? SHORT_BATCHES : BATCHES;
  const owner = testCollector();
  const log = testLog(owner);
  const camera = uuid<CameraId>(uuidv7());
  const line = await openLine();
  let json = 0;
  let jsonZstd = 0;
  // A batch every 30 s of a road with a car every half a second: the times inside a batch spread as a real one's do.
  let atMs = Date.now() - batches * BATCH * 500;
  try {
    for (let batch = 0; batch < batches; batch++) {
      const from = log.records.length;
      const detections: Detection[] = [];
      for (let one = 0; one < BATCH; one++) {
        atMs += 100 + Math.floor(Math.random() * 800);
        detections.push(addVaried(log, camera, atMs));
      }
      await line.send(encodeFrame(appendOf(log, from)));
      const text = JSON.stringify({
        session: owner.session,
        log: log.logId,
        from,
        checkpoint: jsonCheckpoint(log),
        items: detections.map((one, at) => asJson(log, from + at, one)),
      });
      json += Buffer.byteLength(text);
      jsonZstd += zstdCompressSync(text).length;
    }
    const count = batches * BATCH;
    const figures = {
      bytesPerDetection: line.bytes() / count,
      jsonBytesPerDetection: json / count,
      jsonZstdBytesPerDetection: jsonZstd / count,
      ratioToJson: line.bytes() / json,
    };
    return {
      figures,
      targets: [
        benchTarget("bytes on the socket a detection", figures.bytesPerDetection, "<=", 160),
        benchTarget("of the same fields as JSON", figures.ratioToJson, "<=", 0.3),
      ],
      params: { batch: BATCH, batches, short: options.short },
      reference: "the same fields as JSON: digests in hex, ids as text, times as numbers; compressed by zstd-3 per batch",
      samples: count,
    };
  } finally {
    line.close();
  }
}

function addVaried(log: TestLog, camera: CameraId, atMs: number): Detection {
  const rid = newRid();
  const detection = variedDetection(rid, camera, atMs);
  addRecord(log, { kind: "detection", rid, fields: encodeDetection(detection), moment: momentOf(log.owner, atMs) });
  return detection;
}

/** What the record says and carries, nothing that could be left out: salt and digest chain included, as they must travel. */
function asJson(log: TestLog, seq: number, detection: Detection): object {
  const { tail, payload } = log.records[seq]!;
  const { kind, version, boot, monoMs, wallMs, clockQuality } = tail;
  const salt = bytesToHex(payload!.subarray(0, 16));
  const said = { ...detection, pass: null, plateRead: detection.plateRead === detection.plate ? null : detection.plateRead };
  return { seq, kind, version, boot, monoMs, wallMs, clockQuality, salt, ...said };
}

function jsonCheckpoint(log: TestLog): object {
  const next = log.records.length;
  const { signature } = checkpointAt(log, next);
  return {
    next,
    head: bytesToHex(log.heads[next]!.head),
    wallMs: Date.now(),
    clockQuality: 3,
    boot: log.owner.boot,
    signature: bytesToHex(signature),
  };
}

/** A real WebSocket over loopback; `bytes` counts what the client's socket wrote after the handshake. */
async function openLine(): Promise<{ send: (frame: Uint8Array) => Promise<void>; bytes: () => number; close: () => void }> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, { perMessageDeflate: false });
  let raw: Socket | undefined;
  client.on("upgrade", (response) => {
    raw = response.socket;
  });
  await new Promise<void>((resolve, reject) => {
    client.on("open", () => resolve());
    client.on("error", reject);
  });
  const handshake = raw?.bytesWritten ?? 0;
  return {
    send: (frame) => new Promise((resolve, reject) => client.send(frame, (error) => (error ? reject(error) : resolve()))),
    bytes: () => (raw?.bytesWritten ?? Number.NaN) - handshake,
    close: () => {
      client.terminate();
      sockets.close();
      server.close();
    },
  };
}

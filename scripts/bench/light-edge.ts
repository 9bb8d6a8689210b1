/** An edge without disk, cameras and pages: the real session core over a real WebSocket, as many of them in a process as a bench wants. */
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { TestCollector } from "../../central/ingest/test-collector.ts";
import { dialSocket, type Link } from "../../edge/sync/link.ts";
import { nodeZstd } from "../../edge/sync/zstd.ts";
import { createBackoff } from "../../shared/flow/backoff.ts";
import { bytesToHex, type LogId, type SessionId, type Sha256 } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import type { EdgeEffect, EdgeEvent } from "../../shared/protocol/edge-events.ts";
import type { EdgeSource } from "../../shared/protocol/edge-flow.ts";
import { nextTickMs, stepEdge } from "../../shared/protocol/edge-session.ts";
import { type EdgeSessionState, newEdgeSession } from "../../shared/protocol/edge-session-state.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { type Hello, isDownFrame, type OfferedImage, type Want } from "../../shared/protocol/frames.ts";
import type { ImagesTried } from "../../shared/protocol/image-offers.ts";
import { APPEND_RECORDS_MAX, PROTOCOL_MAX, PROTOCOL_MIN } from "../../shared/protocol/limits.ts";
import { helloSignedBytes, UNKNOWN_CENTRAL } from "../../shared/protocol/signed-bytes.ts";
import type { PackedLog } from "./packed-log.ts";

export interface LightEdgeOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly owner: TestCollector;
  /** The urgent log first. */
  readonly logs: readonly PackedLog[];
  readonly recordsMax: number;
  readonly onLater?: (retryAfterMs: number) => void;
  readonly onWelcome?: () => void;
  readonly onAcknowledged?: (logId: LogId, next: number) => void;
  /** An APPEND that ends below `next` was handed to the socket. */
  readonly onSent?: (logId: LogId, next: number) => void;
  readonly images?: LightImages;
}

/** Pictures of a light edge. */
export interface LightImages {
  readonly toOffer: (without: ReadonlySet<Sha256>) => readonly OfferedImage[];
  readonly put: (want: Want, state: EdgeSessionState, signal: AbortSignal) => Promise<ImagesTried>;
}

export interface LightEdge {
  /** There are more records in a log than before. */
  readonly grown: (log: PackedLog) => void;
  /** Resolves when it has let go of central. */
  readonly stop: () => Promise<void>;
}

/** Connects at once and comes back as an edge does, until it is stopped. */
export function openLightEdge(options: LightEdgeOptions): LightEdge {
  const stopper = new AbortController();
  let current: ((event: EdgeEvent) => void) | null = null;
  const ended = stayConnected(options, stopper.signal, (handle) => {
    current = handle;
  });
  return {
    grown: ({ logId, head }) => current?.({ type: "grown", logId, next: head().next }),
    stop: async () => {
      stopper.abort();
      await ended;
    },
  };
}

async function stayConnected(
  options: LightEdgeOptions,
  signal: AbortSignal,
  expose: (handle: ((event: EdgeEvent) => void) | null) => void,
): Promise<void> {
  const backoff = createBackoff(Math.random);
  while (!signal.aborted) {
    const retryAfterMs = await connectOnce(options, signal, expose);
    expose(null);
    const waitMs = retryAfterMs === null ? backoff.afterFailure(0) : retryAfterMs * (1 + 0.1 * Math.random());
    if (!signal.aborted) await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** One connection; answers the wait that central named. */
async function connectOnce(
  options: LightEdgeOptions,
  signal: AbortSignal,
  expose: (handle: (event: EdgeEvent) => void) => void,
): Promise<number | null> {
  const ending = new AbortController();
  const state = newEdgeSession();
  const source = sourceOf(options);
  let link: Link | null = null;
  let timer: NodeJS.Timeout | undefined;
  let finish: (retryAfterMs: number | null) => void = () => undefined;
  const end = new Promise<number | null>((resolve) => {
    finish = resolve;
  });
  const carryOut = (effect: EdgeEffect): void => {
    if (effect.type === "send") {
      link?.send(encodeFrame(effect.frame));
      if (effect.frame.type === "append") options.onSent?.(effect.frame.logId, effect.frame.fromSeq + effect.frame.count);
    }
    if (effect.type === "welcomed") options.onWelcome?.();
    if (effect.type === "acknowledged") {
      options.onAcknowledged?.(effect.logId, effect.next);
      if (options.images !== undefined) queueMicrotask(() => handle({ type: "images" }));
    }
    if (effect.type === "put-images") {
      const { want } = effect;
      void options.images?.put(want, state, ending.signal).then((tried) => handle({ type: "images-tried", tried }));
    }
    if (effect.type === "close") finish(effect.retryAfterMs);
  };
  const handle = (event: EdgeEvent): void => {
    if (ending.signal.aborted) return;
    for (const effect of stepEdge(state, event, performance.now(), source)) carryOut(effect);
    clearTimeout(timer);
    timer = setTimeout(() => handle({ type: "tick" }), Math.max(1, nextTickMs(state, performance.now()) - performance.now()));
  };
  const onFrame = (bytes: Uint8Array): void => {
    const decoded = decodeFrame(bytes);
    if (decoded.kind !== "frame" || !isDownFrame(decoded.frame)) return;
    if (decoded.frame.type === "later") options.onLater?.(decoded.frame.retryAfterMs);
    handle({ type: "frame", frame: decoded.frame });
  };
  const onEnd = (): void => finish(null);
  signal.addEventListener("abort", onEnd, { once: true });
  try {
    const dial = await dialSocket(options.url, options.apiKey, { onFrame, onEnd }, signal);
    if (dial.kind !== "open") return null;
    link = dial.link;
    expose(handle);
    handle({ type: "connected", session: bytesToHex(randomBytes(16)) as SessionId });
    return await end;
  } finally {
    signal.removeEventListener("abort", onEnd);
    clearTimeout(timer);
    ending.abort();
    (link as Link | null)?.close();
  }
}

function sourceOf({ apiKey, owner, logs, recordsMax, images }: LightEdgeOptions): EdgeSource {
  const byId = new Map(logs.map((log) => [log.logId, log]));
  const apiKeyDigest = new Uint8Array(createHash("sha256").update(apiKey).digest());
  const clock = () => ({ wallMs: Date.now(), monoMs: Math.round(performance.now()), quality: 3 as const });
  const spool = { bytes: 0, oldestMs: null, freeBytes: null, imagesWaiting: 0 };
  return {
    hello: (session): Hello => ({
      type: "hello",
      protocolMin: PROTOCOL_MIN,
      protocolMax: PROTOCOL_MAX,
      collectorId: owner.id,
      deviceKey: owner.deviceKey,
      session,
      logs: logs.map((log) => ({ logId: log.logId, class: log.class, first: 0, next: log.head().next, head: log.head().head })),
      boot: owner.boot,
      clock: clock(),
      seen: null,
      feeds: [],
      spool,
      configRevision: 0,
      version: "bench",
      signature: owner.sign(helloSignedBytes({ session, collectorId: owner.id, centralId: UNKNOWN_CENTRAL, apiKeyDigest })),
    }),
    heartbeat: () => ({
      type: "heartbeat",
      clock: clock(),
      feeds: [],
      spool,
      health: { rssBytes: 0, uptimeSeconds: 1, waitingRecords: 0, version: "bench" },
      cameras: [],
      configRevision: 0,
      site: { name: "Main & Maple", timeZone: "America/New_York", latitude: null, longitude: null },
      alarms: [],
    }),
    hashAt: (logId, seq) => byId.get(logId)?.hashAt(seq) ?? null,
    items: (logId, fromSeq, most, bytesMax) => byId.get(logId)?.items(fromSeq, most, bytesMax) ?? [],
    checkpoint: (logId, next) => byId.get(logId)!.checkpoint(next),
    imagesToOffer: (without) => images?.toOffer(without) ?? [],
    zstd: nodeZstd,
    recordsMax,
    drainMax: APPEND_RECORDS_MAX,
  };
}

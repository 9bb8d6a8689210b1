/**
 * The uplink: connects, drives the session core, carries out what it says, and comes back with jitter when the way is down. It never
 * holds up anything else of the edge: capture, matching and the site's page do not know whether it is there.
 */
import { setTimeout as delay } from "node:timers/promises";
import { estimateOffset } from "../../shared/clock/clock-quality.ts";
import { createBackoff } from "../../shared/flow/backoff.ts";
import { bytesToHex, type SessionId } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { type EdgeEffect, type EdgeEvent, newEdgeSession, nextTickMs, stepEdge, urgentWaits } from "../../shared/protocol/edge-session.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import type { DownFrame } from "../../shared/protocol/frames.ts";
import type { StoreNews } from "../log/store-port.ts";
import { edgeSource } from "./edge-source.ts";
import { openExchange } from "./exchange-link.ts";
import { dialSocket, type Link, type LinkEvents } from "./link.ts";
import { type FeedResult, receiveDelta, receiveSnapshot } from "./receive-feed.ts";
import { sendImages } from "./send-images.ts";
import type { UplinkDeps } from "./uplink-deps.ts";
import { newMeter, type UplinkFacts, type UplinkMeter } from "./uplink-meter.ts";

/** While the exchange is in use, the WebSocket is tried again this often. */
const SOCKET_RETRY_MS = 10 * 60_000;
/** First try after start, spread so that a village whose power came back does not call at once. */
export const FIRST_TRY_MAX_MS = 30_000;

export interface Uplink {
  /** Lives until the signal aborts. `firstTryMs`: the longest first wait. */
  readonly run: (signal: AbortSignal, firstTryMs?: number) => Promise<void>;
  readonly onNews: (news: StoreNews) => void;
  readonly changed: () => void;
  readonly facts: () => UplinkFacts;
}

export function createUplink(deps: UplinkDeps): Uplink {
  const meter = newMeter(deps.now);
  let current: Connection | null = null;
  return {
    run: (signal, firstTryMs = FIRST_TRY_MAX_MS) => keepConnected(deps, meter, signal, firstTryMs, (connection) => (current = connection)),
    onNews: (news) => {
      if (news.kind === "grown") current?.handle({ type: "grown", logId: news.logId, next: news.next });
      if (news.kind === "watchlists") current?.handle({ type: "changed" });
    },
    changed: () => current?.handle({ type: "changed" }),
    facts: meter.facts,
  };
}

interface Connection {
  readonly handle: (event: EdgeEvent) => void;
}

async function keepConnected(
  deps: UplinkDeps,
  meter: UplinkMeter,
  signal: AbortSignal,
  firstTryMs: number,
  expose: (connection: Connection | null) => void,
): Promise<void> {
  const backoff = createBackoff(deps.random);
  let blockedUntilMs = 0;
  await pause(deps.random() * firstTryMs, signal);
  while (!signal.aborted) {
    const startedMs = deps.now();
    meter.connecting();
    const bySocket = startedMs >= blockedUntilMs;
    const ended = await connectOnce(deps, meter, signal, bySocket, expose);
    expose(null);
    if (signal.aborted) return;
    if (ended.blocked) blockedUntilMs = deps.now() + SOCKET_RETRY_MS;
    meter.disconnected(ended.why, ended.refused);
    const waitMs = ended.blocked ? 0 : (ended.retryAfterMs ?? backoff.afterFailure(ended.openMs));
    if (backoff.failures() <= 1 && !ended.blocked) deps.log.info({ waitMs: Math.round(waitMs) }, `uplink down: ${ended.why}`);
    await pause(waitMs, signal);
  }
}

interface Ended {
  readonly why: string;
  readonly openMs: number;
  readonly retryAfterMs: number | null;
  /** Central is there but will not have us: people must act. */
  readonly refused: string | null;
  /** HTTP answers where the WebSocket does not: use the exchange for a while. */
  readonly blocked: boolean;
}

async function connectOnce(
  deps: UplinkDeps,
  meter: UplinkMeter,
  signal: AbortSignal,
  bySocket: boolean,
  expose: (connection: Connection) => void,
): Promise<Ended> {
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  let link: Link | null = null;
  let endWith: (ended: Ended) => void = () => {};
  const end = new Promise<Ended>((resolve) => (endWith = resolve));
  let connection: Connection | null = null;
  const early: Uint8Array[] = [];
  const session = startSession(
    deps,
    meter,
    stop,
    (frame) => link?.send(frame),
    (ended) => endWith(ended),
  );
  const events: LinkEvents = {
    onFrame: (bytes) => (connection === null ? early.push(bytes) : session.receive(bytes)),
    onEnd: (why) => endWith({ why, openMs: session.openMs(), retryAfterMs: null, refused: null, blocked: false }),
  };
  try {
    if (bySocket) {
      const dial = await dialSocket(deps.centralUrl, deps.apiKey, events, stop);
      if (dial.kind !== "open") return notOpened(deps, dial);
      link = dial.link;
    } else link = openExchange(deps.centralUrl, deps.apiKey, events, stop);
    connection = session;
    expose(session);
    session.handle({ type: "connected", session: bytesToHex(deps.randomBytes(16)) as SessionId });
    for (const bytes of early) session.receive(bytes);
    return await end;
  } finally {
    session.stop();
    ending.abort();
    link?.close();
  }
}

/** 401 and 403 need a person; any other HTTP answer to an upgrade means that something in between does not pass WebSockets. */
function notOpened(deps: UplinkDeps, dial: { kind: "refused"; status: number } | { kind: "unreachable"; why: string }): Ended {
  const base = { openMs: 0, retryAfterMs: null, refused: null, blocked: false };
  if (dial.kind === "unreachable") return { ...base, why: dial.why };
  if (dial.status === 401 || dial.status === 403) {
    deps.log.warn({ status: dial.status }, "central does not accept this edge's API key; ask the administrator for a new one");
    return {
      ...base,
      why: `refused (${dial.status})`,
      refused: "Central does not accept this site's API key. Ask the administrator for a new one.",
      retryAfterMs: 60_000,
    };
  }
  return dial.status >= 500 ? { ...base, why: `central answered ${dial.status}` } : { ...base, why: "WebSocket blocked", blocked: true };
}

interface Session extends Connection {
  readonly receive: (bytes: Uint8Array) => void;
  readonly openMs: () => number;
  readonly stop: () => void;
}

/** Drives the core: one event at a time, its effects carried out in order. */
function startSession(
  deps: UplinkDeps,
  meter: UplinkMeter,
  signal: AbortSignal,
  sendBytes: (frame: Uint8Array) => void,
  onEnd: (ended: Ended) => void,
): Session {
  const state = newEdgeSession();
  const source = edgeSource(deps);
  let timer: NodeJS.Timeout | null = null;
  let openedMs: number | null = null;
  const openMs = () => (openedMs === null ? 0 : deps.now() - openedMs);
  const finish = (why: string, retryAfterMs: number | null, refused: string | null = null) =>
    onEnd({ why, openMs: openMs(), retryAfterMs, refused, blocked: false });

  const handle = (event: EdgeEvent): void => {
    if (signal.aborted) return;
    for (const effect of stepEdge(state, event, deps.now(), source)) carryOut(effect);
    schedule();
  };
  const schedule = () => {
    if (timer !== null) clearTimeout(timer);
    if (signal.aborted || state.phase === "closed") return;
    timer = setTimeout(() => handle({ type: "tick" }), Math.max(1, nextTickMs(state, deps.now()) - deps.now()));
  };
  const afterFeed = (work: Promise<FeedResult>) => {
    work.then(
      (result) => {
        if (result.kind === "refused") deps.log.warn({}, `watchlist not taken over: ${result.why}`);
        handle({ type: "changed" });
      },
      (error: unknown) => deps.log.warn({}, `watchlist not taken over: ${wordsOf(error)}`),
    );
  };
  const carryOut = (effect: EdgeEffect): void => {
    switch (effect.type) {
      case "send":
        return sendBytes(encodeFrame(effect.frame));
      case "welcomed":
        if (!deps.pinned.accept(effect.welcome.centralKeys)) {
          return finish(
            "another central",
            5 * 60_000,
            "This address now answers with another central's key. Nothing is sent to it. If that is right, run edge -- init --central-key.",
          );
        }
        openedMs ??= deps.now();
        return meter.connected();
      case "clock": {
        const estimate = estimateOffset(...effect.sample, effect.receivedMs);
        if (estimate !== null) deps.onClockSample(estimate.offsetMs, estimate.uncertaintyMs);
        return;
      }
      case "acknowledged":
        meter.heard();
        void deps.writer.noteAcknowledged(effect.logId, effect.next, effect.durable).then(() => handle({ type: "images" }), ignoreClosed);
        return;
      case "lists":
        return dropLists(deps, new Set(effect.feeds.map((feed) => feed.list as string)));
      case "apply-delta":
        return afterFeed(receiveDelta(deps, effect.delta));
      case "fetch-snapshot":
        return afterFeed(receiveSnapshot(deps, effect.snapshot, signal));
      case "put-images":
        void sendImages(deps, effect.want, effect.offered, signal, () => urgentWaits(state)).then((settled) => {
          if (settled > 0) handle({ type: "images" });
        }, ignoreClosed);
        return;
      case "wanted-config":
        return;
      case "trouble":
        meter.trouble(effect.trouble, effect.detail);
        return deps.log.warn({ logId: effect.logId, trouble: effect.trouble }, effect.detail);
      case "close":
        return finish(effect.why, effect.retryAfterMs);
    }
  };
  return {
    handle,
    receive: (bytes) => {
      meter.heard();
      const decoded = decodeFrame(bytes);
      if (decoded.kind === "frame") return handle({ type: "frame", frame: decoded.frame as DownFrame });
      if (decoded.kind === "malformed") finish(`central sent a frame that cannot be read: ${decoded.why}`, null);
    },
    openMs,
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      state.phase = "closed";
    },
  };
}

/** A list that WELCOME or BEAT does not name any more is not this site's: it stops matching. Own lists that central has not heard of stay. */
function dropLists(deps: UplinkDeps, named: ReadonlySet<string>): void {
  for (const feed of deps.reader.feeds()) {
    if (feed.generation !== "" && !named.has(feed.list)) void deps.writer.dropList(feed.list).catch(ignoreClosed);
  }
}

const ignoreClosed = (): void => {};
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => {});
}

/**
 * The edge's side of one connection, without I/O: `stepEdge(state, event, nowMs, source)` changes the state and says what to do. The
 * WebSocket, the HTTP exchange and the simulator drive this same core.
 *
 * The rule behind it: the receiver's durable state names the next byte, and the sender obeys. Nothing that is believed here outlives
 * the session. A send is triggered only by WELCOME, by new records or the flush timer while nothing of that log is under way, by an ACK
 * that advances, by a larger credit, or by a REWIND that names another `next` than the last one; duplicates never trigger one.
 */

import { isLarger } from "../flow/credits.ts";
import type { LogId, SessionId } from "../model/ids.ts";
import {
  agrees,
  type EdgeSource,
  type Flow,
  type LogTrouble,
  newFlow,
  type Position,
  stopFlow,
  takeAppends,
  takePosition,
} from "./edge-flow.ts";
import type { Ack, Beat, Delta, DownFrame, FeedHead, OfferedImage, Rewind, Snapshot, UpFrame, Want, Welcome } from "./frames.ts";
import { ANSWER_TIMEOUT_MS, IDLE_FLUSH_MS, LINK_TIMEOUT_MS } from "./limits.ts";

export type EdgeEvent =
  | { readonly type: "connected"; readonly session: SessionId }
  | { readonly type: "frame"; readonly frame: DownFrame }
  /** A log has new durable records. */
  | { readonly type: "grown"; readonly logId: LogId; readonly next: number }
  /** Something that the heartbeat tells has changed: a feed was applied, a camera fell silent. */
  | { readonly type: "changed" }
  | { readonly type: "images" }
  | { readonly type: "tick" };

export type EdgeEffect =
  | { readonly type: "send"; readonly frame: UpFrame }
  | { readonly type: "welcomed"; readonly welcome: Welcome }
  | { readonly type: "clock"; readonly sample: readonly [number, number, number]; readonly receivedMs: number }
  | { readonly type: "acknowledged"; readonly logId: LogId; readonly next: number; readonly durable: number }
  | { readonly type: "lists"; readonly feeds: readonly FeedHead[] }
  | { readonly type: "apply-delta"; readonly delta: Delta }
  | { readonly type: "fetch-snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "put-images"; readonly want: Want; readonly offered: readonly OfferedImage[] }
  | { readonly type: "wanted-config"; readonly revision: number }
  | { readonly type: "trouble"; readonly logId: LogId; readonly trouble: LogTrouble; readonly detail: string }
  /** End this connection; come back after `retryAfterMs` or by the caller's own backoff when null. */
  | { readonly type: "close"; readonly why: string; readonly retryAfterMs: number | null };

export interface EdgeSessionState {
  phase: "idle" | "greeting" | "open" | "closed";
  session: SessionId | null;
  readonly flows: Map<LogId, Flow>;
  heardMs: number;
  heartbeatEveryMs: number;
  nextHeartbeatMs: number;
  offered: readonly OfferedImage[] | null;
  offerDueMs: number | null;
}

export function newEdgeSession(): EdgeSessionState {
  return {
    phase: "idle",
    session: null,
    flows: new Map(),
    heardMs: 0,
    heartbeatEveryMs: 60_000,
    nextHeartbeatMs: 0,
    offered: null,
    offerDueMs: null,
  };
}

/** Records that central has not acknowledged, as far as this session knows. */
export function waitingRecords(state: EdgeSessionState): number {
  let waiting = 0;
  for (const flow of state.flows.values()) waiting += flow.next - flow.acknowledged;
  return waiting;
}

/** An urgent record is not acknowledged yet: bulk bytes wait. */
export function urgentWaits(state: EdgeSessionState): boolean {
  for (const flow of state.flows.values())
    if (flow.class === "urgent" && flow.stopped === null && flow.acknowledged < flow.next) return true;
  return false;
}

export function stepEdge(state: EdgeSessionState, event: EdgeEvent, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase === "closed") return [];
  switch (event.type) {
    case "connected":
      return onConnected(state, event.session, nowMs, source);
    case "frame":
      state.heardMs = nowMs;
      return onFrame(state, event.frame, nowMs, source);
    case "grown":
      return onGrown(state, event.logId, event.next, nowMs, source);
    case "changed":
      return state.phase === "open" ? beat(state, nowMs, source) : [];
    case "images":
      state.offerDueMs ??= nowMs;
      return state.phase === "open" ? offer(state, nowMs, source) : [];
    case "tick":
      return onTick(state, nowMs, source);
  }
}

function onConnected(state: EdgeSessionState, session: SessionId, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const hello = source.hello(session);
  state.phase = "greeting";
  state.session = session;
  state.heardMs = nowMs;
  for (const log of hello.logs) {
    const known = state.flows.get(log.logId);
    if (known !== undefined) known.next = log.next;
    else state.flows.set(log.logId, newFlow(log));
  }
  return [send(hello)];
}

function onFrame(state: EdgeSessionState, frame: DownFrame, nowMs: number, source: EdgeSource): EdgeEffect[] {
  switch (frame.type) {
    case "welcome":
      return onWelcome(state, frame, nowMs, source);
    case "ack":
      return onAck(state, frame, nowMs, source);
    case "rewind":
      return onRewind(state, frame, nowMs, source);
    case "beat":
      return onBeat(state, frame, nowMs, source);
    case "delta":
      return [{ type: "apply-delta", delta: frame }];
    case "snapshot":
      return [{ type: "fetch-snapshot", snapshot: frame }];
    case "want":
      return onWant(state, frame);
    case "command":
      return [];
    case "later":
      return close(state, "central asks to come later", frame.retryAfterMs);
    case "bye":
      return close(state, "central said good-bye", null);
    case "error":
      return onError(state, frame.code, frame.reference, frame.text, frame.retryAfterMs, frame.retryable, nowMs);
  }
}

function onWelcome(state: EdgeSessionState, welcome: Welcome, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const first = state.phase === "greeting";
  state.phase = "open";
  state.heartbeatEveryMs = welcome.heartbeatMs;
  const effects: EdgeEffect[] = [
    { type: "welcomed", welcome },
    { type: "clock", sample: welcome.clock, receivedMs: nowMs },
    { type: "lists", feeds: welcome.feeds },
    { type: "wanted-config", revision: welcome.wantedConfigRevision },
  ];
  for (const log of welcome.logs) {
    const flow = state.flows.get(log.logId);
    // In an HTTP exchange a WELCOME comes before the answers to what went with it: those answers decide then.
    if (flow === undefined || flow.underWay.length > 0) continue;
    flow.credit = log.credit;
    effects.push(positionEffect(flow, takePosition(flow, log, source), log.durable));
  }
  if (first) effects.push(...beat(state, nowMs, source));
  state.offerDueMs = nowMs;
  return [...effects, ...pumpAll(state, nowMs, source), ...offer(state, nowMs, source)];
}

/** What a comparison means for the rest of the edge. */
function positionEffect(flow: Flow, position: Position, durable: number): EdgeEffect {
  if (position.kind === "stopped") return { type: "trouble", logId: flow.logId, trouble: position.trouble, detail: position.detail };
  return { type: "acknowledged", logId: flow.logId, next: flow.acknowledged, durable };
}

function onAck(state: EdgeSessionState, ack: Ack, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const flow = state.flows.get(ack.logId);
  if (flow === undefined || flow.stopped !== null) return [];
  if (!agrees(flow, ack.next, ack.head, source)) {
    return [positionEffect(flow, stopFlow(flow, "fork", `central's record ${ack.next - 1} is not this log's`), 0)];
  }
  const larger = isLarger(ack.credit, flow.credit);
  flow.credit = ack.credit;
  if (ack.next <= flow.acknowledged) return larger ? pumpAll(state, nowMs, source) : [];
  flow.acknowledged = ack.next;
  flow.lastRewind = null;
  if (flow.sent < ack.next) flow.sent = ack.next;
  while (flow.underWay[0] !== undefined && flow.underWay[0].to <= ack.next) flow.underWay.shift();
  state.offerDueMs ??= nowMs;
  return [
    { type: "acknowledged", logId: flow.logId, next: ack.next, durable: ack.durable },
    ...pumpAll(state, nowMs, source),
    ...offer(state, nowMs, source),
  ];
}

function onRewind(state: EdgeSessionState, rewind: Rewind, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const flow = state.flows.get(rewind.logId);
  if (flow === undefined || flow.stopped !== null) return [];
  if (rewind.why === "closed" || rewind.why === "unknown-key") return [positionEffect(flow, stopFlow(flow, "refused", rewind.why), 0)];
  if (rewind.next === flow.lastRewind) return [];
  const position = positionEffect(flow, takePosition(flow, rewind, source), 0);
  flow.lastRewind = rewind.next;
  return [position, ...pumpAll(state, nowMs, source)];
}

function onBeat(state: EdgeSessionState, frame: Beat, nowMs: number, source: EdgeSource): EdgeEffect[] {
  let larger = false;
  for (const log of frame.logs) {
    const flow = state.flows.get(log.logId);
    if (flow === undefined) continue;
    larger ||= isLarger(log.credit, flow.credit);
    flow.credit = log.credit;
  }
  const effects: EdgeEffect[] = [
    { type: "clock", sample: frame.clock, receivedMs: nowMs },
    { type: "lists", feeds: frame.feeds },
    { type: "wanted-config", revision: frame.wantedConfigRevision },
  ];
  return larger ? [...effects, ...pumpAll(state, nowMs, source)] : effects;
}

function onWant(state: EdgeSessionState, want: Want): EdgeEffect[] {
  const offered = state.offered ?? [];
  state.offered = null;
  return [{ type: "put-images", want, offered }];
}

function onError(
  state: EdgeSessionState,
  code: string,
  reference: string,
  text: string,
  retryAfterMs: number,
  retryable: boolean,
  nowMs: number,
): EdgeEffect[] {
  if (code === "unsupported" && reference !== "protocol") return [];
  if (code !== "busy") return close(state, text, retryable && retryAfterMs > 0 ? retryAfterMs : null);
  // Nothing of that log was stored: send it again from what is acknowledged, later.
  const flow = state.flows.get(reference as LogId);
  if (flow === undefined) return close(state, text, retryAfterMs > 0 ? retryAfterMs : null);
  flow.underWay.length = 0;
  flow.sent = flow.acknowledged;
  flow.flushAtMs = nowMs + Math.max(retryAfterMs, 1_000);
  return [];
}

function onGrown(state: EdgeSessionState, logId: LogId, next: number, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const flow = state.flows.get(logId);
  if (flow === undefined) return [];
  flow.next = Math.max(flow.next, next);
  if (state.phase !== "open" || flow.stopped !== null || flow.underWay.length > 0) return [];
  if (flow.class === "urgent") return pump(state, flow, nowMs, source);
  flow.flushAtMs ??= nowMs + IDLE_FLUSH_MS;
  return flow.next - flow.sent >= source.recordsMax ? pump(state, flow, nowMs, source) : [];
}

function onTick(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase === "idle") return [];
  if (nowMs - state.heardMs > LINK_TIMEOUT_MS) return close(state, "nothing heard from central", null);
  if (state.phase !== "open") return nowMs - state.heardMs > ANSWER_TIMEOUT_MS ? close(state, "no answer to HELLO", null) : [];
  const effects: EdgeEffect[] = [];
  for (const flow of byUrgency(state)) {
    const oldest = flow.underWay[0];
    if (oldest !== undefined && nowMs - oldest.sentMs > ANSWER_TIMEOUT_MS) return close(state, "no answer to an APPEND", null);
    if (flow.flushAtMs !== null && flow.flushAtMs <= nowMs && oldest === undefined) effects.push(...pump(state, flow, nowMs, source));
  }
  if (nowMs >= state.nextHeartbeatMs) effects.push(...beat(state, nowMs, source));
  return [...effects, ...offer(state, nowMs, source)];
}

/** When the next tick is due; the caller may tick earlier. */
export function nextTickMs(state: EdgeSessionState, nowMs: number): number {
  let due = state.phase === "open" ? state.nextHeartbeatMs : nowMs + 1_000;
  for (const flow of state.flows.values()) {
    if (flow.flushAtMs !== null) due = Math.min(due, flow.flushAtMs);
    if (flow.underWay[0] !== undefined) due = Math.min(due, flow.underWay[0].sentMs + ANSWER_TIMEOUT_MS + 1);
  }
  if (state.offerDueMs !== null && state.offered === null) due = Math.min(due, state.offerDueMs);
  return Math.min(Math.max(due, nowMs), nowMs + 5_000);
}

const byUrgency = (state: EdgeSessionState): Flow[] =>
  [...state.flows.values()].sort((a, b) => Number(b.class === "urgent") - Number(a.class === "urgent"));

function pumpAll(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  return byUrgency(state).flatMap((flow) => pump(state, flow, nowMs, source));
}

function pump(state: EdgeSessionState, flow: Flow, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase !== "open" || state.session === null) return [];
  return takeAppends(flow, state.session, nowMs, source).map(send);
}

/** Offers images while no offer is open and nothing urgent waits. */
function offer(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.offerDueMs === null || state.offerDueMs > nowMs || state.offered !== null || urgentWaits(state)) return [];
  state.offerDueMs = null;
  const images = source.imagesToOffer();
  if (images.length === 0) return [];
  state.offered = images;
  return [send({ type: "offer", images })];
}

function beat(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  state.nextHeartbeatMs = nowMs + state.heartbeatEveryMs;
  return [send(source.heartbeat())];
}

function close(state: EdgeSessionState, why: string, retryAfterMs: number | null): EdgeEffect[] {
  state.phase = "closed";
  return [{ type: "close", why, retryAfterMs }];
}

const send = (frame: UpFrame): EdgeEffect => ({ type: "send", frame });

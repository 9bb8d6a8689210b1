/**
 * The edge's side of one connection, without I/O: `stepEdge(state, event, nowMs, source)` changes the state and says what to do. The
 * WebSocket, the HTTP exchange and the simulator drive this same core.
 *
 * The rule behind it: the receiver's durable state names the next byte, and the sender obeys. Nothing that is believed here outlives
 * the session, and time is a clock that only runs forward. A send is triggered only by WELCOME, by new records or the flush timer
 * while nothing of that log is under way, by an ACK that advances, by a larger credit, or by a REWIND that names another `next` than the
 * last one, and by the fork question, once a log; duplicates never trigger one.
 */
import { isLarger } from "../flow/credits.ts";
import type { LogId, SessionId } from "../model/ids.ts";
import type { EdgeEffect, EdgeEvent } from "./edge-events.ts";
import { byUrgency, type EdgeSource, newFlow } from "./edge-flow.ts";
import { listsTold } from "./edge-lists.ts";
import { acknowledged, onAck, onRewind, standAt } from "./edge-recovery.ts";
import { beat, offer, pump, pumpAll, send } from "./edge-sending.ts";
import type { EdgeSessionState } from "./edge-session-state.ts";
import type { Beat, DownFrame, ErrorFrame, Hello, TreeHead, Want, Welcome } from "./frames.ts";
import { endOffer, offerDueMs, offerFrom, takeWant } from "./image-offers.ts";
import {
  ANSWER_TIMEOUT_MS,
  BUSY_RETRY_MIN_MS,
  HEARTBEAT_MIN_MS,
  HEARTBEAT_MS,
  IDLE_FLUSH_MS,
  LINK_TIMEOUT_MS,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  protocolRange,
  RETRY_AFTER_MAX_MS,
} from "./limits.ts";
import { beginShare, offerTurnMs } from "./picture-way.ts";
import { noteProof, noteTreeHead, type TreeStep } from "./tree-watch.ts";

export function stepEdge(state: EdgeSessionState, event: EdgeEvent, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase === "closed") return [];
  switch (event.type) {
    case "connected":
      return onConnected(state, event.session, nowMs, source);
    case "frame":
      if (state.phase === "idle") return [];
      state.heardMs = nowMs;
      return onFrame(state, event.frame, nowMs, source);
    case "grown":
      return onGrown(state, event.logId, event.next, nowMs, source);
    case "logs":
      return onLogs(state, nowMs, source);
    case "changed":
      return state.phase === "open" ? beat(state, nowMs, source) : [];
    case "images":
      offerFrom(state.offers, nowMs);
      return offer(state, nowMs, source);
    case "images-tried":
      endOffer(state.offers, event.tried, nowMs);
      return offer(state, nowMs, source);
    case "tick":
      return onTick(state, nowMs, source);
  }
}

function onConnected(state: EdgeSessionState, session: SessionId, nowMs: number, source: EdgeSource): EdgeEffect[] {
  state.phase = "greeting";
  state.session = session;
  state.heardMs = nowMs;
  const hello = greet(state, session, nowMs, source);
  state.tree.witness = hello.seen;
  for (const logId of state.flows.keys()) state.greeted.add(logId);
  return [send(hello)];
}

/** A log was left for a new one: the same HELLO again, with the logs as they are now. */
function onLogs(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  return state.phase === "idle" || state.session === null ? [] : [send(greet(state, state.session, nowMs, source))];
}

function greet(state: EdgeSessionState, session: SessionId, nowMs: number, source: EdgeSource): Hello {
  state.greetedMs = nowMs;
  const hello = source.hello(session);
  for (const log of hello.logs) {
    const known = state.flows.get(log.logId);
    if (known !== undefined) {
      known.next = log.next;
      known.first = log.first;
    } else state.flows.set(log.logId, newFlow(log));
  }
  const named = new Set(hello.logs.map((log) => log.logId));
  for (const logId of state.flows.keys()) if (!named.has(logId)) state.flows.delete(logId);
  return hello;
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
      return onWant(state, frame, nowMs);
    case "proof":
      return treeEffects(noteProof(state.tree, frame));
    case "command":
      return state.phase === "open" ? [{ type: "command", command: frame }] : [];
    case "later":
      return close(state, "central asks to come later", frame.retryAfterMs);
    case "bye":
      return close(state, "central said good-bye", null);
    case "error":
      return onError(state, frame, nowMs);
  }
}

function onWelcome(state: EdgeSessionState, welcome: Welcome, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (welcome.protocol < PROTOCOL_MIN || welcome.protocol > PROTOCOL_MAX) {
    const which = `Central speaks protocol ${welcome.protocol}, this site ${protocolRange(PROTOCOL_MIN, PROTOCOL_MAX)}.`;
    return close(state, `${which} ${welcome.protocol > PROTOCOL_MAX ? "Update this site's program." : "Update central."}`, null, true);
  }
  const first = state.phase === "greeting";
  if (first) beginShare(state, nowMs);
  state.phase = "open";
  state.heartbeatEveryMs = Math.min(Math.max(welcome.heartbeatMs, HEARTBEAT_MIN_MS), HEARTBEAT_MS);
  const effects: EdgeEffect[] = [
    { type: "welcomed", welcome },
    { type: "clock", sample: welcome.clock },
    { type: "wanted-config", revision: welcome.wantedConfigRevision },
    ...policyTold(welcome),
  ];
  state.tree.centralKey = welcome.centralKeys[0];
  effects.push(...treeShown(state, welcome.treeHead, nowMs));
  const standing = new Map(welcome.logs.map((log) => [log.logId, log]));
  for (const flow of state.flows.values()) effects.push(...standAt(state, flow, standing.get(flow.logId), nowMs, source));
  effects.push(
    ...marks(
      state,
      welcome.logs.map((log) => ({ logId: log.logId, isUnconfirmed: log.status === "unconfirmed" })),
    ),
  );
  state.lists.incarnation = welcome.incarnation;
  effects.push(...listsTold(state.lists, state.flows.values(), welcome.feeds));
  // In an HTTP exchange every answer begins with WELCOME; only the first one opens the session.
  if (first) {
    effects.push(...beat(state, nowMs, source));
    offerFrom(state.offers, nowMs);
  }
  return [...effects, ...pumpAll(state, nowMs, source), ...offer(state, nowMs, source)];
}

const policyTold = ({ policy }: Pick<Welcome | Beat, "policy">): EdgeEffect[] => (policy === undefined ? [] : [{ type: "policy", policy }]);

function onBeat(state: EdgeSessionState, frame: Beat, nowMs: number, source: EdgeSource): EdgeEffect[] {
  let larger = false;
  const effects: EdgeEffect[] = [];
  for (const log of frame.logs) {
    const flow = state.flows.get(log.logId);
    if (flow === undefined) continue;
    larger ||= isLarger(log.credit, flow.credit);
    flow.credit = log.credit;
    // A backup moves `durable` while nothing new is acknowledged.
    if (log.durable !== flow.durable && flow.stopped === null) {
      flow.durable = log.durable;
      effects.push(acknowledged(flow));
    }
  }
  effects.push(
    ...marks(state, frame.logs),
    { type: "clock", sample: frame.clock },
    ...listsTold(state.lists, state.flows.values(), frame.feeds),
    { type: "wanted-config", revision: frame.wantedConfigRevision },
    ...treeShown(state, frame.treeHead, nowMs),
    ...policyTold(frame),
  );
  return larger ? [...effects, ...pumpAll(state, nowMs, source)] : effects;
}

/** One log that goes on under an unconfirmed key is enough; logs that were left say nothing any more. */
function marks(state: EdgeSessionState, logs: readonly { readonly logId: LogId; readonly isUnconfirmed?: boolean }[]): EdgeEffect[] {
  const isMarked = logs.some((log) => log.isUnconfirmed === true && state.flows.has(log.logId));
  if (isMarked === state.isMarked) return [];
  state.isMarked = isMarked;
  return [{ type: "marked", isMarked }];
}

function treeShown(state: EdgeSessionState, head: TreeHead | null, nowMs: number): EdgeEffect[] {
  return head === null ? [] : treeEffects(noteTreeHead(state.tree, head, nowMs));
}

function treeEffects({ news, ask }: TreeStep): EdgeEffect[] {
  const effects: EdgeEffect[] = news.map((one) => ({ type: "tree", news: one }));
  return ask === null ? effects : [...effects, send(ask)];
}

function onWant(state: EdgeSessionState, want: Want, nowMs: number): EdgeEffect[] {
  return takeWant(state.offers, want, nowMs) ? [{ type: "put-images", want }] : [];
}

/** Codes that no coming back can cure. */
const PEOPLE_ACT: ReadonlySet<string> = new Set(["unauthorised", "unsupported"]);

function onError(state: EdgeSessionState, error: ErrorFrame, nowMs: number): EdgeEffect[] {
  const { code, text, retryAfterMs } = error;
  const flow = state.flows.get(error.reference as LogId);
  // A frame type that an older central does not know is no reason to part; a log that it was not told of is.
  if (code === "unsupported" && error.reference !== "protocol" && flow === undefined) return [];
  if (code !== "busy" || flow === undefined) return close(state, text, retryAfterMs, !error.retryable && PEOPLE_ACT.has(code));
  // Nothing of that log was stored: send it again from what is acknowledged, later. The REWINDs of what was sent behind it say the same.
  flow.underWay.length = 0;
  flow.sent = flow.acknowledged;
  flow.lastRewind = flow.acknowledged;
  flow.notBeforeMs = nowMs + Math.min(Math.max(retryAfterMs, BUSY_RETRY_MIN_MS), RETRY_AFTER_MAX_MS);
  flow.flushAtMs = flow.notBeforeMs;
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
  for (const flow of byUrgency(state.flows.values())) {
    // A new log's HELLO, or its answer, was lost: nothing of the log could ever be sent in this session.
    const isUnanswered = !flow.named && flow.stopped === null && nowMs - state.greetedMs > ANSWER_TIMEOUT_MS;
    if (isUnanswered) return close(state, "no answer to HELLO", null);
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
    const oldest = flow.underWay[0];
    if (oldest !== undefined) due = Math.min(due, oldest.sentMs + ANSWER_TIMEOUT_MS + 1);
    else if (flow.flushAtMs !== null) due = Math.min(due, flow.flushAtMs);
  }
  const offerMs = offerDueMs(state.offers);
  if (offerMs !== null) due = Math.min(due, offerTurnMs(state, offerMs));
  return Math.min(Math.max(due, nowMs), nowMs + 5_000);
}

/** `retryAfterMs` 0: central named no time. */
function close(state: EdgeSessionState, why: string, retryAfterMs: number | null, refused = false): EdgeEffect[] {
  state.phase = "closed";
  const waitMs = retryAfterMs === null || retryAfterMs <= 0 ? null : Math.min(retryAfterMs, RETRY_AFTER_MAX_MS);
  return [{ type: "close", why, retryAfterMs: waitMs, refused }];
}

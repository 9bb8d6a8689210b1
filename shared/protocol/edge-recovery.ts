/** What central's word about one log means here: go on from there, ask where the branches part, or leave the log for a new one. */
import { notePiece } from "../flow/bulk-window.ts";
import { isLarger } from "../flow/credits.ts";
import type { LogHead } from "../log/chain.ts";
import type { EdgeEffect } from "./edge-events.ts";
import {
  agreedPoint,
  agrees,
  askForkPoint,
  type EdgeSource,
  type Flow,
  isBadBytes,
  type LeftWhy,
  stopFlow,
  takePosition,
} from "./edge-flow.ts";
import { offer, pumpAll, send } from "./edge-sending.ts";
import type { EdgeSessionState } from "./edge-session-state.ts";
import type { Ack, Rewind, WelcomeLog } from "./frames.ts";
import { noteAdvance } from "./image-offers.ts";

/** Takes over what WELCOME says of one log. */
export function standAt(state: EdgeSessionState, flow: Flow, log: WelcomeLog | undefined, nowMs: number, source: EdgeSource): EdgeEffect[] {
  // In an HTTP exchange a WELCOME comes before the answers to what went with it: those answers decide then.
  if (flow.underWay.length > 0 || flow.stopped === "refused" || flow.stopped === "left") return [];
  if (log === undefined) {
    // The answer to a HELLO of before this log had begun says nothing about it.
    return state.greeted.has(flow.logId) && !flow.named ? [refuse(flow, "central does not name this log")] : [];
  }
  flow.named = true;
  flow.credit = log.credit;
  flow.durable = log.durable;
  // Closed: the question's answer says where.
  if (log.status === "closed" || log.status === "abandoned") return ask(state, flow, nowMs, source);
  return position(state, flow, log, nowMs, source);
}

/** Compares, and says what the comparison means for the rest of the edge. */
function position(state: EdgeSessionState, flow: Flow, at: LogHead, nowMs: number, source: EdgeSource): EdgeEffect[] {
  switch (takePosition(flow, at, source).kind) {
    case "agreed":
      return [acknowledged(flow)];
    case "differs":
      return ask(state, flow, nowMs, source);
    case "pruned-away":
      return [leave(flow, { next: at.next, head: at.head }, "pruned-away")];
  }
}

function ask(state: EdgeSessionState, flow: Flow, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const question = state.session === null ? null : askForkPoint(flow, state.session, nowMs, source);
  return question === null ? [] : [send(question)];
}

function leave(flow: Flow, agreed: LogHead, why: LeftWhy): EdgeEffect {
  stopFlow(flow, "left");
  return { type: "begin-again", logId: flow.logId, agreed, why };
}

function refuse(flow: Flow, detail: string): EdgeEffect {
  stopFlow(flow, "refused");
  return { type: "log-refused", logId: flow.logId, detail };
}

export const acknowledged = ({ logId, acknowledged: next, durable }: Flow): EdgeEffect => ({ type: "acknowledged", logId, next, durable });

export function onAck(state: EdgeSessionState, ack: Ack, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const flow = state.flows.get(ack.logId);
  if (flow === undefined || flow.stopped === "refused" || flow.stopped === "left") return [];
  const agreed = agrees(flow, ack, source);
  // While the question is under way only an ACK that agrees says anything new: there is no fork (any more).
  if (!agreed) return flow.stopped === "asking" ? [] : ask(state, flow, nowMs, source);
  const larger = isLarger(ack.credit, flow.credit);
  flow.credit = ack.credit;
  flow.durable = ack.durable;
  if (flow.stopped === "asking") return [...position(state, flow, ack, nowMs, source), ...pumpAll(state, nowMs, source)];
  if (ack.next <= flow.acknowledged) return larger ? pumpAll(state, nowMs, source) : [];
  flow.acknowledged = ack.next;
  flow.lastRewind = null;
  if (flow.sent < ack.next) flow.sent = ack.next;
  while (flow.underWay[0] !== undefined && flow.underWay[0].to <= ack.next) {
    const { mark, bytes } = flow.underWay.shift()!;
    if (mark !== null) notePiece(state.bulk.window, mark, bytes, nowMs);
  }
  noteAdvance(state.offers, nowMs);
  return [acknowledged(flow), ...pumpAll(state, nowMs, source), ...offer(state, nowMs, source)];
}

export function onRewind(state: EdgeSessionState, rewind: Rewind, nowMs: number, source: EdgeSource): EdgeEffect[] {
  const flow = state.flows.get(rewind.logId);
  if (flow === undefined || flow.stopped === "refused" || flow.stopped === "left") return [];
  if (rewind.why === "unknown-key") return [refuse(flow, rewind.why)];
  if (rewind.why === "fork" || rewind.why === "closed") return [leave(flow, agreedPoint(flow, rewind.pairs, source), rewind.why)];
  if (flow.stopped === "asking") return [];
  if (rewind.next === flow.lastRewind) return isBadBytes(rewind) ? [leave(flow, rewind, "damaged")] : [];
  const effects = position(state, flow, rewind, nowMs, source);
  flow.lastRewind = rewind.next;
  return [...effects, ...pumpAll(state, nowMs, source)];
}

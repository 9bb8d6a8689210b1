/** What one connection sends when its turn has come: records, the most urgent log first; then offers of pictures; heartbeats. */
import type { EdgeEffect } from "./edge-events.ts";
import { byUrgency, type EdgeSource, type Flow, takeAppends } from "./edge-flow.ts";
import { type EdgeSessionState, urgentWaits } from "./edge-session-state.ts";
import type { UpFrame } from "./frames.ts";
import { takeOffer } from "./image-offers.ts";
import { mayGo, SHARED_OFFER_IMAGES } from "./picture-way.ts";

export const send = (frame: UpFrame): EdgeEffect => ({ type: "send", frame });

export function pumpAll(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  return byUrgency(state.flows.values()).flatMap((flow) => pump(state, flow, nowMs, source));
}

export function pump(state: EdgeSessionState, flow: Flow, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase !== "open" || state.session === null) return [];
  return takeAppends(flow, state.session, nowMs, source, state).map(send);
}

/** Offers images while no offer is open and they may go; only a few while something urgent waits, so that the offer is soon over. */
export function offer(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase !== "open" || !mayGo(state, nowMs)) return [];
  const most = urgentWaits(state) ? SHARED_OFFER_IMAGES : Number.POSITIVE_INFINITY;
  const images = takeOffer(state.offers, nowMs, (without) => source.imagesToOffer(without).slice(0, most));
  return images === null ? [] : [send({ type: "offer", images })];
}

export function beat(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  state.nextHeartbeatMs = nowMs + state.heartbeatEveryMs;
  return [send(source.heartbeat())];
}

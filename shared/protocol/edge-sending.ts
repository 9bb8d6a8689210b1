/** What one connection sends when its turn has come: records, the most urgent log first; then offers of pictures; heartbeats. */
import type { EdgeEffect } from "./edge-events.ts";
import { byUrgency, type EdgeSource, type Flow, takeAppends } from "./edge-flow.ts";
import { type EdgeSessionState, urgentWaits } from "./edge-session-state.ts";
import type { UpFrame } from "./frames.ts";
import { takeOffer } from "./image-offers.ts";

export const send = (frame: UpFrame): EdgeEffect => ({ type: "send", frame });

export function pumpAll(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  return byUrgency(state.flows.values()).flatMap((flow) => pump(state, flow, nowMs, source));
}

export function pump(state: EdgeSessionState, flow: Flow, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase !== "open" || state.session === null) return [];
  return takeAppends(flow, state.session, nowMs, source, state).map(send);
}

/** Offers images while no offer is open and nothing urgent waits. */
export function offer(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  if (state.phase !== "open" || urgentWaits(state)) return [];
  const images = takeOffer(state.offers, nowMs, source.imagesToOffer);
  return images === null ? [] : [send({ type: "offer", images })];
}

export function beat(state: EdgeSessionState, nowMs: number, source: EdgeSource): EdgeEffect[] {
  state.nextHeartbeatMs = nowMs + state.heartbeatEveryMs;
  return [send(source.heartbeat())];
}

import type { LogId, SessionId } from "../model/ids.ts";
import { type EdgeBulk, newEdgeBulk } from "./edge-bulk.ts";
import type { Flow } from "./edge-flow.ts";
import type { ListsNamed } from "./edge-lists.ts";
import { type ImageOffers, newImageOffers } from "./image-offers.ts";
import { HEARTBEAT_MS } from "./limits.ts";
import { newTreeWatch, type TreeWatch } from "./tree-watch.ts";

/** What an edge knows of one connection; none of it outlives the connection. */
export interface EdgeSessionState {
  phase: "idle" | "greeting" | "open" | "closed";
  session: SessionId | null;
  readonly flows: Map<LogId, Flow>;
  /** Logs of the first HELLO: its WELCOME must name each. */
  readonly greeted: Set<LogId>;
  /** Of the newest HELLO. */
  greetedMs: number;
  heardMs: number;
  heartbeatEveryMs: number;
  nextHeartbeatMs: number;
  readonly offers: ImageOffers;
  readonly bulk: EdgeBulk;
  readonly tree: TreeWatch;
  readonly lists: ListsNamed;
  /** Whether central marks what this device sends, as last told in this session. */
  isMarked: boolean;
}

export function newEdgeSession(): EdgeSessionState {
  return {
    phase: "idle",
    session: null,
    flows: new Map(),
    greeted: new Set(),
    greetedMs: 0,
    heardMs: 0,
    heartbeatEveryMs: HEARTBEAT_MS,
    nextHeartbeatMs: 0,
    offers: newImageOffers(),
    bulk: newEdgeBulk(),
    tree: newTreeWatch(),
    lists: { incarnation: null, times: 0 },
    isMarked: false,
  };
}

/** An urgent record is not acknowledged yet: bulk bytes wait. */
export function urgentWaits(state: EdgeSessionState): boolean {
  for (const flow of state.flows.values())
    if (flow.class === "urgent" && flow.stopped === null && flow.acknowledged < flow.next) return true;
  return false;
}

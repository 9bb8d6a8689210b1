/** What stands behind a page that is photographed: a state, and the answers of its program in it. */
import type { SampleWorld } from "./sample-world.ts";

/** What the page meets: much, nothing, failures, or no connection. */
export type ShotState = "busy" | "empty" | "error" | "offline";
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
}
/** undefined: there is no such address. */
export type Answerer = (asked: Asked, world: SampleWorld, state: ShotState) => unknown;

/** When an edge may believe that a list which central does not name is not its site's. */
import type { Incarnation } from "../model/ids.ts";
import type { EdgeEffect } from "./edge-events.ts";
import type { Flow } from "./edge-flow.ts";
import type { FeedHead } from "./frames.ts";

export interface ListsNamed {
  /** Central's life, as WELCOME named it. */
  incarnation: Incarnation | null;
  /** How often in a row central has named this site's lists while it had the whole of the urgent logs. */
  times: number;
}

/**
 * Settled at the second time: the first one may have been read before the newest records were merged. A central that was restored has not
 * heard yet of a list that this site made, and it must go on alerting here until it has.
 */
export function listsTold(named: ListsNamed, flows: Iterable<Flow>, feeds: readonly FeedHead[]): EdgeEffect[] {
  if (named.incarnation === null) return [];
  const heard = [...flows].every((flow) => flow.class !== "urgent" || flow.acknowledged >= flow.next);
  named.times = heard ? named.times + 1 : 0;
  return [{ type: "lists", feeds, incarnation: named.incarnation, settled: named.times > 1 }];
}

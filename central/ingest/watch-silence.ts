import { SILENT_AFTER_MS } from "../../shared/protocol/limits.ts";
import type { Db } from "../db/open-db.ts";
import { judgeLogs } from "./judge-log-rows.ts";
import { openCollectorGaps } from "./session-rows.ts";

const LOOK_EVERY_MS = 30_000;

/**
 * Notes from when on a collector has not been heard: a search over that time must be able to say so; and what the logs of a collector
 * side by side show.
 */
export function watchSilence(deps: { readonly db: Db; readonly nowMs: () => number }): { readonly stop: () => void } {
  const timer = setInterval(() => {
    // The database is away: the gap is opened later, from the same last heartbeat on.
    openCollectorGaps(deps.db, deps.nowMs() - SILENT_AFTER_MS).catch(() => undefined);
    judgeLogs(deps.db, deps.nowMs()).catch(() => undefined);
  }, LOOK_EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** A follower that fails again and again stands still in silence: the sites go on, and nothing here would say so but a log file. */
import type { TurnOutcome } from "../shared/flow/run-loop.ts";
import { clearNotice, raiseNotice } from "./db/notice-rows.ts";
import type { Db } from "./db/open-db.ts";

export interface WatchFollowerDeps {
  readonly db: Db;
  readonly nowMs: () => number;
  readonly monoMs: () => number;
}

/** A database that restarts is back by then. */
const FAILING_AFTER_MS = 60_000;
const CODE = "follower-failing";

/** The turn itself. Once it has failed for over a minute a notice says what stands still, until it works again. */
export function watchFollower<Given extends unknown[]>(
  { db, nowMs, monoMs }: WatchFollowerDeps,
  name: string,
  standsStill: string,
  turn: (...given: Given) => Promise<TurnOutcome>,
): (...given: Given) => Promise<TurnOutcome> {
  let failingSince: number | null = null;
  let said: boolean | null = null;

  async function say(isFailing: boolean): Promise<void> {
    if (isFailing === said) return;
    const words = `${standsStill} This has failed for more than a minute and is tried again and again; the sites' own alerts ring all the same. Central's log names the error ("${name}").`;
    await db.transaction().execute(async (tx) => {
      if (!isFailing) return clearNotice(tx, CODE, name, nowMs());
      await raiseNotice(tx, { code: CODE, subject: name, level: "alarm", words, collectorId: null }, nowMs());
    });
    said = isFailing;
  }

  return async (...given) => {
    try {
      const outcome = await turn(...given);
      failingSince = null;
      await say(false);
      return outcome;
    } catch (error) {
      failingSince ??= monoMs();
      // Where the notice cannot be written either, the database is away: its own error is the one to report.
      if (monoMs() - failingSince > FAILING_AFTER_MS) await say(true).catch(() => undefined);
      throw error;
    }
  };
}

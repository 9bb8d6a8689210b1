/** The sweep of stored records beside everything else: a piece a second, and words for people when the card has changed something. */
import type { Logger } from "pino";
import type { AlarmReport } from "../shared/protocol/frames.ts";
import { makeStandingNotice, type NoticeBoard } from "./health/notice-board.ts";
import { isDamage } from "./log/salvage-file.ts";
import { makeRecordSweep, type SweepFound } from "./log/sweep-records.ts";
import type { Closers, StartedStore } from "./start-store.ts";

export interface StartSweepDeps {
  readonly store: Pick<StartedStore, "rows"> & { readonly clock: Pick<StartedStore["clock"], "wallMs"> };
  readonly notices: Pick<NoticeBoard, "put" | "take">;
  /** The file itself is damaged: the next start carries over what can be read. */
  readonly onDamage: (error: unknown) => void;
  readonly log: Pick<Logger, "warn">;
}

export interface StartedSweep {
  /** For a heartbeat: at most one. */
  readonly alarms: () => AlarmReport[];
}

const TURN_EVERY_MS = 1_000;

export function startSweep({ store, notices, onDamage, log }: StartSweepDeps, closers: Closers): StartedSweep {
  const sweep = makeRecordSweep(store.rows);
  const standing = makeStandingNotice(notices, "warning");
  let said: string | null = null;
  let sinceMs: number | null = null;
  const turn = (): void => {
    try {
      sweep.turn();
    } catch (error) {
      if (isDamage(error)) return onDamage(error);
      return log.warn({}, `stored records could not be looked at: ${(error as Error).message}`);
    }
    const words = sweepWords(sweep.found());
    if (words !== null && words !== said) log.warn({ ...sweep.found() }, words);
    said = words;
    if (words !== null) sinceMs ??= store.clock.wallMs();
    standing.say(words);
  };
  const timer = setInterval(turn, TURN_EVERY_MS);
  closers.push(() => clearInterval(timer));
  return { alarms: () => (sinceMs === null ? [] : sweepAlarms(sweep.found(), sinceMs)) };
}

/** Null: every record is what was signed. */
export function sweepWords({ atCentral, notSent }: SweepFound): string | null {
  const all = atCentral + notSent;
  if (all === 0) return null;
  const what =
    all === 1 ? "1 record on this disk is not what was signed any more" : `${all} records on this disk are not what was signed any more`;
  const loss = notSent === 0 ? "Central has every one." : `Central has not got ${notSent} of them: they will be named as lost.`;
  return `${what}. ${loss} The card is wearing out: replace it soon.`;
}

/** Without the counts, which grow as the sweep goes on: in each heartbeat it is the same alarm, until records are lost that were not. */
function sweepAlarms({ atCentral, notSent }: SweepFound, sinceMs: number): AlarmReport[] {
  if (atCentral + notSent === 0) return [];
  const loss = notSent === 0 ? "Central has every one." : "Central has not got all of them: those will be named as lost.";
  const words = `Records on this disk are not what was signed any more. ${loss} The card is wearing out: replace it soon.`;
  return [{ code: "RECORDS_DAMAGED", words, sinceMs }];
}

/**
 * What pictures may take of the line by hour of the site's day. A picture of an alert is never held back; every other waits while its hours
 * say 0, and goes at most at the named rate otherwise. Hours that are not named have no limit.
 */
export interface BudgetHours {
  /** Minutes of the day; `from` after `to` goes over midnight, equal means all day. */
  readonly from: number;
  readonly to: number;
  readonly kbitPerSecond: number;
}

export interface ImageBudget {
  /** "22:00" where pictures may go again (never: "the budget is changed"); null while they may go. */
  readonly waitsUntil: () => string | null;
  /** Ms until the next piece may go; 0: now. */
  readonly waitMs: () => number;
  /** So many bytes have gone. */
  readonly took: (bytes: number) => void;
  /** Most bytes of one piece. */
  readonly pieceMax: () => number;
}

/** Pictures of alerts: crop 0, scene 1. */
export const ALERT_PRIORITY_MAX = 1;

const DAY_MINUTES = 24 * 60;
const PIECE_MIN_BYTES = 4 * 1024;

export interface BudgetClock {
  readonly wallMs: () => number;
  readonly monoMs: () => number;
}

/** The first hours that hold the moment decide. */
export function makeImageBudget(hours: readonly BudgetHours[], timeZone: string, clock: BudgetClock): ImageBudget {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  let freeAtMs = 0;
  const minuteNow = (): number => minuteOf(format.format(clock.wallMs()));
  const bytesPerSecond = (): number | null => {
    if (hours.length === 0) return null;
    const minute = minuteNow();
    const now = hours.find((one) => holds(one, minute));
    return now === undefined ? null : (now.kbitPerSecond * 1000) / 8;
  };
  return {
    waitsUntil: () => (bytesPerSecond() === 0 ? opensAt(hours, minuteNow()) : null),
    waitMs: () => Math.max(0, freeAtMs - clock.monoMs()),
    took(bytes) {
      const rate = bytesPerSecond();
      if (rate !== null && rate > 0) freeAtMs = Math.max(freeAtMs, clock.monoMs()) + (bytes / rate) * 1000;
    },
    pieceMax: () => Math.max(PIECE_MIN_BYTES, Math.floor(bytesPerSecond() ?? Number.MAX_SAFE_INTEGER)),
  };
}

/** Of "22:05" as the format writes it. */
const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

function holds({ from, to }: BudgetHours, minute: number): boolean {
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The first minute from now on in which something may go. */
function opensAt(hours: readonly BudgetHours[], now: number): string {
  for (let ahead = 1; ahead < DAY_MINUTES; ahead++) {
    const minute = (now + ahead) % DAY_MINUTES;
    if (hours.find((one) => holds(one, minute))?.kbitPerSecond !== 0) return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  }
  return "the budget is changed";
}

const two = (value: number): string => String(value).padStart(2, "0");

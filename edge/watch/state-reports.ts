/**
 * Which changes of a camera's state become lines and signed records. A camera that comes and goes every two seconds would write 70,000
 * records a day, which are never deleted before central has them: the first changes are told at once, then the newest one when the
 * period is over. The page and the heartbeat always show the state of the moment.
 */

/** Changes told within one period. */
export const CHANGES_TOLD_MAX = 6;
export const PERIOD_MS = 10 * 60_000;

export interface StateReports<Told> {
  readonly change: (told: Told) => void;
  /** Tells what is held back, at once. */
  readonly end: () => void;
}

export interface StateReportsDeps<Told> {
  /** `leftOut`: changes before this one that were not told. */
  readonly tell: (told: Told, leftOut: number) => void;
  readonly monoMs: () => number;
  /** Calls back once after so many ms; answers its cancelling. */
  readonly after: (ms: number, act: () => void) => () => void;
}

export function makeStateReports<Told>({ tell, monoMs, after }: StateReportsDeps<Told>): StateReports<Told> {
  let toldAt: number[] = [];
  let held: { told: Told; leftOut: number } | null = null;
  let cancel: (() => void) | null = null;

  const flush = (): void => {
    cancel?.();
    cancel = null;
    if (held === null) return;
    const { told, leftOut } = held;
    held = null;
    toldAt.push(monoMs());
    tell(told, leftOut);
  };
  return {
    change(told) {
      const now = monoMs();
      toldAt = toldAt.filter((at) => now - at < PERIOD_MS);
      if (held === null && toldAt.length < CHANGES_TOLD_MAX) {
        toldAt.push(now);
        return tell(told, 0);
      }
      held = { told, leftOut: held === null ? 0 : held.leftOut + 1 };
      cancel ??= after(PERIOD_MS - (now - (toldAt[0] ?? now)), flush);
    },
    end: flush,
  };
}

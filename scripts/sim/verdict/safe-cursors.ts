/** What two verified backups of central's hold, by what was really backed up and put back: kept apart from what central says of itself. */
import type { LogId } from "../../../shared/model/ids.ts";

export class SafeCursors {
  private readonly ever = new Map<LogId, number>();
  /** Of each log, what a card may have let go of and central lost all the same: an older backup than the second newest was put back. */
  private readonly past = new Map<LogId, { from: number; to: number }>();

  /** A backup was taken: `second` is what the one before it holds now. */
  backedUp(second: ReadonlyMap<LogId, number> | undefined): void {
    for (const [logId, next] of second ?? []) this.ever.set(logId, Math.max(next, this.of(logId)));
  }

  /** Answers whether something is gone that no rule protects. */
  putBack(cursors: ReadonlyMap<LogId, number>): boolean {
    let isPast = false;
    for (const [logId, to] of this.ever) {
      const from = cursors.get(logId) ?? 0;
      if (from >= to) continue;
      isPast = true;
      const known = this.past.get(logId);
      this.past.set(logId, { from: Math.min(from, known?.from ?? from), to });
    }
    return isPast;
  }

  /** So many records of a log were inside two verified backups at some time. */
  of(logId: LogId): number {
    return this.ever.get(logId) ?? 0;
  }

  wentPast(logId: LogId, seq: number): boolean {
    const range = this.past.get(logId);
    return range !== undefined && seq >= range.from && seq < range.to;
  }
}

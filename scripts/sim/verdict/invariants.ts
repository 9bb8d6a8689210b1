/** The invariants by number, in one sentence each; which of them a run has looked at, and which of them it has found broken. */
export const INVARIANTS: Readonly<Record<number, string>> = {
  1: "per central and log, seqs are contiguous up to next-1",
  2: "chain and head match",
  3: "nothing is sent before its commit is durable",
  4: "nothing above `durable` is deleted, but by the disk ladder's last step, which says so",
  5: "durable is at most the cursor in the second newest verified backup",
  6: "an ACK names at most what is committed",
  7: "every record durable on a card that survives is at central exactly once, and every answered camera message is exactly one detection",
  8: "no projected row without a verified record",
  9: "no two hashes for one (log, seq) at central",
  10: "one live direct session per log",
  11: "no rid with two contents",
  12: "equal feed cursors, equal checksums",
  13: "HLC per actor strictly increases; no effective stamp beyond receipt + 5 minutes",
  14: "a deleted entry returns only with a larger causal length",
  15: "each site holds one version of each list, its own ops included",
  16: "a list survives a crash during an update",
  17: "a command runs at most once, never after it expires",
  18: "one alert per (pass, entry); its findings are all kept",
  19: "image bytes hash to their name",
  20: "no partial image is visible",
  21: "an urgent record is sent within 250 ms while connected, whatever the backlog",
  22: "outstanding stays within credit",
  23: "after a restore each edge that saw the larger tree head notices",
  24: "every loss is a record",
  25: "tombstones, cursors and command ids are bounded",
  26: "a poison record never stops later ones",
  27: "WebSocket, HTTP and bundles leave the same at central",
  28: "same seed, same trace",
  29: "after faults stop, quiet within a bound",
};

export interface Broken {
  readonly invariant: number;
  readonly atMs: number;
  readonly words: string;
}

/** Beyond these, more of the same tells nothing. */
const BROKEN_MAX = 20;

export class Checks {
  readonly looked = new Map<number, number>();
  readonly broken: Broken[] = [];
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** One look at one invariant. `words` is only asked when it is broken. */
  check(invariant: number, holds: boolean, words: () => string): void {
    this.looked.set(invariant, (this.looked.get(invariant) ?? 0) + 1);
    if (holds || this.broken.length >= BROKEN_MAX) return;
    this.broken.push({ invariant, atMs: this.nowMs(), words: words() });
  }
}

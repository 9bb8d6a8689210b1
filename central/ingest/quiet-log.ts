import type { SyncLog } from "./sync-deps.ts";

/** The same words again within this are counted, not written: a database that is away must not fill the disk with lines. */
const SAME_WORDS_EVERY_MS = 30_000;
/** Different words remembered; there are a few dozen in the program. */
const WORDS_MAX = 200;

/** A log that says each warning once, and with the next of its kind how often it was left out. */
export function createQuietLog(log: SyncLog, nowMs: () => number): SyncLog {
  const said = new Map<string, { atMs: number; leftOut: number }>();
  return {
    info: (facts, words) => log.info(facts, words),
    warn: (facts, words) => {
      const before = said.get(words);
      if (before !== undefined && nowMs() - before.atMs < SAME_WORDS_EVERY_MS) {
        before.leftOut += 1;
        return;
      }
      if (said.size >= WORDS_MAX) said.clear();
      said.set(words, { atMs: nowMs(), leftOut: 0 });
      log.warn(before === undefined || before.leftOut === 0 ? facts : { ...facts, leftOut: before.leftOut }, words);
    },
  };
}

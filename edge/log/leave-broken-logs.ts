import { EMPTY_LOG, type LogHead, logIdOfGenesis, type Moment } from "../../shared/log/chain.ts";
import { decodeGenesis } from "../../shared/log/payloads/site-payloads.ts";
import { chainRecord, joinBytes, type LogClass, payloadDigest, SALT_BYTES, sameBytes } from "../../shared/log/record.ts";
import { beginAgain } from "./begin-again.ts";
import type { StoredLog } from "./log-rows.ts";
import type { StoreContext } from "./store-context.ts";
import type { StoreRows } from "./store-rows.ts";

/**
 * After a file was salvaged: each active log is walked from its oldest record, and one whose chain breaks before its end is left where it
 * breaks. What lies behind is offered again as far as it proves itself; the rest is named. Runs inside the caller's transaction.
 * `isTailLost`: what came last is missing whatever the chains say, and central may have it: whoever went on would make another branch.
 */
export function leaveBrokenLogs(context: StoreContext, now: Moment, isTailLost: boolean): void {
  for (const log of context.rows.logs.activeLogs()) {
    const sound = soundHead(context, log);
    const isSound = sound.next === log.head.next && sameBytes(sound.head, log.head.head);
    if (isTailLost || !isSound) beginAgain(context, log.logId, sound, "damaged", now);
  }
}

const AT_ONCE = 512;

/** The head of the longest beginning of the log that proves itself. */
function soundHead({ rows }: Pick<StoreContext, "rows">, log: StoredLog): LogHead {
  const before = log.first === 0 ? EMPTY_LOG.head : rows.logs.hashAt(log.n, log.first - 1);
  let at: LogHead = { next: log.first, head: before ?? EMPTY_LOG.head };
  for (;;) {
    const held = rows.logs.recordsFrom(log.n, at.next, AT_ONCE);
    for (const item of held) {
      const record = item.seq === at.next ? chainRecord(log.logId, at.head, item.tail, item.payload, item.digest) : undefined;
      if (record === undefined || record.tail.seq !== item.seq || !sameBytes(record.hash, item.hash)) return at;
      at = { next: item.seq + 1, head: record.hash };
    }
    if (held.length < AT_ONCE) return at;
  }
}

/**
 * The row of a log is one page that every record rewrites: the likeliest to be lost. It is made again from the records themselves. The
 * newest log of a class goes on; older ones were left before.
 */
export function restoreLogRows({ logs }: StoreRows): void {
  const taken = new Set<LogClass>(logs.activeLogs().map((log) => log.class));
  for (const n of logs.orphans().sort((a, b) => b - a)) {
    const first = logs.recordAt(n, 0);
    const header = first?.payload == null ? undefined : joinBytes(EMPTY_LOG.head, payloadDigest(first.payload), first.tail);
    const genesis = first?.payload == null ? undefined : decodeGenesis(first.payload.subarray(SALT_BYTES));
    if (header === undefined || genesis === undefined) continue;
    logs.restore(n, logIdOfGenesis(header), genesis.class, taken.has(genesis.class) ? "left" : "active");
    taken.add(genesis.class);
  }
}

/**
 * SQLite keeps no checksum of a page: a bit that flips in a stored record shows when the record is sent, or never. So all records of the
 * logs in use are read over and over, a few at a time, each against its own hash and the one before.
 */
import { EMPTY_LOG } from "../../shared/log/chain.ts";
import { chainRecord, sameBytes } from "../../shared/log/record.ts";
import type { HeldRecord, StoredLog } from "./log-rows.ts";
import type { StoreRows } from "./store-rows.ts";

/** Records that are not what was signed, of the last whole round and of the one under way. */
export interface SweepFound {
  readonly atCentral: number;
  /** Central has not got these: when they are sent they will be refused, and named in a `gap`. */
  readonly notSent: number;
}

export interface RecordSweep {
  /** Looks at the next records; the file's own damage is thrown as SQLite says it. */
  readonly turn: () => void;
  readonly found: () => SweepFound;
}

/** A turn each second comes round in a day with 5 million records: more than a busy site keeps. */
const RECORDS_A_TURN = 64;
const NONE: SweepFound = { atCentral: 0, notSent: 0 };

export function makeRecordSweep({ logs }: Pick<StoreRows, "logs">): RecordSweep {
  let at = { log: 0, seq: 0 };
  let before = NONE;
  let now = NONE;
  return {
    turn() {
      const log = sweptLogs(logs).find((one) => one.n >= at.log);
      if (log === undefined) {
        at = { log: 0, seq: 0 };
        before = now;
        now = NONE;
        return;
      }
      const from = Math.max(log.n === at.log ? at.seq : 0, log.offered);
      const held = logs.recordsFrom(log.n, from, RECORDS_A_TURN);
      for (const item of held) if (!isSound(logs, log, item)) now = counted(now, item.seq < log.acknowledged);
      at = held.length < RECORDS_A_TURN ? { log: log.n + 1, seq: 0 } : { log: log.n, seq: held.at(-1)!.seq + 1 };
    },
    found: () => ({ atCentral: Math.max(before.atCentral, now.atCentral), notSent: Math.max(before.notSent, now.notSent) }),
  };
}

/** Those in use, and one that was left while records of it, from `offered` on, are still to be offered again; by their keys. */
function sweptLogs(logs: StoreRows["logs"]): (StoredLog & { readonly offered: number })[] {
  const left = logs.unfinishedLeft();
  const active = logs.activeLogs().map((log) => ({ ...log, offered: 0 }));
  return left === undefined ? active : [left, ...active].sort((a, b) => a.n - b.n);
}

/** Of a record whose predecessor went by rule nothing can be said; the next one tells by it. */
function isSound(logs: StoreRows["logs"], log: StoredLog, { seq, tail, payload, digest, hash }: HeldRecord): boolean {
  const prevHash = seq === 0 ? EMPTY_LOG.head : logs.hashAt(log.n, seq - 1);
  if (prevHash === undefined) return true;
  const record = chainRecord(log.logId, prevHash, tail, payload, digest);
  return record !== undefined && sameBytes(record.hash, hash);
}

const counted = ({ atCentral, notSent }: SweepFound, isAtCentral: boolean): SweepFound =>
  isAtCentral ? { atCentral: atCentral + 1, notSent } : { atCentral, notSent: notSent + 1 };

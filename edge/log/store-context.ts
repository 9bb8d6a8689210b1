import type { Database } from "better-sqlite3";
import { V7Generator } from "uuidv7";
import type { Signer } from "../../shared/crypto/device-keys.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { appendRecord } from "../../shared/log/chain.ts";
import { type LogClass, type LogRecord, type RecordKind, SALT_BYTES } from "../../shared/log/record.ts";
import { type CollectorId, type EntryId, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { Place } from "./detection-rows.ts";
import type { StoreNews } from "./store-port.ts";
import type { StoreRows } from "./store-rows.ts";
import type { StoreState } from "./store-state.ts";

/** Random bytes, injected. */
export type RandomBytes = (count: number) => Uint8Array;

/** The device's key, as the store needs it. */
export interface DeviceKey {
  readonly publicKey: Uint8Array;
  readonly sign: Signer;
}

/** What every verb of the store works with: one owner, one thread, one transaction at a time. */
export interface StoreContext {
  readonly home: string;
  readonly db: Database;
  readonly rows: StoreRows;
  readonly collector: CollectorId;
  readonly device: DeviceKey;
  readonly random: RandomBytes;
  readonly newId: (wallMs: number) => string;
  /** Replaced as a whole after a transaction that was rolled back. */
  state: StoreState;
  /** Of the command being carried out; dropped when it fails. */
  news: StoreNews[];
  /** Logs where an alert's record (or the detection it names) was appended: a checkpoint is due with the commit. */
  readonly checkpointDue: Set<LogClass>;
  /** Lists that the running transaction has changed in memory: a rollback must load them again. */
  readonly listsTouched: Set<ListId>;
}

/** UUIDv7 from the given time; monotonic within this process while the clock does not fall back by more than 10 s. */
export function makeNewId(random: RandomBytes): (wallMs: number) => string {
  const generator = new V7Generator({
    nextUint32: () => {
      const [a, b, c, d] = random(4) as unknown as [number, number, number, number];
      return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    },
  });
  return (wallMs) => generator.generateOrResetWithTs(Math.max(0, Math.floor(wallMs))).toString();
}

export const newRid = (context: StoreContext, moment: Moment): Rid => uuid<Rid>(context.newId(moment.wallMs));
export const newEntryId = (context: StoreContext, moment: Moment): EntryId => uuid<EntryId>(context.newId(moment.wallMs));

export interface AppendDraft {
  readonly kind: RecordKind;
  readonly version: number;
  readonly rid: Rid;
  readonly moment: Moment;
  readonly fields: Uint8Array;
}

/** What was appended, and the hash it was chained onto. */
export interface Appended extends Place {
  readonly record: LogRecord;
  readonly prevHash: Uint8Array;
}

/** Appends one record to the device's active log of a class, inside the running transaction. */
export function append(context: StoreContext, logClass: LogClass, draft: AppendDraft): Appended {
  const log = context.state.logs[logClass];
  const prevHash = log.head.head;
  const { record, head } = appendRecord(log.logId, log.head, { ...draft, salt: context.random(SALT_BYTES) });
  log.bytes += record.tailBytes.length + (record.payload?.length ?? 0);
  log.head = head;
  context.rows.logs.insertRecord(log.n, record, log.bytes);
  return { log: log.n, seq: record.tail.seq, record, prevHash };
}

/**
 * Central's decision about one APPEND, given where the log stands: pure, so that the SQL merge, the simulator and the bundle import
 * cannot differ. The receiver's state decides; nothing the sender believes is taken over.
 */

import { chainItems, type LogHead, logIdOfGenesis } from "../log/chain.ts";
import { openCheckpoint } from "../log/checkpoint.ts";
import { decodeGenesis, type Genesis } from "../log/payloads/site-payloads.ts";
import { type LogRecord, RECORD_KINDS, SALT_BYTES, sameBytes } from "../log/record.ts";
import type { CollectorId, LogId, SessionId } from "../model/ids.ts";
import { unpackItems, type Zstd } from "./append-body.ts";
import type { Append, LogStatus, RewindWhy } from "./frames.ts";
import { FORK_PAIRS_MAX } from "./limits.ts";

/** Where a log stands at central. */
export interface LogRow extends LogHead {
  readonly logId: LogId;
  readonly collectorId: CollectorId;
  readonly status: LogStatus;
  /** Null until the genesis record is there. */
  readonly deviceKey: Uint8Array | null;
  readonly session: SessionId | null;
}

export type AppendVerdict =
  | { readonly kind: "merge"; readonly records: readonly LogRecord[]; readonly after: LogHead; readonly genesis: Genesis | null }
  /** Everything in it is here already: answered with an ACK of where the log stands. */
  | { readonly kind: "duplicate" }
  | {
      readonly kind: "rewind";
      readonly why: RewindWhy /** Keep the bytes for support: they did not verify. */;
      readonly quarantine: string | null;
    }
  /** Another session has taken the log over. */
  | { readonly kind: "fenced" };

/** `direct` is false for carriers (bundles), which prove nothing by session. */
export function judgeAppend(row: LogRow, append: Append, direct: boolean, zstd: Zstd): AppendVerdict {
  if (direct && row.session !== append.session) return { kind: "fenced" };
  if (row.status === "closed" || row.status === "abandoned") return rewind("closed");
  if (append.count === 0) return judgeForkQuestion(row, append);
  if (append.fromSeq + append.count <= row.next) return { kind: "duplicate" };
  if (append.fromSeq !== row.next) return rewind("gap");
  const unpacked = unpackItems(append, append.count, zstd);
  if (unpacked.kind === "malformed") return rewind("bad-signature", unpacked.why);
  const chained = chainItems(row.logId, row, unpacked.items);
  if (chained.kind === "malformed") return rewind("bad-prev", `record ${chained.at}: ${chained.why}`);
  // The id says which bytes the genesis had: others are damage, and the site leaves the log; the right ones of somebody else it must not.
  if (row.next === 0 && logIdOfGenesis(chained.records[0]!.header) !== row.logId)
    return rewind("bad-prev", "the log's id is not that of its genesis record");
  const genesis = row.next === 0 ? openGenesis(row, chained.records[0]!) : null;
  if (typeof genesis === "string") return rewind("unknown-key", genesis);
  const deviceKey = genesis?.deviceKey ?? row.deviceKey;
  if (deviceKey === null) return rewind("unknown-key", "no genesis record");
  const checkpoint = openCheckpoint(append.checkpoint, deviceKey);
  if (checkpoint === undefined || checkpoint.logId !== row.logId) return rewind("bad-signature", "checkpoint");
  if (checkpoint.next !== chained.head.next) return rewind("bad-signature", "checkpoint of another cut");
  if (!sameBytes(checkpoint.headHash, chained.head.head)) return rewind("bad-prev", "head differs");
  return { kind: "merge", records: chained.records, after: chained.head, genesis };
}

/** Which of central's hashes a REWIND tells about a log that stands at `next`: next-1, -2, -4, -8 ... */
export function forkSeqs(next: number): number[] {
  const seqs: number[] = [];
  for (let back = 1; back <= next && seqs.length < FORK_PAIRS_MAX; back *= 2) seqs.push(next - back);
  return seqs;
}

/** The edge asks by an APPEND of count 0 with its newest checkpoint where the branches part. */
function judgeForkQuestion(row: LogRow, append: Append): AppendVerdict {
  const checkpoint = row.deviceKey === null ? undefined : openCheckpoint(append.checkpoint, row.deviceKey);
  if (checkpoint === undefined || checkpoint.logId !== row.logId) return rewind("bad-signature", "checkpoint");
  const same = checkpoint.next === row.next && sameBytes(checkpoint.headHash, row.head);
  return same ? { kind: "duplicate" } : rewind("fork");
}

/** The record that named the log must be its genesis: it says the device key and the collector. A text says what is wrong. */
function openGenesis(row: LogRow, record: LogRecord): Genesis | string {
  if (record.tail.kind !== RECORD_KINDS.genesis || record.payload === null) return "the log does not begin with a genesis record";
  const genesis = decodeGenesis(record.payload.subarray(SALT_BYTES));
  if (genesis === undefined) return "the genesis record cannot be read";
  return genesis.collector === row.collectorId ? genesis : "the genesis record names another collector";
}

const rewind = (why: RewindWhy, quarantine: string | null = null): AppendVerdict => ({ kind: "rewind", why, quarantine });

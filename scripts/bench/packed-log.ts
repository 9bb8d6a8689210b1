/** A log of an edge in memory, a million records in one piece: real records, chained and signed as on a site's disk, without its database. */
import { randomBytes } from "node:crypto";
import type { TestCollector } from "../../central/ingest/test-collector.ts";
import { momentOf, newRid } from "../../central/ingest/test-collector.ts";
import { appendRecord, beginLog, type LogHead, type Moment, type WireItem } from "../../shared/log/chain.ts";
import { type SignedCheckpoint, signCheckpoint } from "../../shared/log/checkpoint.ts";
import { encodeGenesis, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import type { LogClass, LogRecord, RecordKind } from "../../shared/log/record.ts";
import type { LogId, Rid } from "../../shared/model/ids.ts";

export interface PackedLog {
  readonly logId: LogId;
  readonly class: LogClass;
  readonly head: () => LogHead;
  readonly append: (kind: RecordKind, version: number, rid: Rid, fields: Uint8Array, moment: Moment) => LogRecord;
  readonly items: (fromSeq: number, recordsMax: number, bytesMax: number) => WireItem[];
  readonly hashAt: (seq: number) => Uint8Array | null;
  readonly checkpoint: (next: number) => SignedCheckpoint;
}

const HASH_BYTES = 32;

/** `recordsMax`: room for so many records; memory is taken as they come. */
export function packedLog(owner: TestCollector, logClass: LogClass, recordsMax: number): PackedLog {
  // Where each record begins, where its payload begins; the last one's end.
  const starts = new Float64Array(recordsMax + 1);
  const payloads = new Float64Array(recordsMax);
  const hashes = new Uint8Array(recordsMax * HASH_BYTES);
  let bytes: Buffer = Buffer.allocUnsafe(Math.min(recordsMax * 300, 1 << 20));
  const salts = randomBytes(1 << 16);

  const keep = (record: LogRecord, seq: number): void => {
    if (seq >= recordsMax) throw new Error(`a packed log has room for ${recordsMax} records`);
    const payload = record.payload!;
    const from = starts[seq]!;
    const end = from + record.tailBytes.length + payload.length;
    if (end > bytes.length) bytes = Buffer.concat([bytes.subarray(0, from)], Math.max(end, bytes.length * 2));
    bytes.set(record.tailBytes, from);
    bytes.set(payload, from + record.tailBytes.length);
    payloads[seq] = from + record.tailBytes.length;
    starts[seq + 1] = end;
    hashes.set(record.hash, seq * HASH_BYTES);
  };
  const saltOf = (seq: number): Uint8Array => salts.subarray((seq * 16) % salts.length, ((seq * 16) % salts.length) + 16);
  const genesis = {
    deviceKey: owner.deviceKey,
    collector: owner.id,
    class: logClass,
    nonce: new Uint8Array(randomBytes(16)),
    previous: null,
    reason: "install",
  };
  const fields = encodeGenesis(genesis);
  const begun = beginLog({
    kind: "genesis",
    version: SMALL_VERSION,
    rid: newRid(),
    moment: momentOf(owner, Date.now()),
    salt: saltOf(0),
    fields,
  });
  const { logId } = begun;
  let head = begun.head;
  keep(begun.record, 0);
  const hashAt = (seq: number): Uint8Array | null =>
    seq >= 0 && seq < head.next ? hashes.slice(seq * HASH_BYTES, (seq + 1) * HASH_BYTES) : null;

  return {
    logId,
    class: logClass,
    head: () => head,
    append: (kind, version, rid, fieldBytes, moment) => {
      const added = appendRecord(logId, head, { kind, version, rid, fields: fieldBytes, salt: saltOf(head.next), moment });
      keep(added.record, head.next);
      head = added.head;
      return added.record;
    },
    items: (fromSeq, most, bytesMax) => {
      const items: WireItem[] = [];
      for (let seq = fromSeq; seq < Math.min(fromSeq + most, head.next); seq++) {
        if (items.length > 0 && starts[seq + 1]! - starts[fromSeq]! > bytesMax) break;
        items.push({ tail: bytes.subarray(starts[seq]!, payloads[seq]!), payload: bytes.subarray(payloads[seq]!, starts[seq + 1]!) });
      }
      return items;
    },
    hashAt,
    checkpoint: (next) => {
      const { boot } = owner;
      return signCheckpoint({ logId, next, headHash: hashAt(next - 1)!, wallMs: Date.now(), clockQuality: 3, boot }, owner.sign);
    },
  };
}

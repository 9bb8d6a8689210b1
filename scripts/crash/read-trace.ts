/**
 * The trace that `disk-witness.c` writes: one entry a change, little endian,
 *   u8 kind · 3 bytes nothing · u16 length of path · u16 length of second path · u64 monotonic ns · u64 inode · u64 offset, size or thread ·
 *   u64 length of data · path · second path · data
 */
const KINDS = ["", "create", "write", "truncate", "rename", "unlink", "mkdir", "rmdir", "sync-begin", "sync-end"] as const;
const HEAD_BYTES = 40;

export type ChangeKind = Exclude<(typeof KINDS)[number], "">;

export interface DiskChange {
  readonly kind: ChangeKind;
  readonly atNs: bigint;
  readonly path: string;
  /** Of a rename: the new name. */
  readonly to: string;
  readonly inode: bigint;
  /** Where a write begins; the size that a truncate leaves; the thread of a sync, which has one under way at most. */
  readonly offset: number;
  readonly data: Buffer;
}

/** Throws for bytes that the library does not write; an entry that a kill cut short ends the list. */
export function readTrace(bytes: Buffer): DiskChange[] {
  const changes: DiskChange[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const kind = KINDS[bytes.readUInt8(at)];
    if (kind === undefined || kind === "") throw new Error(`no change of a disk begins at byte ${at} of the trace`);
    const pathBytes = bytes.readUInt16LE(at + 4);
    const toBytes = bytes.readUInt16LE(at + 6);
    const dataBytes = Number(bytes.readBigUInt64LE(at + 32));
    const data = at + HEAD_BYTES + pathBytes + toBytes;
    if (data + dataBytes > bytes.length) break;
    changes.push({
      kind,
      atNs: bytes.readBigUInt64LE(at + 8),
      inode: bytes.readBigUInt64LE(at + 16),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      path: bytes.toString("utf8", at + HEAD_BYTES, at + HEAD_BYTES + pathBytes),
      to: bytes.toString("utf8", at + HEAD_BYTES + pathBytes, data),
      data: bytes.subarray(data, data + dataBytes),
    });
    at = data + dataBytes;
  }
  return changes;
}

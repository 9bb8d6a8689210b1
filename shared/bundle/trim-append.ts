import { packItems, unpackItems, type Zstd } from "../protocol/append-body.ts";
import type { Append } from "../protocol/frames.ts";

/**
 * An APPEND without the records below `next`, which central has by another way: a bundle is late by nature, and its checkpoint vouches for
 * the end of the piece whatever it begins with. Undefined when nothing would remain, it begins later, or its items cannot be read.
 */
export function trimAppend(append: Append, next: number, zstd: Zstd): Append | undefined {
  const known = next - append.fromSeq;
  if (known <= 0 || known >= append.count) return undefined;
  const unpacked = unpackItems(append, append.count, zstd);
  if (unpacked.kind === "malformed") return undefined;
  const items = unpacked.items.slice(known);
  return { ...append, fromSeq: next, count: items.length, ...packItems(items, zstd) };
}

import { consistencyRanges, foldNodes, nodesOf } from "../../shared/log/merkle.ts";
import type { Db } from "../db/open-db.ts";
import { hashesOf } from "../db/tree-node-rows.ts";

/**
 * The proof that the tree of `to` leaves begins with the tree of `from` (RFC 6962 section 2.1.2), read from O(log size) stored nodes; null
 * when the tree here is smaller than `to`, or nothing can be proved from `from`. Which life asked for it does not matter: whether an
 * earlier life's tree is continued is what the proof shows.
 */
export async function proveConsistency(db: Db, from: number, to: number): Promise<readonly Uint8Array[] | null> {
  if (from < 1 || from > to) return null;
  const ranges = consistencyRanges(from, to).map(nodesOf);
  // The frontier is asked for as well: a proof between two sizes that this tree has not reached must not be answered by half.
  const whole = nodesOf({ from: 0, to });
  const hashes = await hashesOf(db, [...ranges.flat(), ...whole]);
  if (hashes === undefined) return null;
  let read = 0;
  return ranges.map((nodes) => {
    read += nodes.length;
    return foldNodes(hashes.slice(read - nodes.length, read));
  });
}

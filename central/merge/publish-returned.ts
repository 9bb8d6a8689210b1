import type { EntryOp } from "../../shared/model/watchlist.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import type { Delta } from "../../shared/protocol/frames.ts";
import { deltaSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { MergeDeps } from "./merge-deps.ts";
import type { Projection, ProjectionError } from "./project-records.ts";

export interface ReturnedOps {
  /** In the order of their first publication, each with the stamp that decided then. */
  readonly ops: readonly EntryOp[];
  /** Not this central's own words: nobody may put a plate on a list by handing it in as returned. */
  readonly refused: readonly ProjectionError[];
}

/** What may be published again of the pieces that an edge gave back. What is published already changes nothing (by its rid). */
export function returnedOps(
  { isOwnSignature }: Pick<MergeDeps, "isOwnSignature">,
  { returned }: Pick<Projection, "returned">,
): ReturnedOps {
  const isOwn = ({ delta }: { delta: Delta }): boolean => isOwnSignature(deltaSignedBytes(delta, delta.ops), delta.signature);
  const own = returned.filter(isOwn).sort((a, b) => a.delta.from - b.delta.from);
  const ops = own.flatMap(({ delta }) => delta.ops.flatMap((bytes) => decodeFeedOp(bytes) ?? []));
  return {
    ops: ops.map(({ effectiveHlc, ...op }) => ({ ...op, hlc: effectiveHlc })),
    refused: returned
      .filter((one) => !isOwn(one))
      .map(({ record, seq }) => ({ record, seq, why: "a returned watchlist update that this central has not signed" })),
  };
}

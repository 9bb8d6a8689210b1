import { RECORD_KINDS } from "../../shared/log/record.ts";
import type { BootId, Rid } from "../../shared/model/ids.ts";
import type { ClaimedId, ProofRow } from "./store-rows.ts";
import type { UnderstoodRecord } from "./understand-records.ts";

/** Every rid that a batch claims, once: each record with a payload its own, an alert also that of the detection it carries. */
export function claimedIds(understood: readonly UnderstoodRecord[]): ClaimedId[] {
  const ids = new Map<Rid, ClaimedId>();
  const claim = (id: ClaimedId): void => {
    if (!ids.has(id.rid)) ids.set(id.rid, id);
  };
  for (const { record, meaning } of understood) {
    const { tail } = record;
    // An item without payload takes no rid: the content may still come by another way.
    if (record.payload !== null) claim({ rid: tail.rid, digest: record.payloadDigest, kind: tail.kind });
    if (meaning.kind === "alert") claim({ rid: meaning.carried.tail.rid, digest: meaning.carried.digest, kind: meaning.carried.tail.kind });
  }
  return [...ids.values()];
}

/** Where detections are proved: by every verified record that is one, first or not; by an alert's early copy without a place in a log. */
export function proofsOf(understood: readonly UnderstoodRecord[]): ProofRow[] {
  const proofs: ProofRow[] = [];
  for (const { record, meaning, place } of understood) {
    const { rid, kind } = record.tail;
    if (kind === RECORD_KINDS.detection || kind === RECORD_KINDS.revision) proofs.push({ rid, ...place });
    if (meaning.kind === "alert") proofs.push({ rid: meaning.carried.tail.rid, seq: null, via: "alert" });
  }
  return proofs;
}

export function bootsOf(understood: readonly UnderstoodRecord[]): BootId[] {
  const boots = new Set<BootId>();
  for (const { record, meaning } of understood) {
    boots.add(record.tail.boot);
    if (meaning.kind === "alert") boots.add(meaning.carried.tail.boot);
  }
  return [...boots];
}

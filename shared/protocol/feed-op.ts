/**
 * One op of a feed as bytes: msgpack [rid (16), effective hlc (8), the seven fields of an entry-op]. Central makes these bytes once, when it
 * publishes the op; the running hash, the DELTA's signature and the wire all carry exactly them. So an edge of an older release verifies
 * an op with a field that it does not know yet.
 */
import { entryOpFields, readEntryOp } from "../log/payloads/entry-op-payload.ts";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional } from "../log/positional.ts";
import { bytesToHex, bytesToUuid, type Hlc, hexToBytes, type Rid, uuidToBytes } from "../model/ids.ts";
import type { FeedOp } from "../model/watchlist.ts";

export function encodeFeedOp(op: FeedOp): Uint8Array {
  return encodePositional([uuidToBytes(op.rid), hexToBytes(op.effectiveHlc), entryOpFields(op)]);
}

/** Undefined for anything that is not an op. */
export function decodeFeedOp(bytes: Uint8Array): FeedOp | undefined {
  const decoded = decodePositional(bytes);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  const rid = bytesToUuid<Rid>(reader.bytes(16));
  const effectiveHlc = bytesToHex(reader.bytes(8)) as Hlc;
  return reader.done({ ...reader.nested((one) => readEntryOp(rid, one)), effectiveHlc });
}

/**
 * Fields of `returned-delta` version 1:
 *   0 a DELTA frame, byte for byte as central signed it: what a central that was restored may have lost
 */
import { decodePositional, encodePositional } from "../positional.ts";
import { LARGE_PAYLOAD_BYTES_MAX, SALT_BYTES } from "../record.ts";
import { FieldReader } from "./fields.ts";

export const RETURNED_DELTA_VERSION = 1;
/** Around the frame: an array of one, the length of its bytes. */
const AROUND_BYTES = 8;
/** A larger frame cannot be returned; central cuts none larger. */
export const RETURNED_FRAME_BYTES_MAX = LARGE_PAYLOAD_BYTES_MAX - SALT_BYTES - AROUND_BYTES;

export function encodeReturnedDelta(frame: Uint8Array): Uint8Array {
  return encodePositional([frame]);
}

export function decodeReturnedDelta(fields: Uint8Array): Uint8Array | undefined {
  const decoded = decodePositional(fields);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  return reader.done(reader.blob(RETURNED_FRAME_BYTES_MAX));
}

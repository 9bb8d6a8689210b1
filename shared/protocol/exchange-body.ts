/** The body of an HTTP exchange, both ways: frames behind one another, each after its length as uint32, big end first. */
import { FRAME_BYTES_MAX } from "./limits.ts";

/** The frames as one body. The caller keeps within what the receiver takes: EXCHANGE_BYTES_MAX, EXCHANGE_FRAMES_MAX. */
export function joinFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + 4 + frame.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const frame of frames) {
    view.setUint32(at, frame.length);
    bytes.set(frame, at + 4);
    at += 4 + frame.length;
  }
  return bytes;
}

/** The frames of a body (windows into it); null when it is cut short, holds a frame that is too large, or more than `framesMax`. */
export function splitFrames(bytes: Uint8Array, framesMax: number): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length || frames.length === framesMax) return null;
    const size = view.getUint32(at);
    if (size > FRAME_BYTES_MAX || at + 4 + size > bytes.length) return null;
    frames.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return frames;
}

import { FRAME_BYTES_MAX } from "../../shared/protocol/limits.ts";
import type { SyncCaller } from "./caller.ts";
import { runSession } from "./run-session.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** What one POST may carry: HELLO and four full APPENDs of two logs, with room to spare. */
export const EXCHANGE_BYTES_MAX = 2 * 1024 * 1024;
const FRAMES_MAX = 64;

/** Frames behind one another, each after its length as uint32, big end first; null when the bytes are not that. */
export function splitExchange(bytes: Uint8Array): Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length || frames.length === FRAMES_MAX) return null;
    const size = view.getUint32(at);
    if (size > FRAME_BYTES_MAX || at + 4 + size > bytes.length) return null;
    frames.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return frames;
}

export function joinExchange(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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

/**
 * One exchange: the same core as a connection, alive for this request only. Each frame is answered before the next is looked at, so the
 * answers stand in the order of the frames.
 */
export async function runExchange(deps: SyncDeps, caller: SyncCaller, frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const answers: Uint8Array[] = [];
  let closed = false;
  const session = runSession(deps, caller, {
    send: (frame) => answers.push(frame),
    close: () => {
      closed = true;
    },
  });
  for (const frame of frames) {
    if (closed) break;
    session.receive(frame);
    await session.settled();
  }
  return answers;
}

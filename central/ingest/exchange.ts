import type { SyncCaller } from "./caller.ts";
import { runSession } from "./run-session.ts";
import type { SyncDeps } from "./sync-deps.ts";

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

import type { CameraPort, Capture } from "./camera.ts";
import type { HealthKeeper } from "./camera-health.ts";
import type { CameraWorld } from "./camera-world.ts";

/** Captures that wait for the log; a full queue stops the reading, and the camera's own buffer takes over. */
export const CAPTURES_WAITING_MAX = 32;
const STORE_RETRY_MS = 1000;

/** Hands captures to the log one by one, in order, and again until they are durable: a stream cannot be asked to repeat. */
export interface CaptureQueue {
  readonly add: (capture: Capture) => void;
  /** Resolves when there is room for another message. */
  readonly room: () => Promise<void>;
  /** Resolves when everything added before is durable, or was tried once more after the signal aborted. */
  readonly drained: () => Promise<void>;
}

export function createCaptureQueue(
  deps: { readonly port: Pick<CameraPort, "capture">; readonly health: HealthKeeper; readonly world: Pick<CameraWorld, "sleep"> },
  signal: AbortSignal,
): CaptureQueue {
  const waiting: Promise<void>[] = [];
  let tail: Promise<void> = Promise.resolve();

  const store = async (capture: Capture): Promise<void> => {
    for (;;) {
      try {
        await deps.port.capture(capture);
        deps.health.detection();
        deps.health.remark("store", null);
        return;
      } catch {
        deps.health.remark("store", "Its detections cannot be stored at the moment: look at the disk of this edge.");
        if (signal.aborted) return;
        await deps.world.sleep(STORE_RETRY_MS, signal);
      }
    }
  };
  return {
    add: (capture) => {
      tail = tail.then(() => store(capture));
      const mine = tail;
      waiting.push(mine);
      void mine.then(() => waiting.splice(waiting.indexOf(mine), 1));
    },
    room: async () => {
      while (waiting.length >= CAPTURES_WAITING_MAX) await waiting[0];
    },
    drained: () => tail,
  };
}

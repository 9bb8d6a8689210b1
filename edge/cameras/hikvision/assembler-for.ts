import type { Capture } from "../camera.ts";
import { type AlertAssembler, createAlertAssembler } from "./alert-assembler.ts";
import { isOldMessage, noteMessageTime } from "./camera-clock.ts";
import { cameraUrl, type HikvisionDeps } from "./hikvision-deps.ts";
import { keepUnread, noteUnderstood } from "./keep-unread.ts";

/** An assembler for one connection or one push of this camera. */
export function assemblerFor(
  deps: HikvisionDeps,
  emit: (capture: Capture) => void,
  updates: { readonly early: string | null; readonly late: string | null },
  signal: AbortSignal,
): AlertAssembler {
  return createAlertAssembler({
    context: deps.context,
    channel: deps.config.channel,
    waits: deps.times.pictures,
    world: deps.world,
    counts: deps.counts,
    emit: (capture) => {
      noteUnderstood(deps);
      deps.health.remark("channel", null);
      noteMessageTime(deps, capture);
      const historical = capture.historical || isOldMessage(deps.clock, capture, deps.port.now());
      emit(historical === capture.historical ? capture : { ...capture, historical });
    },
    updates,
    keepUnknown: (bytes, why) => keepUnread(deps, bytes, why),
    otherChannel: (channel) => {
      // Beside detections of its own channel the others are a recorder's other cameras, and nothing to say.
      if (deps.counts.detections > 0) return;
      deps.health.remark("channel", `Messages of channel ${channel} are left out: this camera is set to channel ${deps.config.channel}.`);
    },
    fetchPicture: (url) => fetchOwnPicture(deps, url, signal),
  });
}

/** A picture by its address, only from the camera's own host and port: a message must not make the edge call elsewhere. */
async function fetchOwnPicture(deps: HikvisionDeps, address: string, signal: AbortSignal): Promise<Uint8Array | null> {
  const base = cameraUrl(deps.config);
  if (base === null) return null;
  const url = URL.canParse(address, base) ? new URL(address, base) : null;
  if (url === null || url.protocol !== base.protocol || url.host !== base.host) return null;
  const answer = await deps.sideClient.request({
    method: "GET",
    path: url.pathname + url.search,
    signal,
    timeoutMs: deps.times.pictureRequestMs,
  });
  return answer.kind === "answer" && answer.status === 200 ? answer.body : null;
}

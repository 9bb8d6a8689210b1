/** The collectors with their cameras: asked once, then kept fresh by the live connection. Several pages name sites from it. */
import type { CollectorView } from "../../../shared/api/central-api.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { onLive } from "../live-feed.ts";
import { api } from "../session-state.ts";

export const collectors = notLoaded<{ collectors: CollectorView[] }>();

export function loadCollectors(): Promise<void> {
  return load(collectors, () => api.get("/collectors"));
}

/** Follows heartbeats and camera changes; the returned function stops. */
export function followCollectors(): () => void {
  return onLive((messages) => {
    const known = collectors.peek().value?.collectors;
    if (known === undefined) return;
    let next = known;
    for (const message of messages) {
      if (message.type === "collector") {
        const { collector } = message;
        next = next.some((one) => one.id === collector.id)
          ? next.map((one) => (one.id === collector.id ? { ...one, ...collector } : one))
          : [...next, collector];
      } else if (message.type === "camera") {
        const { collector_id, camera } = message;
        next = next.map((one) =>
          one.id === collector_id ? { ...one, cameras: one.cameras.map((old) => (old.id === camera.id ? camera : old)) } : one,
        );
      }
    }
    if (next !== known) collectors.value = { ...collectors.peek(), value: { collectors: next } };
  });
}

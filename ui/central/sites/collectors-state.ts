/** The collectors with their cameras: asked once, then kept fresh by the live connection. Several pages name sites from it. */
import type { CollectorView } from "../../../shared/api/central-api.ts";
import type { Answer } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { onLive } from "../live-feed.ts";
import { api } from "../session-state.ts";

export const collectors = notLoaded<{ collectors: CollectorView[] }>();

export function loadCollectors(): Promise<void> {
  return load(collectors, () => api.get("/collectors"));
}

/** Says that the new device keys of this collector are known to be its own. */
export async function confirmKeys(id: string): Promise<Answer<unknown>> {
  const answer = await api.send("PATCH", `/collectors/${id}`, { confirm_keys: true });
  if (answer.ok) await loadCollectors();
  return answer;
}

/** Cameras of all sites that this person may see; undefined until the collectors were asked for. */
export function cameraCount(): number | undefined {
  return collectors.value.value?.collectors.reduce((sum, one) => sum + one.cameras.length, 0);
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

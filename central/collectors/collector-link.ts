import type { CollectorView } from "../../shared/api/central-api.ts";

/** Two heartbeats missed and half of a third: then a person should know. */
export const SILENT_AFTER_MS = 150_000;

/** State of an edge's way to central, in one word and one plain sentence. */
export function linkOf(
  lastHeartbeatMs: number | null,
  connected: boolean,
  waiting: number,
  nowMs: number,
): { readonly state: CollectorView["link"]; readonly words: string } {
  if (lastHeartbeatMs === null) return { state: "never", words: "Never heard of yet." };
  const silentMs = nowMs - lastHeartbeatMs;
  const behind = waiting > 0 ? ` ${waiting} waiting.` : "";
  if (silentMs <= SILENT_AFTER_MS)
    return {
      state: "connected",
      words: connected ? `Connected.${behind}` : `Last heard of ${Math.round(silentMs / 1000)} s ago.${behind}`,
    };
  return { state: "silent", words: `Silent for ${duration(silentMs)}.${behind}` };
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

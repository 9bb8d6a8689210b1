import type { UplinkState } from "../../shared/api/site-api.ts";

/** What the site's page knows of the way to central; the uplink itself is elsewhere. */
export interface UplinkStatus {
  readonly state: UplinkState;
  /** Since when it is in that state, ms UTC. */
  readonly sinceMs: number;
  /** Records that central has not acknowledged. */
  readonly waiting: number;
  readonly imagesWaiting: number;
  /** Pictures that wait until an hour of the site's day, by its budget; null while none is held back. Bytes are about. */
  readonly imagesHeld: { readonly until: string; readonly count: number; readonly bytes: number } | null;
  readonly lastContactMs: number | null;
  /** One sentence for people when they must act; null otherwise. */
  readonly refusal: string | null;
  /** Central marks what this device sends: nobody has confirmed its key. */
  readonly isMarked: boolean;
}

/** One line that says the state of the link and that the site goes on regardless. */
export function uplinkWords(status: UplinkStatus, nowMs: number): string {
  const waiting = `${status.waiting > 0 ? ` ${status.waiting} waiting.` : ""}${heldWords(status.imagesHeld)}`;
  switch (status.state) {
    case "connected":
      return `${status.refusal ?? "Connected to central."}${status.isMarked ? ` ${MARKED}` : ""}${waiting}`;
    case "connecting":
      return `Connecting to central. Watching.${waiting}`;
    case "offline":
      return `Uplink down ${durationWords(nowMs - status.sinceMs)}. Still watching.${waiting}`;
    case "refused":
      return `${status.refusal ?? "Central refuses this site."} Still watching.${waiting}`;
    case "not-configured":
      return "No central is set up. This site watches on its own.";
  }
}

const MARKED =
  "What this device sends is kept there and marked, until an administrator confirms its key: it is not the one that this site had before.";

function heldWords(held: UplinkStatus["imagesHeld"]): string {
  if (held === null || held.count === 0) return "";
  const megabytes = Math.max(1, Math.round(held.bytes / 1e6)).toLocaleString("en-US");
  return ` Pictures wait until ${held.until}: ${held.count.toLocaleString("en-US")} waiting, ${megabytes} MB.`;
}

/** "12 s", "12 min", "3 h", "5 days". */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

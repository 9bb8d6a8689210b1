import type { UplinkLog } from "./uplink-deps.ts";

export type Way = "socket" | "exchange";

/** The lines of the log about the uplink: one when its way or its state is new; an outage or a blocked WebSocket of a week says it once. */
export interface UplinkWords {
  readonly up: (way: Way) => void;
  /** `hadWorked`: it stood before it ended. */
  readonly down: (why: string, waitMs: number, hadWorked: boolean) => void;
}

export function createUplinkWords(log: UplinkLog): UplinkWords {
  let said: string | null = null;
  return {
    up: (way) => {
      if (said === way) return;
      said = way;
      if (way === "socket") log.info({ way }, "uplink up: central is connected");
      else log.warn({ way }, "uplink up by HTTP: something in between blocks WebSockets, they are tried again every 10 minutes");
    },
    down: (why, waitMs, hadWorked) => {
      const words = `uplink down: ${why}`;
      if (words !== said || hadWorked) log.warn({ waitMs: Math.round(waitMs) }, words);
      said = words;
    },
  };
}

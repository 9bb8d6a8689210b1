/** Who has proved a key here: a bounded number of sessions in memory. A restart forgets them, and whoever was talking greets again. */
import { sameBytes } from "../../shared/log/record.ts";
import { bytesToHex } from "../../shared/model/ids.ts";
import type { NeighbourKey } from "../../shared/protocol/frames.ts";

export interface CarrierSessions {
  /** A session whose origin has proved nothing yet. */
  readonly begin: (session: Uint8Array, origin: NeighbourKey) => void;
  /** Whose session it is; undefined when it is none or over. */
  readonly find: (session: string) => NeighbourKey | undefined;
  /** Its origin has signed in it: the one before it of the same device ends. */
  readonly proved: (session: string) => void;
}

interface Session {
  readonly origin: NeighbourKey;
  isProved: boolean;
  untilMs: number;
}

/** A greeting is followed by a signed request at once. */
const UNPROVED_MS = 30_000;
const PROVED_MS = 10 * 60_000;
/** Anybody who knows a listed key may begin one; over this the oldest that proved nothing goes. */
const UNPROVED_MAX = 32;

export function makeCarrierSessions(monoMs: () => number): CarrierSessions {
  const sessions = new Map<string, Session>();
  const forgetOld = (): void => {
    for (const [id, { untilMs }] of sessions) if (untilMs <= monoMs()) sessions.delete(id);
  };
  return {
    begin(session, origin) {
      forgetOld();
      const unproved = [...sessions].filter(([, one]) => !one.isProved);
      if (unproved.length >= UNPROVED_MAX) sessions.delete(unproved[0]![0]);
      sessions.set(bytesToHex(session), { origin, isProved: false, untilMs: monoMs() + UNPROVED_MS });
    },
    find(session) {
      forgetOld();
      return sessions.get(session)?.origin;
    },
    proved(session) {
      const now = sessions.get(session);
      if (now === undefined) return;
      if (!now.isProved) {
        for (const [id, one] of sessions) {
          if (id !== session && one.isProved && sameBytes(one.origin.deviceKey, now.origin.deviceKey)) sessions.delete(id);
        }
      }
      now.isProved = true;
      now.untilMs = monoMs() + PROVED_MS;
    },
  };
}

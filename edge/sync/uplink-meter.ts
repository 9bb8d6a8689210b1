/** What people are told of the uplink. */
export interface UplinkFacts {
  readonly state: "connected" | "connecting" | "offline" | "refused";
  /** Since when it is in that state, ms UTC. */
  readonly sinceMs: number;
  readonly lastContactMs: number | null;
  /** One sentence for people when they must act; null otherwise. */
  readonly refusal: string | null;
  /** Central marks what this device sends: nobody has confirmed its key. As last told. */
  readonly isMarked: boolean;
}

export interface UplinkMeter {
  readonly facts: () => UplinkFacts;
  /** How long it is in that state, by the monotonic clock: the wall clock jumps by decades when central tells it. */
  readonly stateForMs: () => number;
  /** What it says of this device's key comes after. */
  readonly connected: () => void;
  readonly heard: () => void;
  /** `refused`: one sentence, when central is there but people must act. */
  readonly disconnected: (refused: string | null) => void;
  /** Central is there and takes the rest, but not one of the logs. */
  readonly logRefused: () => void;
  readonly marked: (isMarked: boolean) => void;
}

const LOG_REFUSED = "Central does not take this site's log. Ask the administrator to look at the collector's key.";

/** "connecting" until the first connection stands or fails; a retry while the uplink is down is no news, people keep reading "offline". */
export function newMeter(now: () => number, monoMs: () => number): UplinkMeter {
  let facts: UplinkFacts = { state: "connecting", sinceMs: now(), lastContactMs: null, refusal: null, isMarked: false };
  let fromMs = monoMs();
  const become = (state: UplinkFacts["state"], refusal: string | null) => {
    if (facts.state !== state) fromMs = monoMs();
    facts = { ...facts, state, refusal, sinceMs: facts.state === state ? facts.sinceMs : now() };
  };
  return {
    facts: () => facts,
    stateForMs: () => monoMs() - fromMs,
    connected: () => {
      become("connected", null);
      facts = { ...facts, isMarked: false };
    },
    heard: () => {
      facts = { ...facts, lastContactMs: now() };
    },
    disconnected: (refused) => become(refused === null ? "offline" : "refused", refused),
    logRefused: () => {
      facts = { ...facts, refusal: LOG_REFUSED };
    },
    marked: (isMarked) => {
      facts = { ...facts, isMarked };
    },
  };
}

/**
 * The uplink: connects, drives a session, and comes back with jitter when the way is down. It never holds up anything else of the edge:
 * capture, matching and the site's page do not know whether it is there.
 */
import { setTimeout as delay } from "node:timers/promises";
import { createBackoff } from "../../shared/flow/backoff.ts";
import { bytesToHex, type SessionId } from "../../shared/model/ids.ts";
import type { StoreNews } from "../log/store-port.ts";
import { chooseWays, type WayEnd } from "./choose-way.ts";
import { type DrivenSession, driveSession, REFUSED_RETRY_MS, type SessionDeps } from "./drive-session.ts";
import { openExchange } from "./exchange-link.ts";
import { type Dial, dialSocket, type Link, type LinkEvents } from "./link.ts";
import { oneOfEachList } from "./snapshot-fetches.ts";
import type { UplinkDeps } from "./uplink-deps.ts";
import { newMeter, type UplinkFacts, type UplinkMeter } from "./uplink-meter.ts";
import { createUplinkWords, type UplinkWords } from "./uplink-words.ts";

/** While the exchange is in use, the WebSocket is tried again this often. */
const SOCKET_RETRY_MS = 10 * 60_000;
/** First try after start, spread so that a village whose power came back does not call at once. */
export const FIRST_TRY_MAX_MS = 30_000;
/** A named time to come back is kept, and passed by up to this share: those that were told the same time do not come in one millisecond. */
const RETURN_JITTER = 0.1;
const KEY_REFUSED = "Central does not accept this site's API key. Ask the administrator for a new one.";

export interface Uplink {
  /** Lives until the signal aborts. `firstTryMs`: the longest first wait. */
  readonly run: (signal: AbortSignal, firstTryMs?: number) => Promise<void>;
  readonly onNews: (news: StoreNews) => void;
  readonly changed: () => void;
  readonly facts: () => UplinkFacts;
  /** How long it is in that state. */
  readonly stateForMs: () => number;
}

/** `socketRetryMs`: how long the exchange is used before the WebSocket is tried again. */
export function createUplink(uplinkDeps: UplinkDeps, socketRetryMs = SOCKET_RETRY_MS): Uplink {
  const changed = (): void => current?.handle({ type: "changed" });
  const deps: SessionDeps = { ...uplinkDeps, fetchSnapshot: oneOfEachList(uplinkDeps, changed) };
  const meter = newMeter(deps.now, () => deps.clockReading().monoMs);
  let current: DrivenSession | null = null;
  const expose = (session: DrivenSession | null) => {
    current = session;
  };
  const words = createUplinkWords(deps.log);
  return {
    run: (signal, firstTryMs = FIRST_TRY_MAX_MS) => keepConnected({ deps, meter, words, signal, expose, socketRetryMs }, firstTryMs),
    onNews: (news) => {
      if (news.kind === "grown") current?.handle({ type: "grown", logId: news.logId, next: news.next });
      if (news.kind === "logs") current?.handle({ type: "logs" });
      if (news.kind === "watchlists") changed();
    },
    changed,
    facts: meter.facts,
    stateForMs: meter.stateForMs,
  };
}

interface Running {
  readonly deps: SessionDeps;
  readonly meter: UplinkMeter;
  readonly words: UplinkWords;
  readonly signal: AbortSignal;
  readonly expose: (session: DrivenSession | null) => void;
  readonly socketRetryMs: number;
}

async function keepConnected(running: Running, firstTryMs: number): Promise<void> {
  const { deps, meter, words, signal, expose } = running;
  const backoff = createBackoff(deps.random);
  const ways = chooseWays(running.socketRetryMs);
  await pause(deps.random() * firstTryMs, signal);
  while (!signal.aborted) {
    const ended = await connectOnce(running, ways.exchangeForMs(deps.clockReading().monoMs));
    expose(null);
    if (signal.aborted) return;
    if (ways.ended(ended, deps.clockReading().monoMs)) continue;
    meter.disconnected(ended.refused);
    const named = ended.retryAfterMs;
    const waitMs = named === null ? backoff.afterFailure(ended.openMs) : named * (1 + RETURN_JITTER * deps.random());
    words.down(ended.why, waitMs, ended.openMs > 0);
    await pause(waitMs, signal);
  }
}

interface Ended extends WayEnd {
  readonly why: string;
}

const ENDED: Ended = { why: "", openMs: 0, retryAfterMs: null, refused: null, next: "wait" };

/** One connection from its dial to its end. `exchangeForMs` over 0: by POST, for at most so long. */
async function connectOnce({ deps, meter, words, signal, expose }: Running, exchangeForMs: number): Promise<Ended> {
  const connected = (): void => {
    meter.connected();
    words.up(exchangeForMs === 0 ? "socket" : "exchange");
  };
  const ending = new AbortController();
  const stop = AbortSignal.any([signal, ending.signal]);
  let link: Link | null = null;
  let timer: NodeJS.Timeout | null = null;
  let endWith: (ended: Ended) => void = () => {};
  const end = new Promise<Ended>((resolve) => (endWith = resolve));
  const session = driveSession(deps, { ...meter, connected }, bytesToHex(deps.randomBytes(16)) as SessionId, stop, {
    send: (frame) => link?.send(frame),
    end: (ended) => endWith({ ...ended, openMs: session.openMs(), next: "wait" }),
  });
  const events: LinkEvents = {
    onFrame: session.receive,
    onEnd: (why, status) => endWith({ ...ofStatus(status), why, openMs: session.openMs() }),
  };
  try {
    if (exchangeForMs === 0) {
      const dial = await dialSocket(deps.centralUrl, deps.apiKey, events, stop);
      if (dial.kind !== "open") return notOpened(dial);
      link = dial.link;
    } else {
      const { centralUrl, apiKey } = deps;
      link = openExchange({ centralUrl, apiKey, hello: session.hello }, events, stop);
      timer = setTimeout(() => endWith({ ...ENDED, why: "the WebSocket is tried again", next: "socket" }), exchangeForMs);
    }
    expose(session);
    session.start();
    return await end;
  } finally {
    if (timer !== null) clearTimeout(timer);
    session.stop();
    link?.close();
    ending.abort();
  }
}

/** 401 and 403 need a person; any other HTTP answer to an upgrade means that something in between does not pass WebSockets. */
function notOpened(dial: Exclude<Dial, { kind: "open" }>): Ended {
  if (dial.kind === "unreachable") return { ...ENDED, why: dial.why };
  const ended = ofStatus(dial.status);
  return ended.refused !== null || dial.status >= 500 ? ended : { ...ended, why: "WebSocket blocked", next: "exchange" };
}

function ofStatus(status: number | null): Ended {
  const why = `central answered ${status}`;
  if (status === 401 || status === 403) return { ...ENDED, why, refused: KEY_REFUSED, retryAfterMs: REFUSED_RETRY_MS };
  return { ...ENDED, why };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => {});
}

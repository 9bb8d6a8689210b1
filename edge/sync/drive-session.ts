/** Drives the session core of one connection: one event at a time, its effects carried out in order, nothing after its end. */
import { estimateOffset } from "../../shared/clock/clock-quality.ts";
import { NO_GENERATION } from "../../shared/crdt/overlay.ts";
import type { Incarnation, ListId, SessionId } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import type { EdgeEffect, EdgeEvent } from "../../shared/protocol/edge-events.ts";
import { nextTickMs, stepEdge } from "../../shared/protocol/edge-session.ts";
import { newEdgeSession } from "../../shared/protocol/edge-session-state.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { type ErrorFrame, type FeedHead, isDownFrame, type Welcome } from "../../shared/protocol/frames.ts";
import { pictureWay } from "../../shared/protocol/picture-way.ts";
import type { TreeNews } from "../../shared/protocol/tree-watch.ts";
import { edgeSource } from "./edge-source.ts";
import { giveBack, leaveList } from "./leave-lists.ts";
import { receiveCommand } from "./receive-command.ts";
import { type FeedResult, receiveDelta } from "./receive-feed.ts";
import { sendImages } from "./send-images.ts";
import type { FetchSnapshot } from "./snapshot-fetches.ts";
import type { UplinkDeps } from "./uplink-deps.ts";
import type { UplinkMeter } from "./uplink-meter.ts";

/** A stranger at central's address is asked again this often whether it is still there. */
const BUDGET_LOOK_MS = 30_000;
/** A card is not written at each heartbeat. */
const SAID_EVERY_MS = 10 * 60_000;
const STRANGER_RETRY_MS = 5 * 60_000;
const STRANGER_WORDS =
  "This address now answers with another central's key. Nothing is sent to it. If that is right, run edge -- init --central-key.";
/** What central refuses is not cured by asking often. */
export const REFUSED_RETRY_MS = 60_000;

export interface SessionDeps extends UplinkDeps {
  readonly fetchSnapshot: FetchSnapshot;
}

export interface SessionEnd {
  readonly why: string;
  /** Null: by the caller's own backoff. */
  readonly retryAfterMs: number | null;
  /** One sentence when central is there but people must act. */
  readonly refused: string | null;
}

export interface SessionPort {
  readonly send: (frame: Uint8Array) => void;
  readonly end: (ended: SessionEnd) => void;
}

export interface DrivenSession {
  readonly start: () => void;
  readonly handle: (event: EdgeEvent) => void;
  readonly receive: (bytes: Uint8Array) => void;
  /** HELLO of this session as things stand now. */
  readonly hello: () => Uint8Array;
  /** How long central has been talking to us, ms. */
  readonly openMs: () => number;
  readonly stop: () => void;
}

/** `signal` ends whatever the session has set going. Time is the machine's monotonic clock: its wall clock jumps when central tells it. */
export function driveSession(
  deps: SessionDeps,
  meter: UplinkMeter,
  session: SessionId,
  signal: AbortSignal,
  port: SessionPort,
): DrivenSession {
  const state = newEdgeSession();
  const source = edgeSource(deps);
  const nowMs = () => deps.clockReading().monoMs;
  const forgotten = new Map<ListId, number>();
  const givenBack = new Set<ListId>();
  let timer: NodeJS.Timeout | null = null;
  let openedMs: number | null = null;
  let life: Incarnation | null = null;
  let done = false;

  const finish = (why: string, retryAfterMs: number | null, refused: string | null = null) => {
    stop();
    port.end({ why, retryAfterMs, refused });
  };
  // Hours change by the clock alone: nothing else tells the session that pictures may go again.
  let imagesWait = deps.imageBudget.waitsUntil() !== null;
  const budgetWatch = setInterval(() => {
    const wait = deps.imageBudget.waitsUntil() !== null;
    if (imagesWait && !wait) handle({ type: "images" });
    imagesWait = wait;
  }, BUDGET_LOOK_MS);
  const stop = () => {
    done = true;
    clearInterval(budgetWatch);
    if (timer !== null) clearTimeout(timer);
  };
  const handle = (event: EdgeEvent): void => {
    if (done || signal.aborted) return;
    for (const effect of stepEdge(state, event, nowMs(), source)) {
      // A stranger's WELCOME ends the session at its first effect: nothing that follows from it may be done or sent.
      if (done) return;
      carryOut(effect);
    }
    schedule();
  };
  const schedule = () => {
    if (timer !== null) clearTimeout(timer);
    if (done || signal.aborted) return;
    timer = setTimeout(() => handle({ type: "tick" }), Math.max(1, nextTickMs(state, nowMs()) - nowMs()));
  };
  /** Whatever came of it, central is told what is held now. */
  const afterFeed = (work: Promise<FeedResult>) => {
    const refused = (why: string) => signal.aborted || deps.log.warn({}, `watchlist not taken over: ${why}`);
    work
      .then(
        (result) => result.kind === "refused" && refused(result.why),
        (error: unknown) => refused(wordsOf(error)),
      )
      .then(() => handle({ type: "changed" }));
  };
  const way = pictureWay(state, nowMs);
  const carryOut = (effect: EdgeEffect): void => {
    switch (effect.type) {
      case "send":
        return port.send(encodeFrame(effect.frame));
      case "welcomed":
        return onWelcomed(effect.welcome);
      case "clock": {
        noteSaid(deps, effect.sample[2]);
        const estimate = estimateOffset(...effect.sample, deps.now());
        if (estimate !== null) deps.onClockSample(estimate.offsetMs, estimate.uncertaintyMs);
        return;
      }
      case "acknowledged":
        void onAcknowledged(effect).catch(ignoreClosed);
        return;
      case "lists":
        leaveLists(deps, effect);
        giveBackLeft(deps, effect.feeds, givenBack);
        return forgetDeleted(deps, effect.feeds, forgotten);
      case "apply-delta":
        return afterFeed(receiveDelta(deps, effect.delta));
      case "fetch-snapshot":
        return deps.fetchSnapshot(effect.snapshot, signal);
      case "put-images":
        void sendImages(deps, effect.want, signal, way)
          .catch(() => ({ left: [], broken: true }))
          .then((tried) => handle({ type: "images-tried", tried }));
        return;
      case "wanted-config":
        return deps.onCentralAnswered();
      case "policy":
        return deps.onNeighbours(effect.policy.neighbours);
      case "command":
        receiveCommand(deps, effect.command);
        return;
      case "begin-again": {
        const { logId, agreed, why } = effect;
        deps.log.warn({ logId, why, agreed: agreed.next }, "this log cannot go on at central; a new one begins and offers what is missing");
        // News of the new log makes the session name it.
        void deps.writer.beginAgain(logId, agreed, why).catch((error) => finish(`no new log could be begun: ${wordsOf(error)}`, null));
        return;
      }
      case "log-refused":
        meter.logRefused();
        return deps.log.warn({ logId: effect.logId }, effect.detail);
      case "marked":
        return meter.marked(effect.isMarked);
      case "tree":
        return noteTree(effect.news);
      case "close":
        return effect.refused
          ? finish(effect.why, effect.retryAfterMs ?? REFUSED_RETRY_MS, `Central refuses this site: ${effect.why}`)
          : finish(effect.why, effect.retryAfterMs);
    }
  };
  /** Kept before anything is made of it; people and central hear of an alarm at once. */
  const noteTree = (news: TreeNews): void => {
    if (news.kind === "unsigned") return deps.log.warn({}, "central shows a tree head that it has not signed; it is not used");
    if (news.kind !== "witness") deps.log.warn({ held: news.held.size, shown: news.shown.size }, TREE_WORDS[news.kind]);
    void deps.writer.noteTree(news).then(() => news.kind !== "witness" && handle({ type: "changed" }), ignoreClosed);
  };
  const onAcknowledged = async ({ logId, next, durable }: Extract<EdgeEffect, { type: "acknowledged" }>): Promise<void> => {
    const hasLess = await deps.writer.noteAcknowledged(logId, next, durable);
    if (hasLess && life !== null) await offerImagesAgain(life);
    else handle({ type: "images" });
  };
  /** Pictures that a central before had taken wait again, if this one was put back or is a copy. */
  const offerImagesAgain = async (incarnation: Incarnation): Promise<void> => {
    let at = await deps.writer.offerImagesAgain(incarnation, null);
    while (at !== null && !done) at = await deps.writer.offerImagesAgain(incarnation, at);
    handle({ type: "images" });
  };
  const onWelcomed = ({ centralKeys, incarnation }: Welcome): void => {
    try {
      if (!deps.pinned.accept(centralKeys)) return finish("another central", STRANGER_RETRY_MS, STRANGER_WORDS);
    } catch (error) {
      return finish(`central's keys could not be kept: ${wordsOf(error)}`, null);
    }
    // Also in the midst of a session: one of exchanges outlives a restore.
    if (life !== incarnation) void offerImagesAgain(incarnation).catch(ignoreClosed);
    life = incarnation;
    if (openedMs !== null) return;
    openedMs = nowMs();
    meter.connected();
  };
  return {
    start: () => handle({ type: "connected", session }),
    handle,
    receive: (bytes) => {
      if (done) return;
      meter.heard();
      const decoded = decodeFrame(bytes);
      if (decoded.kind === "unsupported") return port.send(encodeFrame(unsupported(decoded.number)));
      if (decoded.kind === "malformed") return finish(`central sent a frame that cannot be read: ${decoded.why}`, null);
      if (!isDownFrame(decoded.frame)) return finish(`central sent a frame that only goes up: ${decoded.frame.type}`, null);
      handle({ type: "frame", frame: decoded.frame });
    },
    hello: () => encodeFrame(source.hello(session)),
    openMs: () => (openedMs === null ? 0 : nowMs() - openedMs),
    stop,
  };
}

/**
 * A list that central does not name, though it has heard everything that this site has to say, is not this site's: it stops matching. A
 * central that was restored may lack a list that is: what it published of it goes back first, and the list stays in force meanwhile. One
 * that no central has ever named is the site's own, and stays.
 */
function leaveLists({ reader, writer }: UplinkDeps, { feeds, incarnation, settled }: Extract<EdgeEffect, { type: "lists" }>): void {
  const named = new Set(feeds.map((feed) => feed.list));
  for (const { list, generation } of reader.feeds()) {
    if (generation !== NO_GENERATION && !named.has(list)) void leaveList(writer, list, incarnation, settled).catch(ignoreClosed);
  }
}

/**
 * Once per session: a program that ended right after it took over a restored central's list had not given back yet what that one lacks.
 */
function giveBackLeft({ reader, writer }: UplinkDeps, feeds: readonly FeedHead[], givenBack: Set<ListId>): void {
  const held = new Map(reader.feeds().map((feed) => [feed.list, feed.generation]));
  for (const { list, generation } of feeds) {
    if (givenBack.has(list) || held.get(list) !== generation) continue;
    givenBack.add(list);
    void giveBack(writer, list, generation).catch(ignoreClosed);
  }
}

/** Once per session and horizon, when all is here that came with it: whatever was left then goes the next time. */
function forgetDeleted(deps: UplinkDeps, feeds: readonly FeedHead[], forgotten: Map<ListId, number>): void {
  for (const { list, generation, durable = 0 } of feeds) {
    if (durable > 0) void deps.writer.noteFeedDurable(list, generation, durable).catch(ignoreClosed);
  }
  const news = feeds.filter(({ list, horizon = 0 }) => horizon > (forgotten.get(list) ?? 0));
  if (news.length === 0) return;
  const held = new Map(deps.reader.feeds().map((feed) => [feed.list, feed.cursor]));
  for (const { list, generation, head, horizon = 0 } of news) {
    if ((held.get(list) ?? 0) < head) continue;
    forgotten.set(list, horizon);
    void deps.writer.forgetDeleted(list, generation, horizon, head).catch(ignoreClosed);
  }
}

/** Kept with the lists: a file that was made earlier and is carried here later says less than this central has said since. */
function noteSaid({ pinned, reader, writer }: UplinkDeps, centralMs: number): void {
  const known = reader.centralSaid(pinned.centralId());
  if (known === null || Math.abs(centralMs - known) >= SAID_EVERY_MS) {
    void writer.noteCentralSaid(pinned.centralId(), Math.round(centralMs)).catch(ignoreClosed);
  }
}

const unsupported = (number: number): ErrorFrame => ({
  type: "error",
  code: "unsupported",
  scope: "frame",
  reference: String(number),
  retryable: false,
  retryAfterMs: 0,
  text: "This edge does not know that frame type.",
});

const TREE_WORDS = {
  fork: "LOG_FORK: central's history contradicts what this edge has seen",
  restored: "central was restored from an older copy",
};

const ignoreClosed = (): void => {};
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

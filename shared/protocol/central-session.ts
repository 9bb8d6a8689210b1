/**
 * Central's side of one connection, without I/O: `step(state, event)` changes the state and says what to do. The same core serves the
 * WebSocket, the HTTP exchange and the simulator. Rules it keeps: HELLO first; one merge at a time per log, in order of arrival; an
 * answer only after the merge was committed; one piece of a feed on its way per list, the next only after the edge reported its cursor.
 */
import type { Credit } from "../flow/credits.ts";
import { sameBytes } from "../log/record.ts";
import type { CollectorId, ListId, LogId, SessionId } from "../model/ids.ts";
import type {
  Append,
  Beat,
  CollectorPolicy,
  Command,
  DownFrame,
  ErrorFrame,
  FeedCursor,
  FeedHead,
  Heartbeat,
  Hello,
  NeighbourKey,
  Offer,
  ProofRequest,
  RewindWhy,
  TreeHead,
  UpFrame,
  Want,
  Welcome,
} from "./frames.ts";
import { APPENDS_WAITING_MAX, LOGS_PER_HELLO_MAX, PROTOCOL_MAX, PROTOCOL_MIN, protocolRange } from "./limits.ts";

/** Where a feed stands at central. Its checksum stays here: an edge computes its own and never adopts one. */
export interface StandingFeed extends FeedHead {
  readonly checksum?: Uint8Array;
}

/** What the database said to an APPEND, after COMMIT. */
export type MergeAnswer =
  | {
      readonly kind: "at";
      readonly next: number;
      readonly head: Uint8Array;
      readonly durable: number;
      readonly credit: Credit;
      readonly notes: readonly (readonly [number, string])[];
    }
  | {
      readonly kind: "rewind";
      readonly why: RewindWhy;
      readonly next: number;
      readonly head: Uint8Array;
      readonly pairs: readonly (readonly [number, Uint8Array])[];
    }
  | { readonly kind: "fenced" }
  | { readonly kind: "unknown-log" }
  /** The database is not there or busy: nothing was stored, the edge keeps it. */
  | { readonly kind: "busy"; readonly retryAfterMs: number };

export type CentralEvent =
  | { readonly type: "frame"; readonly frame: UpFrame }
  | { readonly type: "malformed"; readonly why: string }
  | { readonly type: "unsupported"; readonly number: number }
  /** HELLO was checked and its log rows stand. */
  | { readonly type: "opened"; readonly welcome: Welcome; readonly feeds?: readonly StandingFeed[] }
  | { readonly type: "refused"; readonly error: ErrorFrame }
  /** Too many came at once: HELLO was not looked at, this caller has a slot. */
  | { readonly type: "later"; readonly retryAfterMs: number }
  | { readonly type: "merged"; readonly logId: LogId; readonly answer: MergeAnswer }
  | { readonly type: "heard"; readonly beat: Beat }
  | { readonly type: "wanted"; readonly want: Want }
  /** The proof that was asked for, or an ERROR that says why there is none. */
  | { readonly type: "proved"; readonly answer: DownFrame }
  /** Feeds that name this site have grown, or the set of lists has changed. */
  | { readonly type: "feeds"; readonly feeds: readonly StandingFeed[] }
  /** Something may wait for this collector that was not sent yet. */
  | { readonly type: "commands-made" }
  | { readonly type: "commands"; readonly commands: readonly Command[] }
  /** A piece of a feed, loaded and signed; null: nothing to send. */
  | { readonly type: "feed-loaded"; readonly list: ListId; readonly frame: DownFrame | null };

export type CentralEffect =
  | { readonly type: "open"; readonly hello: Hello }
  | { readonly type: "merge"; readonly append: Append }
  /** `logs`: those that the answer names. */
  | { readonly type: "hear"; readonly heartbeat: Heartbeat; readonly logs: readonly LogId[] }
  | { readonly type: "want"; readonly offer: Offer }
  /** Commands of this collector that are due and have no result: sent with WELCOME and BEAT until the result's record comes. */
  | { readonly type: "load-commands"; readonly session: SessionId }
  | { readonly type: "prove"; readonly request: ProofRequest }
  | { readonly type: "load-feed"; readonly list: ListId; readonly held: FeedCursor | null; readonly head: FeedHead }
  | { readonly type: "send"; readonly frame: DownFrame }
  | { readonly type: "close"; readonly code: string };

interface FeedOnItsWay {
  readonly cursor: number;
  /** Heartbeats since that still name the same cursor. */
  heartbeats: number;
}

/** A piece of a feed that was lost, or that the edge could not take, is sent again after so many heartbeats (one follows WELCOME at once). */
const HEARTBEATS_UNTIL_SENT_AGAIN = 3;

export interface CentralSessionState {
  phase: "greeting" | "opening" | "open" | "closed";
  session: SessionId | null;
  collectorId: CollectorId | null;
  /** One HELLO is looked at after another: two at once might end in either order, and the older one's logs be taken for the newest. */
  isOpening: boolean;
  /** The newest that came meanwhile: an edge that began a new log says HELLO again, perhaps before its first was answered. */
  waitingHello: Hello | null;
  /** Logs that WELCOMEs of this session named, the newest first: each BEAT tells their credit. */
  logs: readonly LogId[];
  /** APPENDs waiting per log; the first one is being merged. */
  readonly queues: Map<LogId, Append[]>;
  /** What the edge said it holds. */
  readonly held: Map<ListId, FeedCursor>;
  readonly heads: Map<ListId, StandingFeed>;
  /** Lists with a piece on its way: the cursor that must move before the next is sent. */
  readonly loading: Map<ListId, FeedOnItsWay>;
  /** The newest tree head that was told. */
  told: TreeHead | null;
  /** The policy that was told last; null: none. */
  toldPolicy: CollectorPolicy | null;
}

export function newCentralSession(): CentralSessionState {
  return {
    phase: "greeting",
    session: null,
    collectorId: null,
    isOpening: false,
    waitingHello: null,
    logs: [],
    queues: new Map(),
    held: new Map(),
    heads: new Map(),
    loading: new Map(),
    told: null,
    toldPolicy: null,
  };
}

export function stepCentral(state: CentralSessionState, event: CentralEvent): CentralEffect[] {
  if (state.phase === "closed") return [];
  switch (event.type) {
    case "frame":
      return onFrame(state, event.frame);
    case "malformed":
      return end(state, refusal("bad-frame", "", event.why, false));
    case "unsupported":
      return [send(refusal("unsupported", String(event.number), "This release does not know that frame type.", false))];
    case "opened":
      return onOpened(state, event.welcome, event.feeds ?? event.welcome.feeds);
    case "refused":
      return end(state, event.error);
    case "later":
      state.phase = "closed";
      return [send({ type: "later", retryAfterMs: event.retryAfterMs }), { type: "close", code: "later" }];
    case "merged":
      return onMerged(state, event.logId, event.answer);
    case "heard":
      return [send(newsOfBeat(state, event.beat)), ...loadCommands(state)];
    case "proved":
      return [send(event.answer)];
    case "wanted":
      return [send(event.want)];
    case "feeds":
      return onFeeds(state, event.feeds);
    case "commands-made":
      return loadCommands(state);
    case "commands":
      return event.commands.map(send);
    case "feed-loaded":
      if (event.frame === null) state.loading.delete(event.list);
      return event.frame === null ? [] : [send(event.frame)];
  }
}

function onFrame(state: CentralSessionState, frame: UpFrame): CentralEffect[] {
  if (frame.type === "hello") return onHello(state, frame);
  if (frame.type === "bye") return end(state, null);
  if (frame.type === "error") return [];
  if (state.phase !== "open") return end(state, refusal("bad-frame", frame.type, "HELLO comes first.", false));
  switch (frame.type) {
    case "append":
      return onAppend(state, frame);
    case "heartbeat":
      noteHeld(state, frame.feeds);
      for (const piece of state.loading.values()) piece.heartbeats += 1;
      return [{ type: "hear", heartbeat: frame, logs: state.logs }, ...pumpFeeds(state)];
    case "offer":
      return [{ type: "want", offer: frame }];
    case "proof?":
      return [{ type: "prove", request: frame }];
  }
}

/** Who has to be updated, so that the two find a protocol that both speak. */
function protocolWords({ protocolMin, protocolMax }: Hello): string {
  const [here, there] = [protocolRange(PROTOCOL_MIN, PROTOCOL_MAX), protocolRange(protocolMin, protocolMax)];
  return `This central speaks protocol ${here}, the site ${there}. Update ${protocolMin > PROTOCOL_MAX ? "central" : "the site's program"}.`;
}

function onHello(state: CentralSessionState, hello: Hello): CentralEffect[] {
  if (hello.protocolMin > PROTOCOL_MAX || hello.protocolMax < PROTOCOL_MIN) {
    return end(state, refusal("unsupported", "protocol", protocolWords(hello), false));
  }
  if (state.isOpening) {
    state.waitingHello = hello;
    return [];
  }
  // The same HELLO again (a repeated frame) changes nothing: what is under way goes on meanwhile.
  state.isOpening = true;
  if (state.phase === "greeting") state.phase = "opening";
  state.session = hello.session;
  state.collectorId = hello.collectorId;
  noteHeld(state, hello.feeds);
  return [{ type: "open", hello }];
}

/** All that the edge holds: a list that it does not name any more, it has dropped. */
function noteHeld(state: CentralSessionState, feeds: readonly FeedCursor[]): void {
  state.held.clear();
  for (const cursor of feeds) state.held.set(cursor.list, cursor);
}

function onOpened(state: CentralSessionState, welcome: Welcome, feeds: readonly StandingFeed[]): CentralEffect[] {
  state.phase = "open";
  state.isOpening = false;
  const named = welcome.logs.map((log) => log.logId);
  state.toldPolicy = welcome.policy ?? null;
  state.logs = [...new Set([...named, ...state.logs])].slice(0, LOGS_PER_HELLO_MAX);
  const effects = [send({ ...welcome, treeHead: newestHead(state, welcome.treeHead) }), ...loadCommands(state), ...onFeeds(state, feeds)];
  const { waitingHello } = state;
  state.waitingHello = null;
  return waitingHello === null ? effects : [...effects, ...onHello(state, waitingHello)];
}

/**
 * Two answers that were made at once may end in either order: the edge must never be shown a smaller tree after a larger one of the same
 * life, which would be an alarm.
 */
function newestHead(state: CentralSessionState, head: TreeHead | null): TreeHead | null {
  const { told } = state;
  if (head === null || (told !== null && told.incarnation === head.incarnation && told.size > head.size)) return told;
  state.told = head;
  return head;
}

/** A policy of some kilobytes goes along once, not every minute. */
function newsOfBeat(state: CentralSessionState, { policy, ...beat }: Beat): Beat {
  const news = { ...beat, treeHead: newestHead(state, beat.treeHead) };
  if (policy === undefined || (state.toldPolicy !== null && isSamePolicy(policy, state.toldPolicy))) return news;
  state.toldPolicy = policy;
  return { ...news, policy };
}

function isSamePolicy({ neighbours: a }: CollectorPolicy, { neighbours: b }: CollectorPolicy): boolean {
  const isSame = (one: NeighbourKey, other: NeighbourKey | undefined): boolean =>
    other !== undefined && one.collectorId === other.collectorId && one.name === other.name && sameBytes(one.deviceKey, other.deviceKey);
  return a.length === b.length && a.every((one, at) => isSame(one, b[at]));
}

function loadCommands({ phase, session }: CentralSessionState): CentralEffect[] {
  return phase === "open" && session !== null ? [{ type: "load-commands", session }] : [];
}

function onAppend(state: CentralSessionState, append: Append): CentralEffect[] {
  const queue = state.queues.get(append.logId) ?? [];
  // One that sends more is broken, and its flood must not grow in memory.
  if (queue.length >= APPENDS_WAITING_MAX) return end(state, refusal("busy", append.logId, "More APPENDs under way than allowed.", true));
  queue.push(append);
  state.queues.set(append.logId, queue);
  return queue.length === 1 ? [{ type: "merge", append }] : [];
}

function onMerged(state: CentralSessionState, logId: LogId, answer: MergeAnswer): CentralEffect[] {
  const queue = state.queues.get(logId) ?? [];
  const answered = queue.shift();
  // What was sent behind a piece that was not taken cannot be taken either, up to the resend from where the log stands.
  if (answer.kind === "fenced" || answer.kind === "unknown-log") queue.length = 0;
  else if (answer.kind === "rewind") dropBefore(queue, answer.next);
  else if (answer.kind === "busy") dropBefore(queue, answered?.fromSeq ?? 0);
  const effects: CentralEffect[] = [answerFrame(logId, answer)];
  const [next] = queue;
  if (next === undefined) state.queues.delete(logId);
  else effects.push({ type: "merge", append: next });
  return effects;
}

function dropBefore(queue: Append[], fromSeq: number): void {
  while (queue[0] !== undefined && queue[0].count > 0 && queue[0].fromSeq !== fromSeq) queue.shift();
}

function answerFrame(logId: LogId, answer: MergeAnswer): CentralEffect {
  switch (answer.kind) {
    case "at":
      return send({
        type: "ack",
        logId,
        next: answer.next,
        head: answer.head,
        durable: answer.durable,
        credit: answer.credit,
        notes: answer.notes,
        signature: null,
      });
    case "rewind":
      return send({ type: "rewind", logId, next: answer.next, head: answer.head, why: answer.why, pairs: answer.pairs });
    case "fenced":
      return send(refusal("fenced", logId, "Another session has taken this log over; say HELLO again.", true));
    case "unknown-log":
      return send(refusal("unsupported", logId, "This log was not named in HELLO.", true));
    case "busy":
      return send({
        ...refusal("busy", logId, "The database is not available; keep it and try again.", true),
        retryAfterMs: answer.retryAfterMs,
      });
  }
}

function onFeeds(state: CentralSessionState, feeds: readonly StandingFeed[]): CentralEffect[] {
  state.heads.clear();
  for (const head of feeds) state.heads.set(head.list, head);
  for (const list of state.loading.keys()) if (!state.heads.has(list)) state.loading.delete(list);
  return pumpFeeds(state);
}

/**
 * Sends each list's next piece when the edge stands elsewhere in the feed, or holds another list than central at the very same position,
 * and no piece is on its way from the same cursor (any more). Ahead of central: what is known here of the feed lags behind, or central
 * is a copy that runs under the name of the one which sent that.
 */
function pumpFeeds(state: CentralSessionState): CentralEffect[] {
  const effects: CentralEffect[] = [];
  for (const head of state.heads.values()) {
    const held = state.held.get(head.list) ?? null;
    const cursor = held !== null && held.generation === head.generation ? held.cursor : -1;
    if (cursor === head.head && !differs(held, head)) state.loading.delete(head.list);
    else if (!isOnItsWay(state.loading.get(head.list), cursor)) {
      state.loading.set(head.list, { cursor, heartbeats: 0 });
      effects.push({ type: "load-feed", list: head.list, held, head });
    }
  }
  return effects;
}

/** Equal positions of one generation, unequal checksums: damage or a bug on one of the two sides, healed by a snapshot. */
const differs = (held: FeedCursor | null, head: StandingFeed): boolean =>
  held !== null && held.cursor === head.head && head.checksum !== undefined && !sameBytes(held.checksum, head.checksum);

const isOnItsWay = (piece: FeedOnItsWay | undefined, cursor: number): boolean =>
  piece !== undefined && piece.cursor === cursor && piece.heartbeats < HEARTBEATS_UNTIL_SENT_AGAIN;

function end(state: CentralSessionState, error: ErrorFrame | null): CentralEffect[] {
  state.phase = "closed";
  state.queues.clear();
  const close: CentralEffect = { type: "close", code: error?.code ?? "bye" };
  return error === null ? [close] : [send(error), close];
}

const send = (frame: DownFrame): CentralEffect => ({ type: "send", frame });

/** An ERROR frame; `retryable` says whether coming back can help. */
export function refusal(code: string, reference: string, text: string, retryable: boolean): ErrorFrame {
  return { type: "error", code, scope: reference === "" ? "session" : "frame", reference, retryable, retryAfterMs: 0, text };
}

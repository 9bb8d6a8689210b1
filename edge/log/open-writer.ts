import { Worker } from "node:worker_threads";
import type { Moment } from "../../shared/log/chain.ts";
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import type { CameraId, CollectorId, CommandId } from "../../shared/model/ids.ts";
import type { SessionRow } from "./site-rows.ts";
import type { EdgeWriter, StoreNews } from "./store-port.ts";
import type { StoreVerb, StoreVerbs } from "./store-verbs.ts";
import type { CommandTaken, TakenCommand } from "./take-command.ts";
import type { FromWriter, ToWriter, WriterData } from "./writer-messages.ts";

/** The writer as the whole site uses it: what the uplink asks of it, and the site's own business beside it. */
export interface SiteWriter extends EdgeWriter {
  readonly putSession: (session: SessionRow) => Promise<void>;
  readonly dropSession: (token: string) => Promise<void>;
  readonly noteSignInFailure: (person: string, address: string, atMs: number) => Promise<void>;
  readonly clearSignInFailures: (person: string, address: string) => Promise<void>;
  readonly saveCursor: (camera: CameraId, cursor: string) => Promise<void>;
  /** Writes a command's id down and says whether it may run; only `run`, said once for an id, lets it. */
  readonly takeCommand: (command: TakenCommand, configRevision: number) => Promise<CommandTaken>;
  readonly putOnTrial: (id: CommandId, revision: number) => Promise<void>;
  /** The answer to a command, as an urgent record. */
  readonly finishCommand: (result: CommandResult) => Promise<void>;
  /** Forgets source keys of more than a day ago, and commands of which nobody will speak again. */
  readonly forgetOld: () => Promise<void>;
  /** The disk ladder's steps; each removes one piece and answers how much went. */
  readonly freeStored: (what: "scenes" | "crops") => Promise<number>;
  readonly dropUnsentScenes: () => Promise<number>;
  readonly pruneAcknowledged: () => Promise<number>;
}

export interface WriterOptions {
  readonly home: string;
  readonly collector: CollectorId;
  readonly seed: Uint8Array;
  readonly now: () => Moment;
  /** After each commit, on this thread. */
  readonly onNews: (news: StoreNews) => void;
  /** The thread died: a bug. Nothing can be stored any more; the program must end and be started again. */
  readonly onDeath: (error: Error) => void;
}

/** What a caller sees when its command was not carried out: one sentence for people. Nothing of it was stored. */
export class StoreRefusal extends Error {
  override readonly name = "StoreRefusal";
}

/** Commands that may wait for an answer. Beyond, a camera is told at once to repeat later: memory must not grow with a dead disk. */
const WAITING_MAX = 4_096;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the writer thread; resolves when the store is open, rejects with one sentence when it cannot be opened. */
export async function openWriter(options: WriterOptions): Promise<SiteWriter> {
  const data: WriterData = { home: options.home, collector: options.collector, seed: options.seed, moment: options.now() };
  const worker = new Worker(new URL("./writer-thread.ts", import.meta.url), { workerData: data });
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let dead: Error | null = null;

  const closed = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();

  const die = (error: Error): void => {
    dead = error;
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  worker.on("message", (message: FromWriter) => {
    if (message.kind === "ready") ready.resolve();
    else if (message.kind === "failed") die(new Error(message.words));
    else if (message.kind === "closed") closed.resolve();
    else {
      // News first: an alert rings before anything else is done with the answer.
      for (const news of message.news) options.onNews(news);
      for (const answer of message.answers) settle(answer);
    }
  });
  worker.on("error", (error) => {
    const wasOpen = dead === null;
    die(error as Error);
    if (wasOpen) options.onDeath(error as Error);
  });
  worker.on("exit", () => {
    if (dead === null) die(new StoreRefusal("The store is closed."));
    closed.resolve();
  });

  const settle = (answer: Extract<FromWriter, { kind: "answers" }>["answers"][number]): void => {
    const one = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.ok) one?.resolve(answer.value);
    else one?.reject(new StoreRefusal(answer.words, answer.bug === null ? {} : { cause: answer.bug }));
  };

  const send = <Verb extends StoreVerb>(verb: Verb, ...args: Parameters<StoreVerbs[Verb]>): Promise<ReturnType<StoreVerbs[Verb]>> => {
    if (dead !== null) return Promise.reject(dead);
    if (waiting.size >= WAITING_MAX) return Promise.reject(new StoreRefusal("The disk is too slow: too much waits to be stored."));
    const id = nextId++;
    const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
    worker.postMessage({ id, moment: options.now(), verb, args } satisfies ToWriter);
    return answer as Promise<ReturnType<StoreVerbs[Verb]>>;
  };

  await ready.promise;

  return {
    appendDetection: (draft) => send("appendDetection", draft),
    applyOwnOp: (draft) => send("applyOwnOp", draft),
    applyAlertOp: (draft) => send("applyAlertOp", draft),
    appendCameraStatus: (...status) => send("appendCameraStatus", ...status),
    appendClockFix: (...fix) => send("appendClockFix", ...fix),
    applyDelta: (list, generation, from, to, ops, signed) => send("applyDelta", list, generation, from, to, ops, options.now(), signed),
    returnDeltas: (...list) => send("returnDeltas", ...list, options.now()),
    noteFeedDurable: (...durable) => send("noteFeedDurable", ...durable),
    applySnapshot: (...snapshot) => send("applySnapshot", ...snapshot, options.now()),
    forgetDeleted: (...horizon) => send("forgetDeleted", ...horizon),
    dropList: (list) => send("dropList", list),
    beginAgain: (...left) => send("beginAgain", ...left, options.now()),
    noteAcknowledged: (...cursor) => send("noteAcknowledged", ...cursor),
    noteImageSent: (...image) => send("noteImageSent", ...image),
    noteCentralSaid: (...said) => send("noteCentralSaid", ...said),
    offerImagesAgain: (...life) => send("offerImagesAgain", ...life),
    noteTree: (note) => send("noteTree", note, options.now()),
    putSession: (session) => send("putSession", session),
    dropSession: (token) => send("dropSession", token),
    noteSignInFailure: (...failure) => send("noteSignInFailure", ...failure),
    clearSignInFailures: (...who) => send("clearSignInFailures", ...who),
    saveCursor: (...cursor) => send("saveCursor", ...cursor),
    takeCommand: (command, configRevision) => send("takeCommand", command, configRevision, options.now()),
    putOnTrial: (...trial) => send("putOnTrial", ...trial),
    finishCommand: (result) => send("finishCommand", result, options.now()),
    forgetOld: () => send("forgetOld", options.now()),
    freeStored: (what) => send("freeStored", what),
    dropUnsentScenes: () => send("dropUnsentScenes", options.now()),
    pruneAcknowledged: () => send("pruneAcknowledged", options.now()),
    async close() {
      if (dead !== null) return;
      worker.postMessage({ close: true } satisfies ToWriter);
      await closed.promise;
      await worker.terminate();
    },
  };
}

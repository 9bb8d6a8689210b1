/**
 * Carries out what `stepCentral` decides for one connection: the only place where the core's effects meet database and socket. The
 * WebSocket and the HTTP exchange differ only in how bytes come and go.
 */

import type { CollectorId } from "../../shared/model/ids.ts";
import {
  type CentralEffect,
  type CentralEvent,
  newCentralSession,
  refusal,
  type StandingFeed,
  stepCentral,
} from "../../shared/protocol/central-session.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { type ErrorFrame, type Hello, isUpFrame } from "../../shared/protocol/frames.ts";
import { messageOf } from "../db/database-refusal.ts";
import type { SyncCaller } from "./caller.ts";
import { hearHeartbeat, type Speaker } from "./hear-heartbeat.ts";
import { openSession } from "./open-session.ts";
import type { SyncDeps } from "./sync-deps.ts";
import { wantImages } from "./want-images.ts";

/** The wire's other end. */
export interface SessionPort {
  readonly send: (frame: Uint8Array) => void;
  /** After everything that was sent; `code` is for the log. */
  readonly close: (code: string) => void;
}

export interface RunningSession {
  /** One frame from the edge. */
  readonly receive: (bytes: Uint8Array) => void;
  /** The lists of this site, or how far they are, have changed. */
  readonly feedsChanged: (feeds: readonly StandingFeed[]) => void;
  /** A command was made for this collector. */
  readonly commandsMade: () => void;
  /** Null before HELLO was accepted. */
  readonly siteId: () => string | null;
  /** How much is being worked on: a peer with too much of it is made to wait. */
  readonly underWay: () => number;
  /** Resolves when nothing is being worked on. */
  readonly settled: () => Promise<void>;
}

const OPEN_RETRY_MS = 5_000;

export function runSession(deps: SyncDeps, caller: SyncCaller, port: SessionPort): RunningSession {
  const core = newCentralSession();
  let speaker: Omit<Speaker, "logs"> | null = null;
  let deviceKey: Uint8Array | null = null;
  let underWay = 0;
  let waiters: (() => void)[] = [];

  const step = (event: CentralEvent): void => {
    for (const effect of stepCentral(core, event)) perform(effect);
  };

  /** Work that ends in an event. A bug ends this session only, never the process. */
  const work = (job: () => Promise<CentralEvent | null>): void => {
    underWay += 1;
    job()
      .finally(() => {
        underWay -= 1;
      })
      .then((event) => event !== null && step(event))
      .catch((error: unknown) => {
        deps.log.warn({ collector: caller.collectorId, error: messageOf(error) }, "a session ended by a fault of central's");
        step({ type: "refused", error: refusal("internal", "", "Central could not do that; try again.", true) });
      })
      .finally(() => {
        if (underWay > 0) return;
        const settled = waiters;
        waiters = [];
        for (const resolve of settled) resolve();
      });
  };

  const open = async (hello: Hello): Promise<CentralEvent> => {
    try {
      const opened = await openSession(deps, caller, hello);
      if (opened.kind === "refused") return { type: "refused", error: opened.error };
      deviceKey = hello.deviceKey;
      speaker = { collectorId: caller.collectorId, siteId: opened.siteId };
      return { type: "opened", welcome: opened.welcome, feeds: opened.feeds };
    } catch (error) {
      deps.log.warn({ collector: caller.collectorId, error: messageOf(error) }, "a session could not be opened");
      return {
        type: "refused",
        error: { ...refusal("busy", "", "Central's database is not available.", true), retryAfterMs: OPEN_RETRY_MS },
      };
    }
  };

  /** What may fail while the database is away without ending the session: the edge asks again by itself. */
  const tolerant = async (words: string, job: () => Promise<CentralEvent>): Promise<CentralEvent | null> => {
    try {
      return await job();
    } catch (error) {
      deps.log.warn({ collector: caller.collectorId, error: messageOf(error) }, words);
      return null;
    }
  };

  /** What the edge alone would know otherwise. A lack of the database is said where it is met; a fenced session is daily life. */
  const sayRefused = ({ code, text }: ErrorFrame): void => {
    if (code !== "bad-frame" && code !== "unauthorised" && code !== "unsupported") return;
    deps.log.warn({ collector: caller.collectorId, why: text }, `a frame of a collector was refused: ${code}`);
  };

  const perform = (effect: CentralEffect): void => {
    switch (effect.type) {
      case "send":
        if (effect.frame.type === "error") sayRefused(effect.frame);
        return port.send(encodeFrame(effect.frame));
      case "close":
        return port.close(effect.code);
      case "open": {
        const retryAfterMs = deps.admitCaller(caller.collectorId as CollectorId, effect.hello.session);
        if (retryAfterMs !== null) return step({ type: "later", retryAfterMs });
        return work(() => open(effect.hello));
      }
      case "merge":
        return work(async () => {
          const { append } = effect;
          const from = { collectorId: caller.collectorId as CollectorId, append, direct: true };
          return { type: "merged", logId: append.logId, answer: await deps.mergeAppend(deps.merge, from) };
        });
      case "hear": {
        const who = speaker;
        if (who === null) return;
        return work(() =>
          tolerant("a heartbeat could not be kept", async () => ({
            type: "heard",
            beat: await hearHeartbeat(deps, { ...who, logs: effect.logs }, effect.heartbeat),
          })),
        );
      }
      case "want":
        return work(() =>
          tolerant("an offer of pictures could not be answered", async () => ({
            type: "wanted",
            want: await wantImages(deps, effect.offer),
          })),
        );
      case "load-commands": {
        const key = deviceKey;
        if (key === null) return;
        const to = { collectorId: caller.collectorId, deviceKey: key, session: effect.session };
        return work(() =>
          tolerant("waiting commands could not be loaded", async () => ({ type: "commands", commands: await deps.dueCommands(to) })),
        );
      }
      case "prove":
        return work(() =>
          tolerant("a proof could not be read", async () => ({ type: "proved", answer: await deps.tree.prove(effect.request) })),
        );
      case "load-feed":
        return work(async () => {
          const { list } = effect;
          const loaded = await tolerant("a watchlist could not be loaded", async () => {
            return { type: "feed-loaded", list, frame: await deps.loadFeed(deps.feeds, caller.collectorId, list, effect.held) };
          });
          // Null takes the list off the way, so that the next heartbeat asks for it again.
          return loaded ?? { type: "feed-loaded", list, frame: null };
        });
    }
  };

  return {
    receive: (bytes) => step(eventOf(bytes)),
    feedsChanged: (feeds) => {
      if (core.phase === "open") step({ type: "feeds", feeds });
    },
    commandsMade: () => step({ type: "commands-made" }),
    siteId: () => speaker?.siteId ?? null,
    underWay: () => underWay,
    settled: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  };
}

function eventOf(bytes: Uint8Array): CentralEvent {
  const decoded = decodeFrame(bytes);
  if (decoded.kind === "malformed") return { type: "malformed", why: decoded.why };
  if (decoded.kind === "unsupported") return { type: "unsupported", number: decoded.number };
  const { frame } = decoded;
  if (!isUpFrame(frame)) return { type: "malformed", why: `a ${frame.type} frame goes down, not up` };
  return { type: "frame", frame };
}

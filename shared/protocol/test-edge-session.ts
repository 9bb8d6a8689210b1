/** One edge's session with a scripted central, for the tests of its parts. */
import type { LogId, Rid, Sha256 } from "../model/ids.ts";
import type { EdgeEffect, EdgeEvent } from "./edge-events.ts";
import type { EdgeSource } from "./edge-flow.ts";
import { stepEdge } from "./edge-session.ts";
import { newEdgeSession } from "./edge-session-state.ts";
import type { Ack, DownFrame, ErrorFrame, Frame, OfferedImage, Rewind, Welcome } from "./frames.ts";
import { SAMPLE_FRAMES } from "./golden/sample-frames.ts";
import { type EdgeDisk, openWindow, sessionOf, sourceOf, world } from "./test-session-world.ts";

export const sample = <Type extends Frame["type"]>(type: Type) =>
  SAMPLE_FRAMES.find((one) => one.type === type) as Extract<Frame, { type: Type }>;
export const WIDE = { nextAccepted: 100_000, bytesOutstanding: 262_144 };
export const picture = (name: string): OfferedImage => ({
  sha256: name.repeat(64) as Sha256,
  bytes: 10,
  role: 2,
  rid: "r" as Rid,
  priority: 0,
});

/** The edge's core alone, with a clock that the test moves; what it says is read back in words. */
export class Edge {
  readonly state = newEdgeSession();
  readonly disk: EdgeDisk;
  readonly urgent: LogId;
  readonly log: LogId;
  readonly source: EdgeSource;
  pictures: readonly OfferedImage[] = [];
  last: readonly EdgeEffect[] = [];
  nowMs = 1_000_000;

  constructor(detections = 0) {
    const made = world(detections);
    openWindow(this.state);
    this.disk = made.disk;
    this.urgent = made.urgent;
    this.log = made.log;
    const imagesToOffer = (without: ReadonlySet<Sha256>) => this.pictures.filter((one) => !without.has(one.sha256));
    this.source = { ...sourceOf(made.disk), imagesToOffer };
  }

  step(event: EdgeEvent): string[] {
    this.last = stepEdge(this.state, event, this.nowMs, this.source);
    return this.last.map((effect) => this.word(effect));
  }

  private word(effect: EdgeEffect): string {
    if (effect.type === "close") return `close: ${effect.why}`;
    if (effect.type === "begin-again") return `begin again after ${effect.agreed.next}: ${effect.why}`;
    if (effect.type !== "send") return effect.type;
    const { frame } = effect;
    return frame.type === "append" ? `append ${this.name(frame.logId)} ${frame.fromSeq}+${frame.count}` : frame.type;
  }

  private name = (logId: LogId): string => (logId === this.urgent ? "urgent" : "detections");
  hear = (frame: DownFrame): string[] => this.step({ type: "frame", frame });
  tick = (afterMs: number): string[] => {
    this.nowMs += afterMs;
    return this.step({ type: "tick" });
  };

  grow(logId: LogId, count: number): string[] {
    this.disk.grow(logId, count);
    return this.step({ type: "grown", logId, next: this.disk.logs.get(logId)!.head.next });
  }

  /** Where central would stand with the first `next` records. */
  at(logId: LogId, next: number) {
    return { logId, next, head: next === 0 ? new Uint8Array(32) : this.source.hashAt(logId, next - 1)! };
  }

  welcome(more: Partial<Welcome> = {}): Welcome {
    const logs = [...this.disk.logs].map(([logId, { head }]) => ({
      ...this.at(logId, head.next),
      durable: 0,
      status: "active" as const,
      credit: WIDE,
    }));
    return { ...sample("welcome"), logs, feeds: [], ...more };
  }

  ack = (logId: LogId, next: number, more: Partial<Ack> = {}): string[] =>
    this.hear({ ...sample("ack"), ...this.at(logId, next), durable: 0, credit: WIDE, notes: [], ...more });
  rewind = (logId: LogId, next: number, more: Partial<Rewind> = {}): string[] =>
    this.hear({ ...sample("rewind"), ...this.at(logId, next), why: "gap", pairs: [], ...more });

  /** Connected, and everything of before acknowledged. */
  open(more: Partial<Welcome> = {}): this {
    this.step({ type: "connected", session: sessionOf(1) });
    this.hear(this.welcome(more));
    return this;
  }
}

export const error = (code: string, more: Partial<ErrorFrame> = {}): ErrorFrame => ({
  ...sample("error"),
  code,
  reference: "",
  retryable: true,
  retryAfterMs: 0,
  text: code,
  ...more,
});
export const closing = (edge: Edge) => edge.last.find((effect) => effect.type === "close");

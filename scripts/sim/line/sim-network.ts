/** The line between one site and central: a connection of frames, and the HTTP exchange where WebSockets are blocked. */
import { joinFrames, splitFrames } from "../../../shared/protocol/exchange-body.ts";
import { EXCHANGE_ANSWERS_MAX, EXCHANGE_FRAMES_MAX } from "../../../shared/protocol/limits.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { Registered } from "../central/registered.ts";
import type { CentralConnection, SimCentral } from "../central/sim-central.ts";
import type { Fault } from "../faults/faults.ts";
import type { World } from "../world.ts";

export interface LinkEvents {
  readonly onFrame: (bytes: Uint8Array) => void;
  readonly onEnd: (why: string) => void;
}
export interface Link {
  readonly send: (bytes: Uint8Array) => void;
  readonly close: () => void;
}
export type Dialled = "open" | "unreachable" | "blocked";

type Weather = Extract<Fault, { kind: "weather" }>;
/** A dial that nobody answers is given up after this. */
const DIAL_TIMEOUT_MS = 10_000;
const EXCHANGE_TIMEOUT_MS = 30_000;
const GATHER_MS = 20;

export class SimLine {
  partitionedUntilMs = 0;
  socketBlockedUntilMs = 0;
  /** A copy of central that this line leads to, as long as there is one. */
  clone: SimCentral | null = null;
  /** Frames of this line have overtaken one another, or still may. */
  letsOvertake = false;
  private readonly weather: { readonly fault: Weather; readonly random: SeededRandom; readonly untilMs: number }[] = [];
  private readonly world: World;
  private readonly who: Registered;
  private readonly random: SeededRandom;
  private open: SocketLink | null = null;

  constructor(world: World, who: Registered, random: SeededRandom) {
    this.world = world;
    this.who = who;
    this.random = random;
  }

  addWeather(fault: Weather, random: SeededRandom): void {
    this.letsOvertake ||= fault.overtake > 0;
    this.weather.push({ fault, random, untilMs: this.world.agenda.nowMs + fault.lastsMs });
  }

  clear(): void {
    this.weather.length = 0;
    this.partitionedUntilMs = 0;
    this.socketBlockedUntilMs = 0;
  }

  /** Whom this line leads to. */
  central = (): SimCentral => this.clone ?? this.world.central;

  isPartitioned = (): boolean => this.world.agenda.nowMs < this.partitionedUntilMs;

  cut(): void {
    this.open?.cut();
  }

  halfOpen(way: "up" | "down" | "both"): void {
    this.open?.loseWay(way);
  }

  latencyMs(random = this.random): number {
    const slow = this.now().reduce((most, one) => Math.max(most, one.fault.slowMs), 0);
    return random.whole(5, 80) + (slow === 0 ? 0 : random.whole(0, slow));
  }

  /** Of all weather at this moment: what becomes of one frame. `own`: drawn from another stream than the weather's. */
  fate(own?: SeededRandom): "deliver" | "drop" | "repeat" | "overtake" | "truncate" {
    for (const { fault, random } of this.now()) {
      const roll = (own ?? random).whole(0, 999);
      const { drop, repeat, overtake, truncate } = fault;
      if (roll < drop) return "drop";
      if (roll < drop + repeat) return "repeat";
      if (roll < drop + repeat + overtake) return "overtake";
      if (roll < drop + repeat + overtake + truncate) return "truncate";
    }
    return "deliver";
  }

  private now() {
    return this.weather.filter((one) => one.untilMs > this.world.agenda.nowMs);
  }

  dial(events: LinkEvents, done: (dialled: Dialled, link: Link | null) => void): void {
    const { world } = this;
    if (this.isPartitioned()) return void world.agenda.after(DIAL_TIMEOUT_MS, () => done("unreachable", null));
    world.agenda.after(this.latencyMs() * 2, () => {
      if (!this.central().isUp || this.isPartitioned()) return done("unreachable", null);
      if (world.agenda.nowMs < this.socketBlockedUntilMs) return done("blocked", null);
      const link = new SocketLink(world, this, this.who, events);
      this.open = link;
      done("open", link);
    });
  }

  /** The same frames by POST: HELLO made anew for each; null once the process is dead, and nothing is posted any more. */
  openExchange(hello: () => Uint8Array | null, events: LinkEvents): Link {
    return new ExchangeLink(this.world, this, this.who, hello, events);
  }
}

/** One WebSocket. Frames keep their order unless the weather lets one overtake. */
class SocketLink implements Link {
  private readonly lost = { up: false, down: false };
  private readonly lastMs = { up: 0, down: 0 };
  private readonly centralSide: CentralConnection;
  private ended = false;
  private readonly world: World;
  private readonly line: SimLine;
  private readonly events: LinkEvents;

  constructor(world: World, line: SimLine, who: Registered, events: LinkEvents) {
    this.world = world;
    this.line = line;
    this.events = events;
    this.centralSide = line.central().connect(who, {
      send: (bytes) => this.cross("down", bytes),
      close: (code) => this.later("down", () => this.end(code)),
    });
  }

  send(bytes: Uint8Array): void {
    this.cross("up", bytes);
  }

  /** Our own end: central hears of it unless the way up is gone. */
  close(): void {
    if (this.ended) return;
    this.ended = true;
    if (!this.lost.up && !this.line.isPartitioned()) this.later("up", () => this.centralSide.lost());
  }

  cut(): void {
    this.centralSide.lost();
    this.end("the line was cut");
  }

  loseWay(way: "up" | "down" | "both"): void {
    if (way !== "down") this.lost.up = true;
    if (way !== "up") this.lost.down = true;
  }

  private end(why: string): void {
    if (this.ended) return;
    this.ended = true;
    this.events.onEnd(why);
  }

  private cross(way: "up" | "down", bytes: Uint8Array): void {
    if (this.ended && way === "up") return;
    const fate = this.line.fate();
    if (fate !== "deliver") this.world.mark(`frame-${fate}`);
    if (fate === "drop") return;
    const sent = fate === "truncate" ? bytes.subarray(0, bytes.length >> 1) : bytes;
    this.later(way, () => this.deliver(way, sent), fate === "overtake");
    if (fate === "repeat") this.later(way, () => this.deliver(way, sent));
  }

  /** After the line's latency; what was lost on the way, by a partition say, never comes and nobody is told. */
  private later(way: "up" | "down", run: () => void, mayOvertake = false): void {
    const { agenda } = this.world;
    const dueMs = agenda.nowMs + this.line.latencyMs();
    const atMs = mayOvertake ? dueMs : Math.max(dueMs, this.lastMs[way]);
    this.lastMs[way] = Math.max(this.lastMs[way], atMs);
    agenda.after(atMs - agenda.nowMs, () => {
      if (this.line.isPartitioned()) this.loseWay("both");
      if (!this.lost[way]) run();
    });
  }

  private deliver(way: "up" | "down", bytes: Uint8Array): void {
    if (way === "up") this.centralSide.receive(bytes);
    else if (!this.ended) this.events.onFrame(bytes);
  }
}

/** As `edge/sync/exchange-link.ts`: one POST at a time, frames gathered meanwhile. A POST may be lost, its answer too, or come twice. */
class ExchangeLink implements Link {
  private queue: Uint8Array[] = [];
  private greeted = false;
  private waiting = false;
  private busy = false;
  private ended = false;
  private readonly world: World;
  private readonly line: SimLine;
  private readonly who: Registered;
  private readonly hello: () => Uint8Array | null;
  private readonly events: LinkEvents;

  constructor(world: World, line: SimLine, who: Registered, hello: () => Uint8Array | null, events: LinkEvents) {
    this.world = world;
    this.line = line;
    this.who = who;
    this.hello = hello;
    this.events = events;
  }

  send(bytes: Uint8Array): void {
    if (this.greeted) this.queue.push(bytes);
    this.greeted = true;
    this.schedule();
  }

  close(): void {
    this.ended = true;
  }

  private schedule(): void {
    if (this.waiting || this.ended) return;
    this.waiting = true;
    this.world.agenda.after(GATHER_MS, () => {
      this.waiting = false;
      if (!this.busy && !this.ended) this.post();
    });
  }

  private post(): void {
    const hello = this.hello();
    if (hello === null) return this.close();
    this.busy = true;
    const frames = [hello, ...this.queue.splice(0, EXCHANGE_FRAMES_MAX - 1)];
    const body = joinFrames(frames);
    const fate = this.line.fate();
    const { agenda } = this.world;
    if (fate === "drop" || this.line.isPartitioned()) return void agenda.after(EXCHANGE_TIMEOUT_MS, () => this.end("timeout"));
    agenda.after(this.line.latencyMs(), () => {
      if (fate === "truncate" || !this.line.central().isUp)
        return void agenda.after(this.line.latencyMs(), () => this.end("central answered 400"));
      this.world.mark("exchange");
      const answers = this.carry(body);
      if (fate === "repeat") this.carry(body);
      agenda.after(fate === "overtake" ? EXCHANGE_TIMEOUT_MS : this.line.latencyMs(), () => this.answered(answers, fate === "overtake"));
    });
  }

  private carry(body: Uint8Array): Uint8Array[] {
    const frames = splitFrames(body, EXCHANGE_FRAMES_MAX);
    const answers = frames === null ? [] : this.line.central().exchange(this.who, frames);
    return splitFrames(joinFrames(answers), EXCHANGE_ANSWERS_MAX) ?? [];
  }

  private answered(answers: readonly Uint8Array[], isLost: boolean): void {
    this.busy = false;
    if (this.ended) return;
    if (isLost || this.line.isPartitioned()) return this.end("timeout");
    for (const frame of answers) if (!this.ended) this.events.onFrame(frame);
    if (this.queue.length > 0) this.schedule();
  }

  private end(why: string): void {
    if (this.ended) return;
    this.ended = true;
    this.events.onEnd(why);
  }
}

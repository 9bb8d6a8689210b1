/** The uplink of one running site: what `edge/sync` does with sockets and timers, done with the line and the agenda of the simulation. */

import type { StoredPlace } from "../../../edge/log/image-rows.ts";
import { receiveCommand } from "../../../edge/sync/receive-command.ts";
import { estimateOffset } from "../../../shared/clock/clock-quality.ts";
import { NO_GENERATION } from "../../../shared/crdt/overlay.ts";
import { verifySignature } from "../../../shared/crypto/device-keys.ts";
import { createBackoff } from "../../../shared/flow/backoff.ts";
import { bytesToHex, type Incarnation, type SessionId } from "../../../shared/model/ids.ts";
import { decodeFrame } from "../../../shared/protocol/decode.ts";
import type { EdgeEffect, EdgeEvent } from "../../../shared/protocol/edge-events.ts";
import type { EdgeSource } from "../../../shared/protocol/edge-flow.ts";
import { nextTickMs, stepEdge } from "../../../shared/protocol/edge-session.ts";
import { type EdgeSessionState, newEdgeSession } from "../../../shared/protocol/edge-session-state.ts";
import { encodeFrame } from "../../../shared/protocol/encode.ts";
import { decodeFeedOp } from "../../../shared/protocol/feed-op.ts";
import {
  type Command,
  type Delta,
  type FeedHead,
  isDownFrame,
  type Snapshot,
  type UpFrame,
  type Welcome,
} from "../../../shared/protocol/frames.ts";
import { pictureWay } from "../../../shared/protocol/picture-way.ts";
import { deltaSignedBytes, snapshotSignedBytes } from "../../../shared/protocol/signed-bytes.ts";
import type { TreeNews } from "../../../shared/protocol/tree-watch.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { Appointment } from "../agenda.ts";
import { oldestForm } from "../faults/oldest-form.ts";
import type { Link } from "../line/sim-network.ts";
import { randomBytesOf } from "../random-bytes.ts";
import type { SiteProcess } from "./site-process.ts";

const FIRST_TRY_MAX_MS = 30_000;
const SOCKET_RETRY_MS = 10 * 60_000;
const REFUSED_RETRY_MS = 60_000;
const STRANGER_RETRY_MS = 5 * 60_000;

export class SiteUplink {
  session: UplinkSession | null = null;
  private exchangeUntilMs = Number.NEGATIVE_INFINITY;
  private readonly backoff: ReturnType<typeof createBackoff>;
  private readonly process: SiteProcess;
  private readonly random: SeededRandom;

  constructor(process: SiteProcess, random: SeededRandom) {
    this.process = process;
    this.random = random;
    this.backoff = createBackoff(random.next);
    process.after(random.next() * FIRST_TRY_MAX_MS, () => this.connect());
  }

  private connect(): void {
    const { process } = this;
    const { agenda } = process.site.world;
    const session = new UplinkSession(process, this.random, (openMs, retryAfterMs) => this.ended(session, openMs, retryAfterMs));
    const events = { onFrame: (bytes: Uint8Array) => session.receive(bytes), onEnd: () => session.finish(null) };
    if (agenda.nowMs < this.exchangeUntilMs) {
      this.session = session;
      process.after(this.exchangeUntilMs - agenda.nowMs, () => session.finish(0));
      return session.start(process.site.line.openExchange(() => (process.isAlive ? session.hello() : null), events));
    }
    process.site.line.dial(events, (dialled, link) => {
      if (!process.isAlive) return link?.close();
      if (dialled === "blocked") {
        this.exchangeUntilMs = agenda.nowMs + SOCKET_RETRY_MS;
        return this.connect();
      }
      if (link === null) return this.wait(this.backoff.afterFailure(0));
      this.session = session;
      session.start(link);
    });
  }

  private ended(session: UplinkSession, openMs: number, retryAfterMs: number | null): void {
    if (this.session === session) this.session = null;
    this.wait(retryAfterMs ?? this.backoff.afterFailure(openMs));
  }

  private wait(ms: number): void {
    this.process.after(ms, () => this.connect());
  }
}

export class UplinkSession {
  readonly core: EdgeSessionState = newEdgeSession();
  private readonly source: EdgeSource;
  private readonly id: SessionId;
  private readonly process: SiteProcess;
  private readonly onEnd: (openMs: number, retryAfterMs: number | null) => void;
  private readonly fetching = new Set<string>();
  private readonly forgotten = new Map<string, number>();
  private link: Link | null = null;
  private tick: Appointment | null = null;
  private openedMs: number | null = null;
  private life: Incarnation | null = null;
  private done = false;

  constructor(process: SiteProcess, random: SeededRandom, onEnd: (openMs: number, retryAfterMs: number | null) => void) {
    this.process = process;
    this.onEnd = onEnd;
    this.source = process.source;
    this.id = bytesToHex(randomBytesOf(random)(16)) as SessionId;
  }

  start(link: Link): void {
    this.link = link;
    this.handle({ type: "connected", session: this.id });
  }

  hello(): Uint8Array {
    const hello = this.source.hello(this.id);
    return encodeFrame(this.process.site.isOlder ? oldestForm(hello)! : hello);
  }

  receive(bytes: Uint8Array): void {
    if (this.done || !this.process.isAlive) return;
    const decoded = decodeFrame(bytes);
    if (decoded.kind === "unsupported") return;
    if (decoded.kind === "malformed" || !isDownFrame(decoded.frame)) return this.finish(null);
    const { world, isOlder } = this.process.site;
    const known = isOlder ? oldestForm(decoded.frame) : decoded.frame;
    const frame = known === null ? null : world.variant.received(known, this.process);
    if (frame === null) return;
    world.frames.onReceived(this.process, frame);
    this.handle({ type: "frame", frame });
  }

  handle(event: EdgeEvent): void {
    if (this.done || !this.process.isAlive) return;
    const nowMs = this.process.monoMs();
    for (const effect of stepEdge(this.core, event, nowMs, this.source)) {
      if (this.done || !this.process.survivesEffect()) return;
      this.carryOut(effect);
    }
    this.schedule();
  }

  /** `retryAfterMs` null: by the backoff. */
  finish(retryAfterMs: number | null): void {
    if (this.done) return;
    this.done = true;
    if (this.tick !== null) this.tick.cancelled = true;
    this.link?.close();
    if (this.process.isAlive) this.onEnd(this.openedMs === null ? 0 : this.process.monoMs() - this.openedMs, retryAfterMs);
  }

  private schedule(): void {
    if (this.tick !== null) this.tick.cancelled = true;
    if (this.done || !this.process.isAlive) return;
    const nowMs = this.process.monoMs();
    const waitMs = Math.max(1, nextTickMs(this.core, nowMs) - nowMs);
    this.tick = this.process.after(waitMs, () => this.handle({ type: "tick" }));
  }

  private carryOut(effect: EdgeEffect): void {
    const { process } = this;
    const { world } = process.site;
    switch (effect.type) {
      case "send":
        return this.send(effect.frame);
      case "welcomed":
        return this.onWelcomed(effect.welcome);
      case "clock": {
        const estimate = estimateOffset(...effect.sample, process.clock.wallMs());
        if (estimate !== null) process.time.noteCentral(estimate.offsetMs, estimate.uncertaintyMs);
        return;
      }
      case "acknowledged":
        return process.later(() => {
          const hasLess = process.command("noteAcknowledged", effect.logId, effect.next, effect.durable);
          if (process.isAlive) world.variant.acknowledged(process, effect.logId, effect.next);
          if (hasLess === true && this.life !== null && world.variant.offersImagesAgain) this.offerImagesAgain(this.life, null);
          else this.handle({ type: "images" });
        });
      case "lists":
        if (effect.settled) this.dropLists(effect.feeds);
        return this.forgetDeleted(effect.feeds);
      case "apply-delta":
        return process.later(() => {
          this.applyDelta(effect.delta);
          this.handle({ type: "changed" });
        });
      case "fetch-snapshot":
        return this.fetch(effect.snapshot);
      case "put-images":
        return process.pictures.send(
          effect.want,
          pictureWay(this.core, () => process.monoMs()),
          () => this.done,
          (tried) => this.handle({ type: "images-tried", tried }),
        );
      case "wanted-config":
        return process.commands.centralHeard();
      case "command": {
        const onCommand = (command: Command) => process.commands.receive(command);
        const log = { info: () => {}, warn: () => world.mark("command-not-signed") };
        const { pinned, who } = process.site;
        return void receiveCommand({ pinned, collectorId: who.collectorId, onCommand, log }, effect.command);
      }
      case "begin-again": {
        const { logId, agreed, why } = effect;
        world.cards.onLeft(process, logId, why);
        return process.later(() => {
          // A card without room refuses: the next session comes to the same answer, and tries again.
          if (process.command("beginAgain", logId, agreed, why, process.clock.moment()) === undefined) this.finish(null);
        });
      }
      case "tree":
        return this.noteTree(effect.news);
      case "log-refused":
        return world.frames.onLogRefused(process, effect.logId, effect.detail);
      case "close":
        world.mark(effect.refused ? "refused" : "session-closed");
        return this.finish(effect.retryAfterMs ?? (effect.refused ? REFUSED_RETRY_MS : null));
    }
  }

  private send(frame: UpFrame): void {
    const { site } = this.process;
    const said = site.isOlder ? oldestForm(frame) : frame;
    if (said === null) return;
    const bytes = encodeFrame(said);
    site.world.frames.onUp(this.process, this.core, said, bytes);
    this.link?.send(bytes);
  }

  private offerImagesAgain(incarnation: Incarnation, after: StoredPlace | null): void {
    const { process } = this;
    process.later(() => {
      const at = process.command("offerImagesAgain", incarnation, after);
      if (at === undefined) return;
      if (at === null) this.handle({ type: "images" });
      else this.offerImagesAgain(incarnation, at);
    });
  }

  private onWelcomed({ centralKeys, logs, incarnation }: Welcome): void {
    if (!this.process.site.pinned.accept(centralKeys)) return this.finish(STRANGER_RETRY_MS);
    if (this.life !== incarnation && this.process.site.world.variant.offersImagesAgain) this.offerImagesAgain(incarnation, null);
    this.life = incarnation;
    this.openedMs ??= this.process.monoMs();
    this.process.site.world.frames.onWelcomed(this.process, logs);
  }

  /** As the uplink: a list that central does not name any more is not this site's. */
  private dropLists(feeds: readonly FeedHead[]): void {
    const named = new Set<string>(feeds.map((feed) => feed.list));
    for (const held of this.process.reader.feeds()) {
      if (held.generation !== NO_GENERATION && !named.has(held.list))
        this.process.later(() => void this.process.command("dropList", held.list));
    }
  }

  /** Kept before anything is made of it. */
  private noteTree(news: TreeNews): void {
    const { process } = this;
    process.later(() => {
      if (news.kind !== "unsigned") process.command("noteTree", news, process.clock.moment());
      if (process.isAlive) process.site.world.frames.onTree(process, news);
      if (news.kind !== "witness") this.handle({ type: "changed" });
    });
  }

  /** Once per session and horizon, as `edge/sync/drive-session.ts`. */
  private forgetDeleted(feeds: readonly FeedHead[]): void {
    const { process } = this;
    const news = feeds.filter(({ list, horizon = 0 }) => horizon > (this.forgotten.get(list) ?? 0));
    if (news.length === 0) return;
    const held = new Map(process.reader.feeds().map((feed) => [feed.list, feed.cursor]));
    for (const { list, generation, head, horizon = 0 } of news) {
      if ((held.get(list) ?? 0) < head) continue;
      this.forgotten.set(list, horizon);
      process.later(() => {
        const count = process.command("forgetDeleted", list, generation, horizon, head);
        if (count !== undefined && count > 0) process.site.world.lists.onForgotten(process, list, horizon);
      });
    }
  }

  private applyDelta(delta: Delta): void {
    const { process } = this;
    const key = process.site.pinned.signingKey();
    if (key === null || !verifySignature(key, deltaSignedBytes(delta, delta.ops), delta.signature))
      return process.site.world.mark("delta-refused");
    const ops = delta.ops.map(decodeFeedOp);
    if (!ops.every((op) => op !== undefined)) return process.site.world.mark("delta-refused");
    const outcome = process.command("applyDelta", delta.list, delta.generation, delta.from, delta.to, ops, process.clock.moment());
    if (outcome === undefined) return;
    if (outcome.kind === "out-of-step") return process.site.world.mark("delta-out-of-step");
    process.site.world.mark("delta-applied");
    if (outcome.position.cursor === delta.to) process.site.world.lists.onFeedApplied(process, outcome.position, delta.checksum);
  }

  private fetch(snapshot: Snapshot): void {
    const { process } = this;
    const { world } = process.site;
    const key = process.site.pinned.signingKey();
    const { signature } = snapshot;
    if (key === null || signature === null || !verifySignature(key, snapshotSignedBytes(snapshot), signature))
      return world.mark("snapshot-refused");
    if (this.fetching.has(snapshot.list)) return;
    this.fetching.add(snapshot.list);
    const central = process.site.line.central();
    const bytes = central.tables.feeds.bytesOf(snapshot.sha256);
    const isLost = process.site.line.isPartitioned() || !central.isUp || process.site.line.fate() === "drop";
    process.after(process.site.line.latencyMs() * 2, () => {
      this.fetching.delete(snapshot.list);
      if (!isLost && bytes !== undefined && !this.done) {
        const { list, generation, at } = snapshot;
        world.variant.beforeSnapshot(process, list);
        const outcome = process.command("applySnapshot", list, generation, at, bytes, process.clock.moment());
        world.mark("snapshot-applied");
        if (outcome?.kind === "applied" && process.isAlive) world.lists.onSnapshot(process, outcome.position, bytes);
      }
      this.handle({ type: "changed" });
    });
  }
}

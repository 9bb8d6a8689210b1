/** One connection at the simulated central: the production core, its database work with the time that takes. */
import { bytesToHex } from "../../../shared/model/ids.ts";
import { type CentralEffect, type CentralEvent, newCentralSession, stepCentral } from "../../../shared/protocol/central-session.ts";
import { decodeFrame } from "../../../shared/protocol/decode.ts";
import { encodeFrame } from "../../../shared/protocol/encode.ts";
import { type DownFrame, isUpFrame } from "../../../shared/protocol/frames.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import { asOldestHears, saidByOldest } from "../faults/oldest-form.ts";
import type { World } from "../world.ts";
import type { Registered } from "./registered.ts";
import type { SimCentral } from "./sim-central.ts";

export interface Port {
  readonly send: (bytes: Uint8Array) => void;
  readonly close: (code: string) => void;
}

/** `random` null carries out everything at once, as an exchange does. */
export class OpenConnection {
  private readonly core = newCentralSession();
  private ended = false;
  private deviceKey = "";
  private readonly world: World;
  private readonly central: SimCentral;
  readonly who: Registered;
  private readonly port: Port;
  private readonly random: SeededRandom | null;

  constructor(world: World, central: SimCentral, who: Registered, port: Port, random: SeededRandom | null) {
    this.world = world;
    this.central = central;
    this.who = who;
    this.port = port;
    this.random = random;
  }

  receive(bytes: Uint8Array): void {
    if (!this.ended) this.step(this.central.isOlder ? asOldestHears(eventOf(bytes)) : eventOf(bytes));
  }

  feedsChanged(): void {
    if (this.core.phase === "open") this.step({ type: "feeds", feeds: this.central.headsOf(this.who.site) });
  }

  commandsMade(): void {
    this.step({ type: "commands-made" });
  }

  end(): void {
    this.ended = true;
    this.port.close("central died");
  }

  private step(event: CentralEvent): void {
    for (const effect of stepCentral(this.core, event)) this.carryOut(effect);
  }

  /** Database work takes its time; a process that dies meanwhile has committed nothing of it. */
  private work(job: () => CentralEvent | null): void {
    const life = this.central.life();
    const run = (): void => {
      if (life !== this.central.life()) return;
      const event = job();
      if (event !== null && !this.ended) this.step(event);
    };
    if (this.random === null) run();
    else this.world.agenda.after(this.random.whole(1, 15), run);
  }

  private carryOut(effect: CentralEffect): void {
    const { central, who } = this;
    switch (effect.type) {
      case "send":
        return this.send(effect.frame);
      case "close":
        return this.port.close(effect.code);
      case "open":
        this.deviceKey = bytesToHex(effect.hello.deviceKey);
        return this.work(() => central.openSession(who, effect.hello));
      case "merge":
        return this.work(() => ({ type: "merged", logId: effect.append.logId, answer: central.merge(who, effect.append, true) }));
      case "hear":
        return this.work(() => {
          const beat = central.hear(who, effect.heartbeat, effect.logs);
          return beat === null ? null : { type: "heard", beat };
        });
      case "want":
        return this.work(() => {
          // A copy of central takes no pictures: what only it had would be gone with it.
          if (central !== this.world.central) return { type: "wanted", want: { type: "want", images: [] } };
          return central.isAway() ? null : { type: "wanted", want: central.images.want(effect.offer) };
        });
      case "prove":
        return this.work(() => ({ type: "proved", answer: central.tables.tree.prove(effect.request) }));
      case "load-commands":
        // A turn of the database for each heartbeat would cost a seed as much as all its merges.
        if (!central.tables.commands.hasAny(who.collectorId)) return;
        return this.work(() => central.dueCommands(who, this.deviceKey, effect.session));
      case "load-feed":
        return this.work(() => {
          const { sign } = central.identity;
          const frame = central.isAway() ? null : central.tables.feeds.load(effect.list, effect.held, central.incarnation, sign);
          return { type: "feed-loaded", list: effect.list, frame };
        });
    }
  }

  private send(frame: DownFrame): void {
    const said = this.central.isOlder ? saidByOldest(frame) : frame;
    if (said === null) return;
    const bytes = encodeFrame(said);
    this.world.frames.onDown(this.central, this.who, said, bytes);
    this.port.send(bytes);
  }
}

function eventOf(bytes: Uint8Array): CentralEvent {
  const decoded = decodeFrame(bytes);
  if (decoded.kind === "malformed") return { type: "malformed", why: decoded.why };
  if (decoded.kind === "unsupported") return { type: "unsupported", number: decoded.number };
  if (!isUpFrame(decoded.frame)) return { type: "malformed", why: "a frame that goes down" };
  return { type: "frame", frame: decoded.frame };
}

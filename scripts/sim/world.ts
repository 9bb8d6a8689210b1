/** Everything of one simulated seed. What happens in it is noted, marked and checked by the watches of `verdict/`. */
import type { Rid } from "../../shared/model/ids.ts";
import { type SeededRandom, seededRandom } from "../demo/town/seeded-random.ts";
import { Agenda } from "./agenda.ts";
import { SimCentral } from "./central/sim-central.ts";
import type { CentralInput } from "./differential/central-input.ts";
import type { SeedPlan } from "./faults/plan.ts";
import { SimSite } from "./site/sim-site.ts";
import { doChores } from "./site/site-chores.ts";
import { CommandDesk } from "./town/command-desk.ts";
import { Cameras, People } from "./town/workload.ts";
import { Trace } from "./trace.ts";
import { NO_VARIANT, type Variant } from "./variant.ts";
import { CardWatch } from "./verdict/card-watch.ts";
import { CommandWatch } from "./verdict/command-watch.ts";
import { FrameWatch } from "./verdict/frame-watch.ts";
import { ImageWatch } from "./verdict/image-watch.ts";
import { Checks } from "./verdict/invariants.ts";
import { Ledger } from "./verdict/ledger.ts";
import { ListWatch } from "./verdict/list-watch.ts";
import { Losses } from "./verdict/losses.ts";
import { MergeWatch } from "./verdict/merge-watch.ts";

export interface WorldOptions {
  readonly variant?: Variant;
  /** Whether central lets deleted entries go once everybody has passed their end; true when absent. */
  readonly forgetsTombstones?: boolean;
  /** Told what reaches central's database, in order. */
  readonly onInput?: (input: CentralInput) => void;
  /** Told once, at the end. */
  readonly onEnd?: (world: World) => void;
}

export class World {
  readonly agenda = new Agenda();
  readonly trace = new Trace();
  readonly checks = new Checks(() => this.agenda.nowMs);
  readonly ledger = new Ledger();
  readonly marks = new Map<string, number>();
  readonly poison: Rid[] = [];
  /** Central's clock is or was wrong. */
  hasWrongClock = false;
  readonly plan: SeedPlan;
  readonly variant: Variant;
  readonly forgetsTombstones: boolean;
  readonly central: SimCentral;
  readonly sites: SimSite[];
  readonly cameras: Cameras;
  readonly people: People;
  readonly losses: Losses;
  readonly cards = new CardWatch(this);
  readonly frames = new FrameWatch(this);
  readonly lists = new ListWatch(this);
  readonly merges = new MergeWatch(this);
  readonly images = new ImageWatch(this);
  readonly desk = new CommandDesk(this);
  readonly watch = new CommandWatch(this);
  private readonly options: WorldOptions;
  private readonly folder: string;

  constructor(plan: SeedPlan, folder: string, options: WorldOptions = {}) {
    this.plan = plan;
    this.options = options;
    this.folder = folder;
    this.variant = options.variant ?? NO_VARIANT;
    this.forgetsTombstones = options.forgetsTombstones ?? true;
    const random = seededRandom(`sim-${plan.seed}`);
    this.central = new SimCentral(this, random.fork("central"));
    this.losses = new Losses(this.checks, this.ledger, this.central.safe, (name) => this.mark(name));
    this.sites = Array.from(
      { length: plan.sites },
      (_, at) => new SimSite(this, at, random.fork(`site ${at}`), `${folder}/site-${at}`, null),
    );
    this.cameras = new Cameras(this, random.fork("cameras"));
    this.people = new People(this, random.fork("people"));
  }

  /** A second machine with a copy of a site's card, and with its key. */
  addTwin(of: SimSite): SimSite {
    const at = this.sites.length;
    const twin = new SimSite(this, at, this.stream(`twin ${at}`), `${this.folder}/site-${at}`, of);
    this.sites.push(twin);
    return twin;
  }

  stream(name: string): SeededRandom {
    return seededRandom(`sim-${this.plan.seed}`).fork(name);
  }

  note(who: string, words: string, bytes?: Uint8Array): void {
    this.trace.note(this.agenda.nowMs, who, words, bytes);
  }

  mark(name: string): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + 1);
  }

  /** Whether anything of a site may look a week old: time was leapt over, or a clock is or was wrong. */
  mayLookOld(site: SimSite): boolean {
    return this.agenda.leaptMs > 0 || this.hasWrongClock || site.clock.wasSet;
  }

  /** Days in which nothing happens: whoever is connected stays so. */
  leap(ms: number): void {
    this.note("time", `${ms} ms go by`);
    this.mark("quiet-days");
    const connected = this.sites.filter((site) => site.process !== null && !site.line.isPartitioned());
    this.central.tables.feeds.keepHearing(new Set(connected.map((site) => site.who.collectorId)), ms);
    this.agenda.leap(ms);
    for (const site of this.sites) if (site.process !== null) doChores(site.process);
  }

  onInput(input: CentralInput): void {
    this.options.onInput?.(input);
  }
}

/** One run of the edge's program on a site: the real store, the real reader, the real clock; it ends by an order or by a death. */
import type { Database } from "better-sqlite3";
import { type EdgeClock, makeEdgeClock } from "../../../edge/clock/edge-clock.ts";
import { followTime, type TimeFollower } from "../../../edge/clock/follow-time.ts";
import { readingOf } from "../../../edge/ingest/reading-of.ts";
import { eventKeyOf, sourceKeyOf } from "../../../edge/ingest/source-key.ts";
import { floorOf } from "../../../edge/log/clock-floor.ts";
import { makeEdgeLogReader } from "../../../edge/log/edge-log-reader.ts";
import { knownFixes } from "../../../edge/log/known-fixes.ts";
import { type HomeLock, lockHome } from "../../../edge/log/lock-home.ts";
import { openReading } from "../../../edge/log/open-database.ts";
import { type EdgeStore, openStore } from "../../../edge/log/open-store.ts";
import type { DetectionStored, EdgeLogReader } from "../../../edge/log/store-port.ts";
import { prepareRows, type StoreRows } from "../../../edge/log/store-rows.ts";
import type { StoreVerb, StoreVerbs } from "../../../edge/log/store-verbs.ts";
import { edgeSource, type SourceDeps } from "../../../edge/sync/edge-source.ts";
import { makeSigner } from "../../../shared/crypto/device-keys.ts";
import { decodeTail } from "../../../shared/log/record.ts";
import type { Rid } from "../../../shared/model/ids.ts";
import type { EdgeSource } from "../../../shared/protocol/edge-flow.ts";
import type { Appointment } from "../agenda.ts";
import { START_MS } from "../faults/plan.ts";
import { randomBytesOf } from "../random-bytes.ts";
import type { CameraMessage } from "../town/workload.ts";
import type { Tail } from "./sim-disk.ts";
import { BATCH_MAX, type SimSite } from "./sim-site.ts";
import { beginChores } from "./site-chores.ts";
import { SiteCommands } from "./site-commands.ts";
import { ANY_HOUR, SitePictures } from "./site-pictures.ts";
import { SiteUplink } from "./site-uplink.ts";

/** Nothing in this release can be older. */
const OFFER_RETRY_MS = 5_000;
const RELEASED_MS = START_MS - 30 * 24 * 3_600_000;

export class SiteProcess {
  isAlive = true;
  private writerFreeMs = 0;
  readonly site: SimSite;
  readonly store: EdgeStore;
  readonly reader: EdgeLogReader;
  readonly rows: StoreRows;
  readonly clock: EdgeClock;
  readonly source: EdgeSource;
  readonly uplink: SiteUplink;
  readonly time: TimeFollower;
  readonly pictures: SitePictures;
  readonly commands: SiteCommands;
  private readonly readDb: Database;
  private readonly lock: HomeLock;

  constructor(site: SimSite) {
    this.site = site;
    const { disk, device, random } = site;
    const { home } = disk;
    this.lock = lockCard(site);
    this.clock = makeEdgeClock({ machine: site.clock, boot: site.boot, floorMs: Math.max(RELEASED_MS, floorOf(home)) });
    const sign = makeSigner(device);
    const bytes = randomBytesOf(random.fork(`store ${site.starts}`));
    const { collectorId } = site.who;
    this.store = openStore({
      home,
      collector: collectorId,
      device: { publicKey: device.publicKey, sign },
      random: bytes,
      now: this.clock.moment,
    });
    site.world.variant.opened(this);
    disk.noteOpened(this.store);
    this.readDb = openReading(home);
    this.rows = prepareRows(this.readDb);
    this.reader = makeEdgeLogReader({ home, db: this.readDb, rows: this.rows, sign, now: this.clock.moment });
    // A site that asks for small batches drains a backlog in them too, as before `drainMax` was known.
    const drain = site.batchMax < BATCH_MAX ? { drainMax: site.batchMax } : {};
    this.source = site.world.variant.source({ ...edgeSource(this.sourceDeps()), ...drain }, this);
    this.time = followTime({
      clock: this.clock,
      known: knownFixes(this.rows),
      append: async (...fix) => this.later(() => void this.command("appendClockFix", ...fix)),
      doubt: (words) => words !== null && site.world.mark("clock-doubt"),
      warn: () => {},
    });
    this.pictures = new SitePictures(this, random.fork(`pictures ${site.starts}`));
    this.later(() => this.offerAgain());
    beginChores(this);
    this.commands = new SiteCommands(this);
    this.uplink = new SiteUplink(this, random.fork(`uplink ${site.starts}`));
  }

  private sourceDeps(): SourceDeps {
    const { clock, site } = this;
    const spool = { bytes: 0, oldestMs: null, freeBytes: null, imagesWaiting: 0 };
    const health = { rssBytes: 0, uptimeSeconds: 0, waitingRecords: 0, version: "simulated" };
    const place = { name: site.name, timeZone: "America/New_York", latitude: null, longitude: null };
    return {
      collectorId: site.who.collectorId,
      apiKey: site.apiKey,
      deviceKeys: site.device,
      reader: this.reader,
      pinned: site.pinned,
      report: () => ({ spool, health, cameras: [], configRevision: this.commands.revision(), site: place, alarms: [] }),
      clockReading: () => ({ wallMs: clock.wallMs(), monoMs: this.monoMs(), quality: clock.quality() }),
      moment: clock.moment,
      imageBudget: ANY_HOUR,
      recordsMax: site.batchMax,
      version: "simulated",
    };
  }

  monoMs(): number {
    return Math.round(this.site.clock.monoMs());
  }

  /** Runs unless this run of the program has ended by then. */
  after(delayMs: number, run: () => void): Appointment {
    return this.site.world.agenda.after(delayMs, () => {
      if (this.isAlive) run();
    });
  }

  /** After the writer thread has come round; its port keeps the order. */
  later(run: () => void): void {
    const { agenda } = this.site.world;
    this.writerFreeMs = Math.max(this.writerFreeMs, agenda.nowMs + this.site.schedule.whole(1, 6));
    this.after(this.writerFreeMs - agenda.nowMs, run);
  }

  /** False when the death that a fault ordered comes before this step of a command. */
  survivesStep(): boolean {
    const { site } = this;
    if (site.stepsToLive === null) return true;
    site.stepsToLive.left -= 1;
    if (site.stepsToLive.left > 0) return true;
    const { doom } = site.stepsToLive;
    site.stepsToLive = null;
    site.world.mark("killed-in-a-command");
    site.die(doom.why, doom.tail, doom.what, doom.downMs);
    return false;
  }

  /** False when the death that a fault ordered comes before this effect. */
  survivesEffect(): boolean {
    if (!this.isAlive) return false;
    const { site } = this;
    if (site.effectsToLive === null) return true;
    site.effectsToLive.left -= 1;
    if (site.effectsToLive.left > 0) return true;
    const { downMs } = site.effectsToLive;
    site.effectsToLive = null;
    site.die("killed at an effect", { kept: 1_000, torn: false }, "process", downMs);
    return false;
  }

  /** One command of the store. Undefined: refused (disk full), or this run died in it and nobody will ever be told. */
  command<Verb extends StoreVerb>(verb: Verb, ...args: Parameters<StoreVerbs[Verb]>): ReturnType<StoreVerbs[Verb]> | undefined {
    if (!this.isAlive) return undefined;
    const { site } = this;
    const doomed = site.doomedCommand;
    const { outcomes, news } = this.store.run([{ verb, args }]);
    const outcome = outcomes[0]!;
    if (doomed !== null && news.some((one) => one.kind === "grown")) {
      site.doomedCommand = null;
      site.world.variant.beforeDoom(this, news);
      site.die(doomed.why, doomed.tail, doomed.what, doomed.downMs);
      return undefined;
    }
    site.disk.noteCommit();
    if (!outcome.ok) {
      site.world.cards.onRefused(this, outcome.words, outcome.bug);
      return undefined;
    }
    site.world.cards.onCommitted(this, news);
    site.world.losses.afterCommand(this);
    for (const one of news) {
      if (one.kind === "grown") this.uplink.session?.handle({ type: "grown", logId: one.logId, next: one.next });
      if (one.kind === "logs") this.uplink.session?.handle({ type: "logs" });
      if (one.kind === "watchlists") this.uplink.session?.handle({ type: "changed" });
    }
    if (news.some((one) => one.kind === "logs")) this.later(() => this.offerAgain());
    return outcome.value as ReturnType<StoreVerbs[Verb]>;
  }

  /** A camera's message, as `edge/ingest` makes a detection of it. Undefined: not answered, the camera will repeat it. */
  capture(message: CameraMessage): DetectionStored | undefined {
    const { camera, capture } = message;
    const kept = this.pictures.keep(capture.pictures);
    if (kept === null) return undefined;
    return this.command("appendDetection", {
      reading: readingOf(camera, capture, kept.images, false),
      sourceKey: this.site.world.variant.sourceKey(sourceKeyOf(capture)),
      eventKey: eventKeyOf(camera, capture),
      moment: this.clock.moment(),
      dropped: kept.dropped,
    });
  }

  /** The rid of the record that was just written for a message: a revision's own, where the camera is answered with its detection's. */
  ridOfNewest(): Rid | null {
    const log = this.rows.logs.activeLogs().find((one) => one.class === "detections");
    const held = log === undefined ? undefined : this.rows.logs.recordAt(log.n, log.head.next - 1);
    return held === undefined ? null : (decodeTail(held.tail)?.rid ?? null);
  }

  /** As the writer thread: records of a log that was left are offered again, a piece at a time between other commands. */
  private offerAgain(): void {
    if (!this.store.isOffering()) return;
    const more = this.command("offerAgain", this.clock.moment());
    if (more === true) this.later(() => this.offerAgain());
    else if (more === undefined) this.after(OFFER_RETRY_MS, () => this.offerAgain());
  }

  /** Closes the files without tidying them up: the writer first, so that no connection moves the WAL into the file. */
  close(how: "orderly" | "death"): void {
    this.isAlive = false;
    this.lock.release();
    if (how === "orderly") {
      this.readDb.close();
      this.store.close();
    } else {
      this.store.db.close();
      this.readDb.close();
    }
  }
}

/** One program per card, as `edge/main.ts`; whoever died before has let go of it. */
function lockCard({ disk, name }: SimSite): HomeLock {
  const locked = lockHome(disk.home);
  if (locked.kind === "in-use") throw new Error(`${name} starts while another program runs on its card`);
  return locked.lock;
}

/** How a run of the program ends before it should. */
export interface Doom {
  readonly why: string;
  readonly tail: Tail;
  readonly what: "process" | "machine";
  readonly downMs: number;
}

/** Everything of one simulated seed, and what is noted, marked and checked whenever something happens in it. */

import type { FeedPosition, StoreNews } from "../../edge/log/store-port.ts";
import { StoredEntries } from "../../edge/log/stored-entries.ts";
import { holdsOp } from "../../shared/crdt/overlay.ts";
import { decodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { decodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import { decodeTail, RECORD_KINDS, SALT_BYTES, sameBytes } from "../../shared/log/record.ts";
import { bytesToHex, type ListId, type LogId, type Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import type { EdgeSessionState } from "../../shared/protocol/edge-session-state.ts";
import type { Append, DownFrame, UpFrame, WelcomeLog } from "../../shared/protocol/frames.ts";
import type { TreeNews } from "../../shared/protocol/tree-watch.ts";
import { type SeededRandom, seededRandom } from "../demo/town/seeded-random.ts";
import { Agenda } from "./agenda.ts";
import type { MergeOutcome } from "./central/central-tables.ts";
import type { Registered } from "./central/registered.ts";
import { SimCentral } from "./central/sim-central.ts";
import type { CentralInput } from "./differential/central-input.ts";
import type { SeedPlan } from "./faults/plan.ts";
import { SimSite } from "./site/sim-site.ts";
import { doChores } from "./site/site-chores.ts";
import type { SiteProcess } from "./site/site-process.ts";
import { CommandDesk } from "./town/command-desk.ts";
import { Cameras, People } from "./town/workload.ts";
import { Trace } from "./trace.ts";
import { NO_VARIANT, type Variant } from "./variant.ts";
import { CommandWatch } from "./verdict/command-watch.ts";
import { ImageWatch } from "./verdict/image-watch.ts";
import { Checks } from "./verdict/invariants.ts";
import { Ledger } from "./verdict/ledger.ts";
import { Losses } from "./verdict/losses.ts";
import {
  checkDown,
  checkEnded,
  checkMerged,
  checkSession,
  checkStamps,
  checkUp,
  checkUrgentLeft,
  HlcWatch,
} from "./verdict/step-checks.ts";

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
  readonly images = new ImageWatch(this);
  readonly desk = new CommandDesk(this);
  readonly watch = new CommandWatch(this);
  private readonly hlcs = new HlcWatch();
  private readonly options: WorldOptions;
  private readonly folder: string;
  /** Edits made at a site, by its card; and those that a feed carried at some time. */
  private readonly ownOps = new Map<string, readonly EntryOp[]>();
  private readonly everPublished = new Set<Rid>();
  private readonly lastNext = new Map<LogId, number>();

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

  onStarted(process: SiteProcess): void {
    const { site } = process;
    this.note(site.name, `starts, boot ${site.boot}`);
    for (const log of this.ledger.logs.values()) {
      if (log.site !== site.index) continue;
      if (process.rows.logs.logById(log.logId) === undefined) this.ledger.gone(log);
      else this.reconcile(process, log.logId);
    }
    for (const own of process.reader.logs()) this.reconcile(process, own.logId);
    if (site.wasDamaged) {
      this.losses.sweep(process);
      if (site.disk.wasPutAside()) this.mark("file-salvaged");
    }
    site.wasDamaged = false;
    this.losses.settle(process);
    site.isOldCopy = false;
    this.images.started(process);
    for (const { list, part, checksum, cursor, generation } of process.rows.lists.all()) {
      const sound = sameBytes(new StoredEntries(process.rows.lists, part).checksum(), checksum);
      this.checks.check(16, sound, () => `${site.name}: list ${list} at ${generation} ${cursor} is not what it was before the crash`);
    }
  }

  /** What the card holds after a start: a commit nobody was told of is there, and what was told of must be. */
  private reconcile(process: SiteProcess, logId: LogId): void {
    const log = this.ledger.logOf(logId, process.site.index);
    const stored = process.rows.logs.logById(logId)!;
    let same = Math.min(log.records.length, stored.head.next);
    const differs = (seq: number): boolean => {
      const hash = process.rows.logs.hashAt(stored.n, seq);
      return hash !== undefined && bytesToHex(hash) !== log.records[seq]!.hash;
    };
    while (same > 0 && differs(same - 1)) same -= 1;
    if (same < log.records.length) {
      this.mark("card-lost-records");
      this.ledger.truncated(log, same, process.site.isOldCopy);
    }
    this.takeNew(process, logId);
  }

  /** Records that are durable now and were not known. */
  private takeNew(process: SiteProcess, logId: LogId): void {
    const log = this.ledger.logOf(logId, process.site.index);
    const stored = process.rows.logs.logById(logId)!;
    for (let seq = log.records.length; seq < stored.head.next; seq++) {
      const held = process.rows.logs.recordAt(stored.n, seq);
      if (held === undefined) {
        // A copied card is read from its beginning, and holds what was deleted no more than its model did.
        const copied = seq < stored.first ? this.ledger.copyOf(logId, process.site.index)?.records[seq] : undefined;
        this.checks.check(4, copied !== undefined, () => `${process.site.name}: record ${seq} of log ${logId} was deleted unseen`);
        if (copied === undefined) return;
        this.ledger.durable(log, seq, copied);
        continue;
      }
      const { tail, payload, hash } = held;
      const { rid, kind } = decodeTail(tail)!;
      this.ledger.durable(log, seq, { rid, kind, hash: bytesToHex(hash) });
      this.note(process.site.name, `durable ${seq} ${logId} kind ${kind}`, hash);
      if (payload !== null) this.losses.noteRecord(process.site.index, { logId, seq }, kind, payload);
      if (kind === RECORD_KINDS["entry-op"] && payload !== null) {
        const op = decodeEntryOp(rid, payload.subarray(SALT_BYTES));
        if (op !== undefined) this.hlcs.check(this.checks, process.site.actor(), op.hlc);
      }
    }
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

  onCommitted(process: SiteProcess, news: readonly StoreNews[]): void {
    for (const one of news) {
      if (one.kind === "grown") this.takeNew(process, one.logId);
      if (one.kind === "grown" && this.isUrgent(process, one.logId)) {
        const { logId, next } = one;
        process.after(251, () => checkUrgentLeft(this.checks, process, logId, next));
      }
      if (one.kind === "detection" && one.raised.length > 0) {
        this.mark("alert");
        this.ledger.raised(process.site.index, one.pass);
      }
    }
  }

  private isUrgent(process: SiteProcess, logId: LogId): boolean {
    return process.reader.logs().some((log) => log.logId === logId && log.class === "urgent");
  }

  onRefused(process: SiteProcess, words: string, bug: string | null): void {
    this.mark("store-refused");
    this.note(process.site.name, `refused: ${words}`);
    if (bug !== null) this.checks.check(24, false, () => `${process.site.name}: the store failed with a bug: ${bug.slice(0, 500)}`);
  }

  onUp(process: SiteProcess, core: EdgeSessionState, frame: UpFrame, bytes: Uint8Array): void {
    this.note(process.site.name, describe(frame), bytes);
    this.mark(`up-${frame.type}`);
    checkUp(this.checks, process, core, frame, this.ledger);
  }

  onDown(central: SimCentral, who: Registered, frame: DownFrame, bytes: Uint8Array): void {
    this.note("central", `${describe(frame)} for ${who.collectorId.slice(-2)}`, bytes);
    this.mark(frame.type === "rewind" ? `rewind-${frame.why}` : frame.type === "error" ? `error-${frame.code}` : `down-${frame.type}`);
    checkDown(this.checks, frame, central);
  }

  onReceived(process: SiteProcess, frame: DownFrame): void {
    if (frame.type !== "ack" && frame.type !== "beat") return;
    const credits = frame.type === "ack" ? [frame] : frame.logs;
    if (credits.some(({ credit }) => credit.bytesOutstanding === 0)) this.mark("credit-zero");
    if (frame.type !== "ack") return;
    this.ledger.noteAcknowledged(frame.logId, process.site.index, frame.next);
  }

  onWelcomed(process: SiteProcess, logs: readonly WelcomeLog[]): void {
    this.mark("welcome");
    for (const { logId, next, head } of logs) {
      if (next < (this.lastNext.get(logId) ?? 0)) this.mark("central-lower");
      this.lastNext.set(logId, next);
      const log = this.ledger.find(logId, process.site.index);
      if (next < (log?.acked ?? 0)) this.mark("sent-again-after-ack");
      // A bundle may have brought them, whose receipt never came.
      if (log?.records[next - 1]?.hash === bytesToHex(head)) this.ledger.noteAcknowledged(logId, process.site.index, next);
    }
  }

  onInput(input: CentralInput): void {
    this.options.onInput?.(input);
  }

  onMerge(central: SimCentral, append: Append, outcome: MergeOutcome, direct: boolean): void {
    if (outcome.kind !== "merged") return this.mark(outcome.kind === "other" ? `merge-${outcome.verdict.kind}` : outcome.kind);
    const { merged } = outcome;
    this.mark("merge");
    checkMerged(this.checks, merged);
    if (direct) checkSession(this.checks, append, merged);
    checkStamps(this.checks, merged, central);
    checkEnded(this.checks, merged.projection.entryOps, central);
    this.onPublished(merged.projection.entryOps);
    if (merged.projection.errors.length > 0) this.mark("projection-error");
  }

  private onPublished(ops: readonly EntryOp[]): void {
    for (const op of ops) this.everPublished.add(op.rid);
  }

  /** A release that understands them has projected records that were set aside. */
  onRetried(count: number, ops: readonly EntryOp[]): void {
    if (count > 0) this.mark("projected-after-upgrade");
    this.onPublished(ops);
    if (ops.length > 0) this.central.feedsChanged();
  }

  /** 23: who has seen a larger tree than the one that central begins its new life with must notice. */
  onRestored(treeSize: number): void {
    for (const site of this.sites) if ((site.witness()?.size ?? 0) > treeSize) site.mustNotice = true;
  }

  /** What a tree head meant for a site; kept on its card already. */
  onTree(process: SiteProcess, news: TreeNews): void {
    const { site } = process;
    this.mark(`tree-${news.kind}`);
    if (news.kind === "restored" || news.kind === "fork") site.mustNotice = false;
    this.checks.check(23, news.kind !== "unsigned", () => `${site.name}: central's own tree head is not signed by it`);
    // An answer that overtakes a newer one, as no socket lets it, shows the smaller tree last.
    if (site.line.letsOvertake) return;
    const isFalse = news.kind === "fork" && !site.metClone;
    this.checks.check(23, !isFalse, () => `${site.name}: LOG_FORK though central has one history${isFalse ? ` (${news.why})` : ""}`);
  }

  onLeft(process: SiteProcess, logId: LogId, why: string): void {
    this.mark(`left-${why}`);
    this.ledger.logOf(logId, process.site.index).left = true;
    this.note(process.site.name, `leaves log ${logId}: ${why}`);
  }

  onLogRefused(process: SiteProcess, logId: LogId, detail: string): void {
    this.mark("log-refused");
    this.note(process.site.name, `log ${logId} is refused: ${detail}`);
  }

  /** 12: where cursors are equal, checksums are, unless a card of this site lost something of the list. */
  onFeedApplied(process: SiteProcess, position: FeedPosition, told: Uint8Array | null): void {
    const { list, cursor, generation, checksum } = position;
    if (process.site.damaged.has(list)) return this.mark("damaged-list-heals");
    if (process.site.metClone) return this.mark("list-of-two-centrals");
    const where = (): string => `${process.site.name}: list ${list} at ${cursor} has another checksum`;
    if (told !== null) this.checks.check(12, sameBytes(checksum, told), where);
    if (generation !== this.central.incarnation) return;
    const known = this.central.tables.feeds.feeds.get(list)?.ops[cursor - 1]?.checksum;
    if (known !== undefined) this.checks.check(12, sameBytes(checksum, known), where);
  }

  /** 25: what everybody has passed is gone here too, unless an own edit lies on it. */
  onForgotten(process: SiteProcess, list: ListId, horizon: number): void {
    const { lists } = process.rows;
    const isGone = lists.ownOpsOf(list).length > 0 || lists.goneBelow(list, horizon, 1).length === 0;
    this.checks.check(25, isGone, () => `${process.site.name}: list ${list} keeps tombstones below ${horizon}`);
  }

  /**
   * 15: a snapshot takes no own op away that no feed has brought back yet, unless it would change nothing any more: a later delete of
   * another site covers an own one. One whose record a damaged card lost counts no longer.
   */
  onSnapshot(process: SiteProcess, position: FeedPosition, bytes: Uint8Array): void {
    this.onFeedApplied(process, position, null);
    const snapshot = decodeSnapshot(bytes);
    const own = new Set(process.rows.lists.ownOpsOf(position.list).map((one) => one.rid));
    const published = this.everPublished;
    for (const op of this.ownOps.get(process.site.actor()) ?? []) {
      if (op.list !== position.list || published.has(op.rid)) continue;
      const isShown = snapshot?.included.has(op.rid) === true || holdsOp(snapshot?.state.entries.get(op.entry), op, op.hlc);
      const holds = own.has(op.rid) || isShown || this.ledger.isDamaged(op.rid, process.site.index);
      this.checks.check(15, holds, () => `${process.site.name}: its own edit ${op.rid} of list ${op.list} went with a snapshot`);
    }
  }

  /** 15: an edit counts at once on the site that made it. */
  onEdit(site: SimSite, op: EntryOp): void {
    this.note(site.name, `edits list ${op.list}, causal length ${op.causalLength}`);
    this.mark("edit");
    const key = site.actor();
    this.ownOps.set(key, [...(this.ownOps.get(key) ?? []), op]);
    if (site.process === null) return;
    const shown = site.process.rows.lists.entryOf(op.list, op.entry);
    const isRight = (op.causalLength % 2 === 1) === (shown !== undefined);
    this.checks.check(15, isRight, () => `${site.name}: its own edit ${op.rid} does not show`);
  }

  onCentralEdit(op: EntryOp): void {
    this.note("central", `edits list ${op.list}, causal length ${op.causalLength}`);
    this.onInput({ kind: "edit", op, atMs: this.central.nowMs() });
    checkEnded(this.checks, [op], this.central);
    this.hlcs.check(this.checks, "central", op.hlc);
  }
}

function describe(frame: UpFrame | DownFrame): string {
  switch (frame.type) {
    case "append":
      return `APPEND ${frame.logId.slice(0, 6)} ${frame.fromSeq}+${frame.count}`;
    case "ack":
      return `ACK ${frame.logId.slice(0, 6)} ${frame.next}`;
    case "rewind":
      return `REWIND ${frame.logId.slice(0, 6)} ${frame.next} ${frame.why}`;
    case "error":
      return `ERROR ${frame.code}`;
    case "delta":
      return `DELTA ${frame.from}-${frame.to}`;
    default:
      return frame.type.toUpperCase();
  }
}

/** Central as one process: connections driven by the production core, merges that take their time, backups, restores, deaths. */
import { type CentralIdentity, identityOf } from "../../../central/integrity/central-identity.ts";
import { understandRecords } from "../../../central/merge/understand-records.ts";
import { signingKeysFromSeed, verifySignature } from "../../../shared/crypto/device-keys.ts";
import { grantCredit } from "../../../shared/flow/credits.ts";
import { sameBytes } from "../../../shared/log/record.ts";
import { bytesToHex, type CollectorId, hexId, type Incarnation, type LogId, type SessionId } from "../../../shared/model/ids.ts";
import { type CentralEvent, type MergeAnswer, refusal, type StandingFeed } from "../../../shared/protocol/central-session.ts";
import type { Append, Beat, Heartbeat, Hello, TreeHead, Welcome } from "../../../shared/protocol/frames.ts";
import { CREDIT_BYTES, CREDIT_RECORDS, HEARTBEAT_MS, PROTOCOL_MAX } from "../../../shared/protocol/limits.ts";
import { helloSignedBytes, UNKNOWN_CENTRAL } from "../../../shared/protocol/signed-bytes.ts";
import { isSignedHead } from "../../../shared/protocol/tree-head.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { CentralInput } from "../differential/central-input.ts";
import { understandAsOldest } from "../faults/oldest-form.ts";
import { START_MS } from "../faults/plan.ts";
import { randomBytesOf } from "../random-bytes.ts";
import { SafeCursors } from "../verdict/safe-cursors.ts";
import type { World } from "../world.ts";
import { OpenConnection, type Port } from "./central-connection.ts";
import { CentralImages } from "./central-images.ts";
import { type CentralLog, CentralTables } from "./central-tables.ts";
import type { Registered } from "./registered.ts";

const BUSY_RETRY_MS = 2_000;
const OPEN_RETRY_MS = 5_000;
const UPGRADE_MS = 5_000;

export interface Backup {
  readonly tables: CentralTables;
  readonly atMs: number;
  readonly cursors: ReadonlyMap<LogId, number>;
  readonly incarnation: Incarnation;
}

export interface CentralConnection {
  readonly receive: (bytes: Uint8Array) => void;
  readonly lost: () => void;
}

export class SimCentral {
  tables: CentralTables;
  incarnation: Incarnation;
  readonly identity: CentralIdentity;
  readonly images: CentralImages;
  readonly backups: Backup[] = [];
  isUp = true;
  databaseAwayUntilMs = 0;
  noCreditUntilMs = 0;
  restores = 0;
  clockWrongByMs = 0;
  /** For the checks alone: how much of each log two backups have ever held, and what was put back behind that. */
  readonly safe = new SafeCursors();
  /** The program is of the oldest release. */
  isOlder = false;
  private readonly world: World;
  private readonly random: SeededRandom;
  /** Of which this one is a copy. */
  private readonly original: SimCentral | null;
  private readonly connections = new Set<OpenConnection>();
  private lifeNumber = 0;
  private bornByWitness = 0;

  constructor(world: World, random: SeededRandom, original: SimCentral | null = null) {
    this.world = world;
    this.random = random;
    this.original = original;
    this.tables = new CentralTables(world.variant.knowsRids);
    this.identity = original?.identity ?? identityOf(signingKeysFromSeed(randomBytesOf(random.fork("identity"))(32)));
    this.incarnation = this.newIncarnation();
    this.images = new CentralImages(world, random.fork("images"));
  }

  private newIncarnation(): Incarnation {
    return hexId<Incarnation>(randomBytesOf(this.random.fork(`incarnation ${this.restores}`))(16));
  }

  /** A second central with this one's keys, of its machine as it runs or of its newest backup; null when there is none. */
  clone(copyOf: "machine" | "backup", life: "same" | "new", random: SeededRandom): SimCentral | null {
    const from = copyOf === "machine" ? this : this.backups.at(-1);
    if (from === undefined) return null;
    const clone = new SimCentral(this.world, random, this);
    clone.tables = from.tables.copy();
    clone.backups.push(...this.backups);
    if (life === "same") clone.incarnation = from.incarnation;
    return clone;
  }

  nowMs(): number {
    return START_MS + this.world.agenda.nowMs + this.clockWrongByMs;
  }

  /** Another release is installed: the program starts again with it. */
  becomeOlder(isOlder: boolean): void {
    this.isOlder = isOlder;
    this.die(UPGRADE_MS);
  }

  life(): number {
    return this.lifeNumber;
  }

  connect(who: Registered, port: Port): CentralConnection {
    const connection = new OpenConnection(this.world, this, who, port, this.random);
    this.connections.add(connection);
    return {
      receive: (bytes) => connection.receive(bytes),
      lost: () => void this.connections.delete(connection),
    };
  }

  /** One HTTP exchange: a session alive for this request only, each frame answered before the next is looked at. */
  exchange(who: Registered, frames: readonly Uint8Array[]): Uint8Array[] {
    const answers: Uint8Array[] = [];
    let closed = false;
    const port: Port = {
      send: (bytes) => void answers.push(bytes),
      close: () => {
        closed = true;
      },
    };
    const connection = new OpenConnection(this.world, this, who, port, null);
    for (const frame of frames) if (!closed) connection.receive(frame);
    return answers;
  }

  /** The process dies: merges under way were never committed, every connection is gone. */
  die(downMs: number): void {
    this.isUp = false;
    this.lifeNumber += 1;
    for (const connection of this.connections) connection.end();
    this.connections.clear();
    this.images.onDeath();
    const life = this.lifeNumber;
    this.world.agenda.after(downMs, () => {
      this.isUp = true;
      if (this.isOlder || life !== this.lifeNumber) return;
      const { count, entryOps } = this.tables.retry();
      this.world.merges.onRetried(count, entryOps);
    });
  }

  /** A copy that nobody starts again. */
  end(): void {
    this.die(0);
    this.world.agenda.after(0, () => {
      this.isUp = false;
    });
  }

  takeBackup(): void {
    const cursors = new Map([...this.tables.logs.values()].map((log) => [log.logId, log.next] as const));
    this.backups.push({ tables: this.tables.copy(), atMs: this.world.agenda.nowMs, cursors, incarnation: this.incarnation });
    this.safe.backedUp(this.backups.at(-2)?.cursors);
    const second = this.backups.at(-this.world.variant.durableBackup);
    if (second === undefined) return;
    for (const log of this.tables.logs.values()) {
      const durable = Math.max(log.durable, Math.min(log.next, second.cursors.get(log.logId) ?? 0));
      if (durable > log.durable) this.tables.logs.set(log.logId, { ...log, durable });
    }
  }

  /** Only from a backup that was taken; the newer ones belong to a life that is over. */
  restore(which: 0 | 1, downMs: number): boolean {
    const backup = this.backups.at(-1 - which);
    if (backup === undefined) return false;
    this.restores += 1;
    this.backups.length = this.backups.indexOf(backup) + 1;
    if (this.safe.putBack(backup.cursors)) this.world.mark("restored-past-two-backups");
    this.tables = backup.tables.copy();
    this.incarnation = this.newIncarnation();
    this.world.merges.onRestored(this.tables.tree.size);
    this.die(downMs);
    return true;
  }

  headsOf(site: string): StandingFeed[] {
    return this.tables.feeds.headsOf(site, this.incarnation);
  }

  /** A command was made: sent at once where its site is connected, else with WELCOME or BEAT. */
  commandsMade(collectorId: CollectorId): void {
    for (const connection of this.connections) if (connection.who.collectorId === collectorId) connection.commandsMade();
  }

  dueCommands({ collectorId }: Registered, deviceKey: string, session: SessionId): CentralEvent | null {
    if (this.isAway()) return null;
    const { tables } = this;
    const isConfirmed = (key: string): boolean => tables.isConfirmed(collectorId, key);
    return { type: "commands", commands: tables.commands.takeDue({ collectorId, deviceKey, session }, this.nowMs(), isConfirmed) };
  }

  /** A feed has grown: every open session of the sites it names is told, as central's watch does within 25 ms. */
  feedsChanged(): void {
    for (const connection of this.connections) connection.feedsChanged();
  }

  credit(log: CentralLog) {
    const none = this.world.agenda.nowMs < this.noCreditUntilMs;
    return grantCredit(log.next, none ? 0 : CREDIT_RECORDS, none ? 0 : CREDIT_BYTES);
  }

  isAway(): boolean {
    return this.world.agenda.nowMs < this.databaseAwayUntilMs;
  }

  openSession(who: Registered, hello: Hello): CentralEvent {
    if (this.isAway()) {
      const busy = refusal("busy", "", "Central's database is not available.", true);
      return { type: "refused", error: { ...busy, retryAfterMs: OPEN_RETRY_MS } };
    }
    const { tables } = this;
    const keys = tables.deviceKeys.get(who.collectorId) ?? [];
    const key = bytesToHex(hello.deviceKey);
    const isSignedFor = (centralId: typeof UNKNOWN_CENTRAL): boolean =>
      verifySignature(
        hello.deviceKey,
        helloSignedBytes({ session: hello.session, collectorId: who.collectorId, centralId, apiKeyDigest: who.apiKeyDigest }),
        hello.signature,
      );
    const bound = keys.filter((one) => one.confirmed);
    const mayNotKnowUs = bound.length === 0 || bound.some((one) => one.key === key);
    if (!isSignedFor(this.identity.centralId) && !(mayNotKnowUs && isSignedFor(UNKNOWN_CENTRAL))) {
      return { type: "refused", error: refusal("unauthorised", "signature", "HELLO is not signed for this central.", false) };
    }
    this.bindKey(who, key);
    this.hearWitness(hello.seen);
    this.tell({
      kind: "hello",
      collectorId: who.collectorId,
      deviceKey: key,
      confirmed: tables.deviceKeys.get(who.collectorId)!.some((one) => one.key === key && one.confirmed),
      logs: hello.logs.map((log) => log.logId),
      session: hello.session,
      atMs: this.nowMs(),
    });
    this.hearReplicas(who, hello.feeds);
    const logs = tables.openLogs(
      who.collectorId,
      hello.logs.map((log) => log.logId),
      hello.session,
    );
    const welcome: Welcome = {
      type: "welcome",
      protocol: PROTOCOL_MAX,
      centralKeys: [this.identity.publicKey, this.identity.boxKey],
      incarnation: this.incarnation,
      treeHead: this.treeHead(),
      logs: logs.map((log) => ({
        logId: log.logId,
        next: log.next,
        head: log.head,
        durable: log.durable,
        status: log.status,
        credit: this.credit(log),
      })),
      clock: [hello.clock.wallMs, this.nowMs(), this.nowMs()],
      heartbeatMs: HEARTBEAT_MS,
      feeds: this.headsOf(who.site),
      wantedConfigRevision: this.hearRevision(who, hello),
    };
    return { type: "opened", welcome, feeds: this.headsOf(who.site) };
  }

  /** What only the real central's database is asked to hold. */
  private tell(input: CentralInput): void {
    if (this.original === null) this.world.onInput(input);
  }

  /** As `central/integrity/hear-witness.ts`: a larger tree of this life can only be one that this database has lost. */
  private hearWitness(seen: TreeHead | null): void {
    if (this.isOlder || seen === null || seen.incarnation !== this.incarnation) return;
    if (!isSignedHead(seen, this.identity.publicKey)) return;
    const root = this.tables.tree.rootOf(seen.size);
    if (root !== null && sameBytes(root, seen.root)) return;
    if (root !== null) return this.world.mark("central-sees-fork");
    this.world.mark("life-by-witness");
    this.bornByWitness += 1;
    this.incarnation = hexId<Incarnation>(randomBytesOf(this.random.fork(`life ${this.bornByWitness}`))(16));
    this.world.agenda.after(1_000, () => this.feedsChanged());
  }

  /** The first device key of a collector is bound; each later one waits for a person. */
  private bindKey({ collectorId }: Registered, key: string): void {
    const keys = this.tables.deviceKeys.get(collectorId) ?? [];
    if (!keys.some((one) => one.key === key)) this.tables.deviceKeys.set(collectorId, [...keys, { key, confirmed: keys.length === 0 }]);
  }

  /** A bundle's manifest was held to what HELLO is held to. */
  admitCarried(who: Registered, deviceKey: string): void {
    this.bindKey(who, deviceKey);
    const confirmed = this.tables.isConfirmed(who.collectorId, deviceKey);
    this.tell({ kind: "bundle", collectorId: who.collectorId, deviceKey, confirmed, atMs: this.nowMs() });
  }

  beginCarriedLog({ collectorId }: Registered, logId: LogId): void {
    this.tables.beginCarriedLog(collectorId, logId);
    this.tell({ kind: "carried-log", collectorId, logId, atMs: this.nowMs() });
  }

  /** `direct`: by a session; a carrier proves nothing by one. */
  merge(who: Registered, append: Append, direct: boolean): MergeAnswer {
    if (this.isAway()) return { kind: "busy", retryAfterMs: BUSY_RETRY_MS };
    const outcome = this.tables.merge(
      who.collectorId,
      append,
      direct,
      this.nowMs(),
      who.site,
      this.isOlder ? understandAsOldest : understandRecords,
    );
    this.world.merges.onMerge(this, append, outcome, direct);
    this.tell({ kind: "append", collectorId: who.collectorId, append, direct, atMs: this.nowMs() });
    if (outcome.kind === "unknown-log") return outcome;
    if (outcome.kind === "other") {
      const { log, verdict } = outcome;
      if (verdict.kind === "fenced") return verdict;
      if (verdict.kind === "rewind") return { kind: "rewind", why: verdict.why, next: log.next, head: log.head, pairs: outcome.pairs };
      return this.standing(log, []);
    }
    const { log, projection } = outcome.merged;
    if (projection.entryOps.length > 0) this.world.agenda.after(25, () => this.feedsChanged());
    return this.standing(
      log,
      projection.errors.map(({ seq }) => [seq, "not-understood"] as const),
    );
  }

  private standing(log: CentralLog, notes: readonly (readonly [number, string])[]): MergeAnswer {
    return { kind: "at", next: log.next, head: log.head, durable: log.durable, credit: this.credit(log), notes };
  }

  private treeHead(): TreeHead | null {
    return this.tables.tree.head(this.identity, this.incarnation, this.nowMs());
  }

  private hearReplicas(who: Registered, feeds: Hello["feeds"]): void {
    const { forgetsTombstones, variant } = this.world;
    if (!forgetsTombstones) return;
    const { forgotten, wasStale } = this.tables.feeds.hear(who, feeds, this.incarnation, this.nowMs(), variant.horizonOf);
    if (forgotten > 0) this.world.mark("tombstone-forgotten");
    if (wasStale) this.world.mark("stale-replica");
  }

  private hearRevision({ collectorId }: Registered, { configRevision }: Pick<Hello, "configRevision">): number {
    const { commands } = this.tables;
    commands.running.set(collectorId, configRevision);
    return commands.wanted.get(collectorId) ?? 0;
  }

  hear(who: Registered, heartbeat: Heartbeat, logs: readonly LogId[]): Beat | null {
    if (this.isAway()) return null;
    this.hearReplicas(who, heartbeat.feeds);
    const held = logs.map((id) => this.tables.logs.get(id)).filter((log) => log !== undefined);
    return {
      type: "beat",
      clock: [heartbeat.clock.wallMs, this.nowMs(), this.nowMs()],
      feeds: this.headsOf(who.site),
      logs: held.map((log) => ({ logId: log.logId, durable: log.durable, credit: this.credit(log) })),
      wantedConfigRevision: this.hearRevision(who, heartbeat),
      treeHead: this.treeHead(),
    };
  }
}

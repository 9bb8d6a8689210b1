/** One site: its machine, its card, its cameras' unanswered messages, and the run of the program on it, if there is one. */

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import type { PinnedCentral } from "../../../edge/sync/pinned-central.ts";
import { type SigningKeys, signingKeysFromSeed } from "../../../shared/crypto/device-keys.ts";
import { sameBytes } from "../../../shared/log/record.ts";
import { type BootId, bytesToHex, type CameraId, type CollectorId, type ListId, uuid } from "../../../shared/model/ids.ts";
import { siteListId } from "../../../shared/model/site-list-id.ts";
import type { TreeHead } from "../../../shared/protocol/frames.ts";
import { centralIdOf, UNKNOWN_CENTRAL } from "../../../shared/protocol/signed-bytes.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { Registered } from "../central/registered.ts";
import { SimLine } from "../line/sim-network.ts";
import { randomBytesOf } from "../random-bytes.ts";
import type { CameraMessage } from "../town/workload.ts";
import type { World } from "../world.ts";
import { SimCard } from "./sim-card.ts";
import { type CardCopy, SimDisk, type Tail } from "./sim-disk.ts";
import { SiteClock } from "./site-clock.ts";
import type { PictureDoom } from "./site-pictures.ts";
import { type Doom, SiteProcess } from "./site-process.ts";

/** Records of one APPEND, unless a config says otherwise. */
export const BATCH_MAX = 50;
const hexOf = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");

export class SimSite {
  readonly index: number;
  /** Which site's collector, keys and cameras it has: another's for a twin. */
  readonly identity: number;
  /** A second machine with this one's card and key. */
  twin: SimSite | null = null;
  /** Lists that lost a row on a card of this site: they may differ until central sends them again. */
  readonly damaged = new Set<string>();
  /** The next start finds an older copy of the card. */
  isOldCopy = false;
  /** The next start may find rows of the store's file missing. */
  wasDamaged = false;
  readonly name: string;
  readonly who: Registered;
  readonly apiKey: string;
  readonly cameras: readonly CameraId[];
  readonly list: ListId;
  readonly clock: SiteClock;
  readonly disk: SimDisk;
  readonly card = new SimCard();
  /** Records of one APPEND, as the site's config has it. */
  batchMax = BATCH_MAX;
  readonly line: SimLine;
  readonly world: World;
  readonly random: SeededRandom;
  readonly schedule: SeededRandom;
  device: SigningKeys;
  pinned: PinnedCentral;
  boot: BootId;
  process: SiteProcess | null = null;
  hasPower = true;
  starts = 0;
  effectsToLive: { left: number; readonly downMs: number } | null = null;
  doomedCommand: Doom | null = null;
  doomedPicture: PictureDoom | null = null;
  /** Steps of commands of central until the program dies. */
  stepsToLive: { left: number; readonly doom: Doom } | null = null;
  fullUntilMs = 0;
  picturesFullUntilMs = 0;
  /** Central was put back behind what this card has seen of its tree. */
  mustNotice = false;
  /** It has spoken with a copy of central that lived the same life: two histories under one name. */
  metClone = false;
  /** The program is of the oldest release. */
  isOlder = false;
  private cards = 0;

  constructor(world: World, index: number, random: SeededRandom, folder: string, twinOf: SimSite | null) {
    this.world = world;
    this.index = index;
    this.name = twinOf === null ? `site ${index + 1}` : `twin of ${twinOf.name}`;
    this.random = random;
    this.schedule = random.fork("schedule");
    const identity = twinOf?.identity ?? index;
    this.identity = identity;
    const collectorId = uuid<CollectorId>(`01990000-0000-7000-8000-${hexOf(identity + 1, 12)}`);
    this.apiKey = `alpr_simulated_${identity}`;
    const apiKeyDigest = new Uint8Array(createHash("sha256").update(this.apiKey).digest());
    this.who = { collectorId, site: uuid(`01990000-0000-7000-9000-${hexOf(identity + 1, 12)}`), apiKeyDigest };
    this.cameras = [1, 2].map((camera) => uuid<CameraId>(`01990000-0000-7000-a000-${hexOf(identity * 16 + camera, 12)}`));
    this.list = siteListId(collectorId);
    this.clock = new SiteClock(world.agenda);
    this.disk = new SimDisk(folder);
    this.line = new SimLine(world, this.who, random.fork("line"));
    this.device = twinOf?.device ?? this.newDevice();
    this.pinned = twinOf?.pinned ?? pinnedInMemory();
    this.boot = this.newBoot();
    this.clock.boot();
  }

  /** Whether another machine runs with a copy of this card. */
  sharesCard(): boolean {
    return this.twin !== null || this.identity !== this.index;
  }

  /** Whose stamps must increase: this card, until it is put back to an older copy. */
  actor(): string {
    return `${this.name}, card ${this.cards}`;
  }

  /** The largest tree head that this card holds; null as well while nothing runs. */
  witness(): TreeHead | null {
    return this.process?.rows.tree.witness(this.pinned.centralId()) ?? null;
  }

  private newDevice(): SigningKeys {
    return signingKeysFromSeed(randomBytesOf(this.random.fork(`device ${this.cards}`))(32));
  }

  private newBoot(): BootId {
    return bytesToHex(randomBytesOf(this.random.fork(`boot ${this.starts}`))(8)) as BootId;
  }

  /** Starts the program, if there is power and it does not run. */
  start(): void {
    if (this.process !== null || !this.hasPower) return;
    this.starts += 1;
    const process = new SiteProcess(this);
    this.process = process;
    this.world.cards.onStarted(process);
    if (this.world.agenda.nowMs < this.fullUntilMs) this.fillDisk();
    this.makeList(process);
  }

  /** The list that the site keeps itself, as `edge/make-site-list.ts` makes it at the first start. */
  private makeList(process: SiteProcess): void {
    if (process.rows.lists.all().some((known) => known.list === this.list)) return;
    this.world.people.makeSiteList(process);
  }

  /** Ends the program in good order. */
  stop(): void {
    this.process?.close("orderly");
    this.process = null;
    this.line.cut();
  }

  /** The program dies, or the machine under it; it comes back after `downMs`. */
  die(why: string, tail: Tail, what: "process" | "machine", downMs: number): void {
    const { process } = this;
    if (process === null) return;
    this.world.note(this.name, `${why}, down for ${Math.round(downMs / 1000)} s`);
    this.process = null;
    const before = this.disk.home;
    this.disk.crash(tail, this.random.fork(`crash ${this.starts}`));
    process.close("death");
    if (process.uplink.session !== null && what === "process") this.line.cut();
    else this.line.halfOpen("both");
    this.disk.forget(before);
    if (what === "machine") this.newPower();
    this.world.agenda.after(downMs, () => this.start());
  }

  private newPower(): void {
    this.boot = this.newBoot();
    this.clock.boot();
  }

  /** A new card in the same place: new key, new logs; central's keys are given by whoever sets it up. */
  reflash(downMs: number): void {
    const before = this.disk.home;
    this.line.halfOpen("both");
    this.process?.close("death");
    this.process = null;
    this.cards += 1;
    this.mustNotice = false;
    this.disk.replace();
    this.disk.forget(before);
    this.device = this.newDevice();
    this.newPower();
    this.world.agenda.after(downMs, () => this.start());
  }

  /** An older copy of the card is put in: what was written since is gone from it. */
  putBack(copy: CardCopy, downMs: number): void {
    const before = this.disk.home;
    this.line.halfOpen("both");
    this.process?.close("death");
    this.process = null;
    this.cards += 1;
    this.mustNotice = false;
    this.disk.putBack(copy);
    this.disk.forget(before);
    this.isOldCopy = true;
    this.newPower();
    this.world.agenda.after(downMs, () => this.start());
  }

  /** What the card lost by itself: it may hold less than it held, as an older copy would. */
  cardWasDamaged(): void {
    this.cards += 1;
    this.mustNotice = false;
    this.isOldCopy = true;
    this.wasDamaged = true;
  }

  /** The file may not grow any more. */
  fillDisk(): void {
    const db = this.process?.store.db;
    if (db === undefined) return;
    db.pragma(`max_page_count = ${db.pragma("page_count", { simple: true })}`);
  }

  freeDisk(): void {
    this.process?.store.db.pragma("max_page_count = 1073741823");
  }

  deliver(message: CameraMessage): boolean {
    // A full card: the push is refused before it is read.
    const answer = this.card.isFull() ? undefined : this.process?.capture(message);
    if (answer === undefined) return false;
    const rid = answer.kind === "revised" ? this.process?.ridOfNewest() : answer.rid;
    this.world.ledger.answered(message, { kind: answer.kind, rid: rid ?? answer.rid });
    return true;
  }

  remove(): void {
    this.process?.close("death");
    this.process = null;
    rmSync(this.disk.home, { recursive: true, force: true });
  }
}

/** Central's pinned keys as the file keeps them. */
function pinnedInMemory(): PinnedCentral {
  let keys: readonly [Uint8Array, Uint8Array] | null = null;
  return {
    centralId: () => (keys === null ? UNKNOWN_CENTRAL : centralIdOf(keys[0])),
    boxKey: () => keys?.[1] ?? null,
    signingKey: () => keys?.[0] ?? null,
    accept: (offered) => {
      keys ??= offered;
      return sameBytes(keys[0], offered[0]);
    },
  };
}

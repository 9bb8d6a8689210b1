/** What cameras send and people do: vehicles that pass, repeat and are read again; plates put on lists, changed, taken off. */
import type { Capture } from "../../../edge/cameras/camera.ts";
import { tickHlc } from "../../../shared/clock/hlc.ts";
import { isPresent } from "../../../shared/crdt/entry-state.ts";
import { listFactsId } from "../../../shared/crdt/list-state.ts";
import { entryOp, type FieldSet, type Presence } from "../../../shared/crdt/new-entry-op.ts";
import { type CameraId, type EntryId, type Hlc, type ListId, type Rid, uuid } from "../../../shared/model/ids.ts";
import { type SeededRandom, seededRandom } from "../../demo/town/seeded-random.ts";
import { HOUR_MS, type SeedPlan, START_MS } from "../faults/plan.ts";
import type { SimSite } from "../site/sim-site.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { World } from "../world.ts";
import { picturesOf } from "./pictures.ts";

/** `number` is the camera's own, and travels inside the signed bytes as the vehicle's model: what the ledger is keyed by. */
export interface CameraMessage {
  readonly number: number;
  readonly camera: CameraId;
  readonly capture: Capture;
}

const RETRY_MIN_MS = 5_000;
const RETRY_MAX_MS = 30_000;
const REPEATS_MAX_MS = 12 * HOUR_MS;
const PLATES = 60;
export const modelOf = (number: number): string => `message ${number}`;
export const numberOfModel = (model: string | null): number | null => (model?.startsWith("message ") ? Number(model.slice(8)) : null);

const plateOf = (number: number): string => `${"ABCDEFGHJK"[number % 10]}${"LMNPRSTUVW"[(number * 7) % 10]}X${1000 + number * 37}`;

export class Cameras {
  waiting = 0;
  private readonly world: World;
  private readonly random: SeededRandom;
  private readonly repeatUntilMs = new Map<number, number>();
  private readonly samePlateUntilMs = new Map<number, number>();
  private readonly lastEvent = new Map<CameraId, string>();

  constructor(world: World, random: SeededRandom) {
    this.world = world;
    this.random = random;
  }

  plan({ messages, workMs }: SeedPlan): void {
    const bursts = Array.from({ length: 8 }, () => this.random.between(0, workMs));
    for (let number = 1; number <= messages; number++) {
      const inBurst = this.random.chance(0.35);
      const atMs = inBurst ? this.random.pick(bursts) + this.random.between(0, 90_000) : this.random.between(0, workMs);
      const site = this.random.whole(0, this.world.sites.length - 1);
      this.world.agenda.after(Math.min(atMs, workMs), () => this.send(number, this.world.sites[site]!));
    }
  }

  repeatFor(site: number, lastsMs: number): void {
    this.repeatUntilMs.set(site, this.world.agenda.nowMs + lastsMs);
  }

  samePlateFor(site: number, lastsMs: number): void {
    this.samePlateUntilMs.set(site, this.world.agenda.nowMs + lastsMs);
  }

  private send(number: number, site: SimSite): void {
    const message = this.makeMessage(number, site);
    // Where two machines pass for one site, each has its share of the cars.
    const at = site.twin !== null && number % 5 < 2 ? site.twin : site;
    this.world.ledger.attempted(message, at.index);
    this.waiting += 1;
    this.attempt(at, message);
  }

  /** A push that is not answered is pushed again until it is. */
  private attempt(site: SimSite, message: CameraMessage): void {
    const { agenda } = this.world;
    if (!site.deliver(message)) {
      this.world.mark("camera-retry");
      agenda.after(site.schedule.whole(RETRY_MIN_MS, RETRY_MAX_MS), () => this.attempt(site, message));
      return;
    }
    this.waiting -= 1;
    if (agenda.nowMs > (this.repeatUntilMs.get(site.index) ?? 0)) return;
    this.world.mark("camera-repeat");
    const sentMs = agenda.nowMs;
    agenda.after(site.schedule.whole(1_000, 30 * 60_000), () => {
      // No camera repeats after days, and after one nobody would know it again.
      if (agenda.nowMs - sentMs < REPEATS_MAX_MS) site.deliver(message);
    });
  }

  private makeMessage(number: number, site: SimSite): CameraMessage {
    // Of the message's own stream: what it says must not depend on when it is said.
    const own = seededRandom(`sim-${this.world.plan.seed}/message ${number}`);
    const camera = own.pick(site.cameras);
    const isSame = this.world.agenda.nowMs < (this.samePlateUntilMs.get(site.index) ?? 0);
    const plate = isSame ? plateOf(0) : plateOf(own.whole(0, PLATES - 1));
    const last = this.lastEvent.get(camera);
    const isUpdate = last !== undefined && own.chance(0.08);
    const hasEventId = isUpdate || own.chance(0.6);
    const eventId = isUpdate ? last : `event-${number}`;
    if (hasEventId) this.lastEvent.set(camera, eventId);
    const pictures = picturesOf(this.world.plan.seed, number, this.world.plan.pictures ?? 0);
    return { number, camera, capture: captureOf(number, hasEventId ? eventId : null, own.chance(0.05) ? null : plate, pictures, own) };
  }
}

function captureOf(
  number: number,
  vendorEventId: string | null,
  plateRead: string | null,
  pictures: Capture["pictures"],
  random: SeededRandom,
): Capture {
  return {
    vendorEventId,
    vendorUpdate: vendorEventId === null ? null : String(number),
    raw: new TextEncoder().encode(`<EventNotificationAlert>${number}</EventNotificationAlert>`),
    plateRead,
    cameraTimeMs: null,
    cameraOffsetMinutes: null,
    confidence: { value: random.whole(60, 99), scale: 100 },
    characterConfidence: null,
    region: null,
    direction: random.pick(["approaching", "leaving", "unknown"] as const),
    lane: 1,
    vehicle: { type: "car", colour: null, make: null, model: modelOf(number) },
    speedKmh: null,
    box: null,
    pictures,
    historical: false,
  };
}

/** Volunteers at the sites and dispatchers at central, editing lists. */
export class People {
  readonly shared: ListId = uuid<ListId>("01990000-0000-7000-b000-000000000001");
  private readonly world: World;
  private readonly random: SeededRandom;
  private centralHlc = "0000000000000000" as Hlc;
  private made = 0;

  constructor(world: World, random: SeededRandom) {
    this.world = world;
    this.random = random;
  }

  /** Registration at central: each site's own list, and one list that all sites share. */
  begin(): void {
    for (const site of this.world.sites) this.atCentral(site.list, listFactsId(site.list), "add", listFacts(site.name), site.who.site);
    this.atCentral(this.shared, listFactsId(this.shared), "add", listFacts("everybody's"), null);
    const feed = this.world.central.tables.feeds.feeds.get(this.shared)!;
    for (const site of this.world.sites) feed.sites.add(site.who.site);
  }

  plan({ edits, workMs }: SeedPlan): void {
    for (let made = 0; made < edits; made++) {
      const own = this.random.fork(`edit ${made}`);
      this.world.agenda.after(own.between(0, workMs), () => this.edit(own));
    }
  }

  makeSiteList(process: SiteProcess): void {
    const { list, name } = process.site;
    process.command("applyOwnOp", {
      list,
      entry: listFactsId(list),
      set: listFacts(name),
      presence: "add",
      reason: "the site's own list",
      author: name,
      moment: process.clock.moment(),
    });
  }

  private edit(random: SeededRandom): void {
    const who = random.whole(0, this.world.sites.length);
    const site = this.world.sites[who];
    if (site === undefined) return this.editAtCentral(random);
    const { process } = site;
    if (process === null) return;
    if (random.chance(0.2)) return this.workAlert(process, random);
    const list = random.chance(0.5) ? site.list : this.shared;
    // A list whose name a damaged card has lost is on no page until central has sent it again.
    if (!process.rows.lists.all().some((known) => known.list === list && known.facts !== null)) return;
    const entries = process.rows.lists.entriesPage(list, Number.MAX_SAFE_INTEGER, "", 50);
    const entry = entries.length > 2 && random.chance(0.5) ? random.pick(entries) : null;
    const presence = entry === null ? "add" : random.chance(0.5) ? "edit" : "delete";
    const set = setOf(presence, random);
    const outcome = process.command("applyOwnOp", {
      list,
      entry: entry?.id ?? null,
      set,
      presence,
      reason: "seen at two break-ins",
      author: `volunteer at ${site.name}`,
      moment: process.clock.moment(),
    });
    if (outcome?.kind === "op") this.world.lists.onEdit(site, outcome.op);
  }

  private workAlert(process: SiteProcess, random: SeededRandom): void {
    const pass = this.world.ledger.newestAlertPass(process.site.index);
    if (pass === null) return;
    const verb = random.pick(["acknowledge", "verify", "note"] as const);
    const args = verb === "note" ? { text: "looked" } : {};
    process.command("applyAlertOp", { pass, verb, args, author: "volunteer", seen: null, moment: process.clock.moment() });
  }

  private editAtCentral(random: SeededRandom): void {
    const { central } = this.world;
    if (!central.isUp || central.isAway()) return;
    const feed = central.tables.feeds.feeds.get(random.chance(0.7) ? this.shared : random.pick(this.world.sites).list)!;
    const present = [...feed.state.entries.values()].filter((one) => one.id !== listFactsId(feed.list) && isPresent(one, false));
    const entry = present.length > 2 && random.chance(0.5) ? random.pick(present).id : null;
    const presence = entry === null ? "add" : random.chance(0.5) ? "edit" : "delete";
    this.atCentral(feed.list, entry ?? this.newEntry(random), presence, setOf(presence, random), null);
    this.world.agenda.after(25, () => central.feedsChanged());
  }

  /** An entry of the list that all share, as central shows it. */
  anySharedEntry(random: SeededRandom): EntryId | null {
    const { state } = this.world.central.tables.feeds.feeds.get(this.shared)!;
    const present = [...state.entries.values()].filter((one) => one.id !== listFactsId(this.shared) && isPresent(one, false));
    return present.length === 0 ? null : random.pick(present).id;
  }

  /** A volunteer changes an entry of the shared list, if the site holds it. */
  editShared(site: SimSite, entry: EntryId, random: SeededRandom): void {
    const { process } = site;
    if (process?.rows.lists.entryOf(this.shared, entry) === undefined) return;
    const set = setOf("edit", random);
    const said = { reason: "seen at two break-ins", author: `volunteer at ${site.name}`, moment: process.clock.moment() };
    const outcome = process.command("applyOwnOp", { list: this.shared, entry, set, presence: "edit", ...said });
    if (outcome?.kind === "op") this.world.lists.onEdit(site, outcome.op);
  }

  /** A dispatcher takes an entry off the shared list. */
  deleteShared(entry: EntryId): void {
    this.atCentral(this.shared, entry, "delete", [], null);
    this.world.agenda.after(25, () => this.world.central.feedsChanged());
  }

  private newEntry(random: SeededRandom): EntryId {
    return uuid<EntryId>(
      `01990000-0000-7000-c000-${random
        .whole(0, 2 ** 46)
        .toString(16)
        .padStart(12, "0")}`,
    );
  }

  private atCentral(list: ListId, entry: EntryId, presence: Presence, set: FieldSet, site: string | null): void {
    const { central } = this.world;
    this.made += 1;
    const rid = uuid<Rid>(`01990000-0000-7000-d000-${this.made.toString(16).padStart(12, "0")}`);
    this.centralHlc = tickHlc(this.centralHlc, central.nowMs());
    const current = central.tables.feeds.feeds.get(list)?.state.entries.get(entry);
    const author = { rid, hlc: this.centralHlc, author: "dispatcher", reason: "said on the radio" };
    const outcome = entryOp({ list, entry, current, keepWins: false }, author, presence, set);
    if (outcome.kind !== "op") return;
    central.tables.feeds.publish([outcome.op], central.nowMs(), site);
    this.world.lists.onCentralEdit(outcome.op);
  }
}

function setOf(presence: Presence, random: SeededRandom): FieldSet {
  const pattern = plateOf(random.whole(0, PLATES - 1));
  if (presence === "delete") return [];
  if (presence === "edit") return random.chance(0.5) ? [["note", `note ${random.whole(1, 999)}`]] : [["pattern", pattern]];
  return [
    ["pattern", random.chance(0.1) ? `${pattern.slice(0, 3)}*` : pattern],
    ["reason", "seen at two break-ins"],
    ["expiresMs", START_MS + 100 * 24 * HOUR_MS],
    ["vehicle", ""],
  ];
}

const listFacts = (name: string): FieldSet => [
  ["listName", name],
  ["listOwner", name],
  ["listKind", "site"],
  ["listDifferencesMax", 1],
  ["listCritical", false],
  ["listKeepWins", false],
];

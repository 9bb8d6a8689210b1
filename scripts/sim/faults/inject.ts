/** Carries out one fault. Answers whether it took hold: a fault that finds nothing to hit does not count. */

import { lockHome } from "../../../edge/log/lock-home.ts";
import { prepareLogRows } from "../../../edge/log/log-rows.ts";
import { openWriting } from "../../../edge/log/open-database.ts";
import { chainRecord, encodeTail, sealPayload } from "../../../shared/log/record.ts";
import { type Rid, uuid } from "../../../shared/model/ids.ts";
import { cloneCentral } from "../central/clone-central.ts";
import { randomBytesOf } from "../random-bytes.ts";
import type { SimSite } from "../site/sim-site.ts";
import { doChores } from "../site/site-chores.ts";
import { sendStick } from "../town/carrier.ts";
import type { World } from "../world.ts";
import { failWrites } from "./fail-writes.ts";
import type { Fault } from "./faults.ts";
import { flipBit } from "./flip-bit.ts";
import { damagePicture, meddle } from "./picture-faults.ts";

/** A kind that no release knows yet. */
const POISON_KIND = 4_711;

export function inject(world: World, fault: Fault): boolean {
  world.note("fault", JSON.stringify(fault));
  const { agenda, central } = world;
  const site = "site" in fault ? world.sites[fault.site] : undefined;
  if ("site" in fault && site === undefined) return false;
  const until = (lastsMs: number): number => agenda.nowMs + lastsMs;
  switch (fault.kind) {
    case "weather":
      site!.line.addWeather(fault, world.stream(`weather ${fault.id}`));
      return true;
    case "cut": {
      const isConnected = site!.process?.uplink.session != null;
      site!.line.cut();
      return isConnected;
    }
    case "half-open":
      site!.line.halfOpen(fault.way);
      return site!.process?.uplink.session != null;
    case "partition":
      site!.line.partitionedUntilMs = Math.max(site!.line.partitionedUntilMs, until(fault.lastsMs));
      return true;
    case "socket-blocked":
      site!.line.socketBlockedUntilMs = until(fault.lastsMs);
      site!.line.cut();
      return true;
    case "kill-edge":
      site!.effectsToLive = { left: fault.effects, downMs: fault.downMs };
      return site!.process !== null;
    case "kill-in-command":
      site!.doomedCommand = doom("killed in a command", "process", fault.kept, false, fault.downMs);
      return site!.process !== null;
    case "kill-at-command": {
      const { steps, power, downMs } = fault;
      const own = doom("killed at a command", power ? "machine" : "process", 1_000, false, downMs);
      site!.stepsToLive = { left: steps, doom: own };
      return site!.process !== null;
    }
    case "kill-central":
      central.die(fault.downMs);
      return true;
    case "power-cut": {
      const { inCommand, kept, torn, downMs } = fault;
      if (inCommand) site!.doomedCommand = doom("power cut in a command", "machine", kept, torn, downMs);
      else site!.die("power cut", { kept, torn }, "machine", downMs);
      return true;
    }
    case "disk-full":
      site!.fullUntilMs = until(fault.lastsMs);
      site!.fillDisk();
      agenda.after(fault.lastsMs, () => site!.freeDisk());
      return site!.process !== null;
    case "clock-set":
      site!.clock.set(fault.wallMs);
      return true;
    case "clock-jump":
      site!.clock.jump(fault.byMs);
      return true;
    case "drift":
      site!.clock.drift(fault.millionths);
      return true;
    case "restore-central":
      return central.restore(fault.backup, fault.downMs);
    case "reflash":
      site!.reflash(fault.downMs);
      return true;
    case "old-copy": {
      const copy = site!.disk.copy(`copy-${fault.id}`);
      const { device } = site!;
      agenda.after(fault.lastsMs, () => {
        // A card with another key has come meanwhile: nobody puts the old one's copy into it.
        if (site!.device === device) site!.putBack(copy, fault.downMs);
      });
      return site!.process !== null;
    }
    case "clone":
      return clone(world, site!);
    case "list-damage":
      return damageList(world, site!, fault.id);
    case "stick":
      sendStick(world, site!, fault);
      return true;
    case "late-commands":
      return world.desk.sendAgain(site!);
    case "poison":
      return poison(world, site!, fault.id);
    case "camera-repeats":
      world.cameras.repeatFor(site!.index, fault.lastsMs);
      return true;
    case "same-plate":
      world.cameras.samePlateFor(site!.index, fault.lastsMs);
      return true;
    case "database-away":
      central.databaseAwayUntilMs = until(fault.lastsMs);
      return true;
    case "no-credit":
      central.noCreditUntilMs = until(fault.lastsMs);
      return true;
    case "quiet-days":
      quietDays(world, fault.days * DAY_MS);
      return false;
    case "absence":
      return absence(world, site!, fault);
    case "card-fills":
      site!.card.fill(fault.freeMib);
      if (site!.process !== null) doChores(site!.process);
      agenda.after(fault.lastsMs, () => site!.card.clear());
      return true;
    case "central-clock":
      central.clockWrongByMs = fault.byMs;
      world.hasWrongClock = true;
      agenda.after(fault.lastsMs, () => {
        central.clockWrongByMs = 0;
      });
      return true;
    case "io-error":
      return failWrites(world, site!, fault.lastsMs, fault.once);
    case "bit-flip":
      world.mark(`flip-${fault.where}`);
      return flipBit(world, site!, fault);
    case "small-batches":
      site!.batchMax = fault.most;
      site!.stop();
      site!.start();
      return true;
    case "clone-central":
      return cloneCentral(world, fault);
    case "second-instance":
      return startTwice(world, site!);
    case "older-edge":
      agenda.after(fault.lastsMs, () => replaceProgram(site!, false));
      return replaceProgram(site!, true);
    case "older-central":
      central.becomeOlder(true);
      agenda.after(fault.lastsMs, () => central.becomeOlder(false));
      return true;
    case "kill-over-picture": {
      const { steps, isPower, kept, torn, downMs } = fault;
      site!.doomedPicture = { ...doom("died over a picture", isPower ? "machine" : "process", kept, torn, downMs), steps };
      return site!.process !== null;
    }
    case "pictures-full":
      site!.picturesFullUntilMs = until(fault.lastsMs);
      return site!.process !== null;
    case "picture-damage":
      return damagePicture(world, site!, fault.id);
    case "upload-meddled":
      return meddle(world, fault.id);
    case "image-store-away":
      central.images.awayUntilMs = until(fault.lastsMs);
      return true;
  }
}

const DAY_MS = 24 * 60 * 60_000;
const QUIET_RETRY_MS = 60_000;

/** Not while a camera waits for its answer: no camera repeats a push for days. `then`: afterwards, or when it never came to that. */
function quietDays(world: World, ms: number, then: () => void = () => {}): void {
  if (world.agenda.nowMs - world.agenda.leaptMs > world.plan.workMs) return then();
  if (world.cameras.waiting > 0) return void world.agenda.after(QUIET_RETRY_MS, () => quietDays(world, ms, then));
  world.leap(ms);
  then();
}

/** What the site's people change of an entry meets, half a year later, a central where nobody knows that entry any more. */
function absence(world: World, site: SimSite, { days, beforeMs, afterMs, id }: Extract<Fault, { kind: "absence" }>): boolean {
  const { agenda, people } = world;
  const random = world.stream(`absence ${id}`);
  site.line.partitionedUntilMs = Number.MAX_SAFE_INTEGER;
  site.line.cut();
  const entry = people.anySharedEntry(random);
  if (entry !== null) {
    agenda.after(beforeMs / 3, () => people.editShared(site, entry, random));
    agenda.after(beforeMs / 2, () => people.deleteShared(entry));
  }
  const end = (): void => void agenda.after(afterMs, () => (site.line.partitionedUntilMs = 0));
  agenda.after(beforeMs, () => quietDays(world, days * DAY_MS, end));
  return entry !== null;
}

const doom = (why: string, what: "process" | "machine", kept: number, torn: boolean, downMs: number) => ({
  why,
  what,
  tail: { kept, torn },
  downMs,
});

/** 10: whoever comes second on a card is turned away while the first one runs, and touches nothing. */
function startTwice({ checks }: World, { name, process, disk }: SimSite): boolean {
  if (process === null) return false;
  const second = lockHome(disk.home);
  checks.check(10, second.kind === "in-use", () => `${name}: a second program runs on the same card`);
  if (second.kind === "locked") second.lock.release();
  return true;
}

/** Another release of the program is put on the card, and started. */
function replaceProgram(site: SimSite, isOlder: boolean): boolean {
  const wasRunning = site.process !== null;
  site.isOlder = isOlder;
  if (wasRunning) site.stop();
  if (wasRunning) site.start();
  return wasRunning;
}

/** The copy has seen and lost what the card had by then. */
function clone(world: World, site: SimSite): boolean {
  if (site.twin !== null || site.process === null) return false;
  const twin = world.addTwin(site);
  site.twin = twin;
  for (const list of site.damaged) twin.damaged.add(list);
  twin.metClone = site.metClone;
  twin.wasDamaged = [...world.ledger.logs.values()].some((log) => log.site === site.index && log.damaged.size > 0);
  twin.disk.putBack(site.disk.copy(`clone-${twin.index}`));
  twin.start();
  return true;
}

/** One entry that central published is gone from the card's copy of the list. */
function damageList(world: World, site: SimSite, id: number): boolean {
  if (site.process === null) return false;
  site.stop();
  const db = openWriting(site.disk.home);
  const rows = db.prepare("select list, entry from feed_entries where entry <> list order by list, entry").all() as Place[];
  const place = rows.length === 0 ? null : world.stream(`damage ${id}`).pick(rows);
  if (place !== null) {
    db.prepare("delete from feed_entries where list = ? and entry = ?").run(place.list, place.entry);
    site.damaged.add(place.list);
  }
  db.close();
  site.start();
  return place !== null;
}

interface Place {
  readonly list: string;
  readonly entry: string;
}

/** A newer release ran here for a moment and wrote a record of a kind of its own. */
function poison(world: World, site: SimSite, id: number): boolean {
  const { process } = site;
  if (process === null) return false;
  const random = world.stream(`poison ${id}`);
  const bytes = randomBytesOf(random);
  const logClass = random.pick(["detections", "urgent"] as const);
  const moment = process.clock.moment();
  site.stop();
  const db = openWriting(site.disk.home);
  const rows = prepareLogRows(db);
  const log = rows.activeLogs().find((one) => one.class === logClass)!;
  const rid = uuid<Rid>(`01990000-0000-7000-e000-${(site.index * 4096 + id).toString(16).padStart(12, "0")}`);
  const tail = encodeTail({ seq: log.head.next, kind: POISON_KIND, version: 1, rid, ...moment });
  const record = chainRecord(log.logId, log.head.head, tail, sealPayload(bytes(16), bytes(40)))!;
  db.transaction(() => rows.insertRecord(log.n, record, log.bytes + tail.length + 56))();
  db.close();
  world.poison.push(rid);
  site.start();
  return true;
}

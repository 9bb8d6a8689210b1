/** A worn card: one bit of the store's file is another one. What that destroys is looked up in the file itself, by whoever reads it next. */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { eventsFile } from "../../../edge/log/open-database.ts";
import { joinBytes } from "../../../shared/log/record.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { SimSite } from "../site/sim-site.ts";
import type { World } from "../world.ts";
import type { Fault } from "./faults.ts";

type BitFlip = Extract<Fault, { kind: "bit-flip" }>;

/** Answers whether there was anything to hit. */
export function flipBit(world: World, site: SimSite, { id, where, downMs }: BitFlip): boolean {
  const { process } = site;
  if (process === null) return false;
  const random = world.stream(`flip ${id}`);
  switch (where) {
    case "record":
      return flipRecord(world, site, random);
    case "page": {
      site.stop();
      const isHit = flipIn(eventsFile(site.disk.home), headerOf(site, random), random);
      site.cardWasDamaged();
      world.ledger.repeatsForgotten(site.index);
      for (const feed of world.central.tables.feeds.feeds.keys()) site.damaged.add(feed);
      world.agenda.after(downMs, () => site.start());
      return isHit;
    }
    case "wal": {
      site.die("its WAL is damaged", { kept: 1_000, torn: false }, "process", downMs);
      const wal = join(site.disk.home, "data", "events.db-wal");
      const size = existsSync(wal) ? readFileSync(wal).length : 0;
      site.cardWasDamaged();
      return size > WAL_HEADER_BYTES && flipIn(wal, random.whole(WAL_HEADER_BYTES, size - 1), random);
    }
  }
}

const WAL_HEADER_BYTES = 32;
const PAGE_BYTES = 4_096;
/** The kind of a page, its first free block, the number of its cells and where they begin. */
const PAGE_HEADER_BYTES = 7;

/** A byte of some page's header, the first page's apart: without that one nothing is a database. */
function headerOf(site: SimSite, random: SeededRandom): number {
  const pages = Math.floor(readFileSync(eventsFile(site.disk.home)).length / PAGE_BYTES);
  return pages < 2 ? -1 : random.whole(1, pages - 1) * PAGE_BYTES + random.whole(0, PAGE_HEADER_BYTES - 1);
}

/** The newest record that central has not acknowledged, else any: the program goes on and reads other bytes than it signed. */
function flipRecord(world: World, site: SimSite, random: SeededRandom): boolean {
  const { rows, reader } = site.process!;
  const waiting = reader.logs().filter((log) => log.acknowledged < log.head.next);
  const log = random.pick(waiting.length > 0 ? waiting : reader.logs());
  const from = waiting.length > 0 ? log.acknowledged : log.first;
  if (from >= log.head.next) return false;
  const seq = random.whole(from, log.head.next - 1);
  const { n } = rows.logs.logById(log.logId)!;
  const { tail, payload } = rows.logs.recordAt(n, seq) ?? { payload: null };
  if (payload == null) return false;
  site.stop();
  const file = eventsFile(site.disk.home);
  // Behind its tail: the same payload lies in the record of an alert too. A long one lies in pieces.
  const at = readFileSync(file).indexOf(joinBytes(tail, payload));
  const isHit = at >= 0 && flipIn(file, at + tail.length + random.whole(0, payload.length - 1), random);
  if (isHit) world.ledger.destroyedOnCard(log.logId, site.index, seq);
  site.start();
  return isHit;
}

function flipIn(file: string, at: number, random: SeededRandom): boolean {
  if (at < 0) return false;
  const byte = readFileSync(file)[at]! ^ (1 << random.whole(0, 7));
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.from([byte]), 0, 1, at);
  closeSync(handle);
  return true;
}

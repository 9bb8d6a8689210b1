/**
 * Sticks: a site's bundle is made from what it holds, carried for minutes or weeks, and read by central; perhaps twice, perhaps only its
 * beginning, perhaps with a bit turned over, or brought by somebody who is nobody. The receipt may come back, late, or never.
 */
import { endBytes, openBundle, recordBytes } from "../../../edge/sync/bundle-records.ts";
import { weighReceipt } from "../../../edge/sync/take-receipt.ts";
import { BUNDLE_BYTES_MAX } from "../../../shared/bundle/bundle-limits.ts";
import { openReceipt } from "../../../shared/bundle/receipt.ts";
import { joinBytes } from "../../../shared/log/record.ts";
import { type CollectorId, uuid } from "../../../shared/model/ids.ts";
import { importCarried } from "../central/central-import.ts";
import type { Fault } from "../faults/faults.ts";
import { randomBytesOf } from "../random-bytes.ts";
import type { SimSite } from "../site/sim-site.ts";
import type { World } from "../world.ts";

export type Stick = Extract<Fault, { kind: "stick" }>;

/** Whoever holds the stick comes again when central is away. */
const COMES_AGAIN_MS = 10 * 60_000;
const STRANGER = uuid<CollectorId>("01990000-0000-7000-8000-00000000dead");

/** The line goes, and after a while somebody takes a stick to central. */
export function sendStick(world: World, site: SimSite, stick: Stick): void {
  site.line.partitionedUntilMs = Math.max(site.line.partitionedUntilMs, world.agenda.nowMs + stick.lastsMs);
  world.agenda.after(stick.leavesMs, () => carryStick(world, site, stick));
}

function carryStick(world: World, site: SimSite, stick: Stick): void {
  const bytes = makeBundle(world, site, stick);
  // It does not run, does not know central, or central has everything.
  if (bytes === null) return;
  world.mark("bundle-made");
  world.note(site.name, `a stick with ${bytes.length} bytes leaves`);
  for (const [nth, lateMs] of stick.arrivesMs.entries()) {
    // The second one is a copy: what was hurt on the first is whole on it.
    const own = nth === 0 ? stick : { ...stick, damage: null };
    world.agenda.after(lateMs, () => bring(world, site, own, bytes));
  }
}

function makeBundle(world: World, site: SimSite, { id, who }: Stick): Uint8Array | null {
  const { process } = site;
  if (process === null) return null;
  const random = world.stream(`stick ${id}`);
  const deps = {
    apiKey: who === "wrong-key" ? "alpr_another" : site.apiKey,
    collectorId: who === "stranger" ? STRANGER : site.who.collectorId,
    deviceKeys: site.device,
    pinned: site.pinned,
    reader: process.reader,
    randomBytes: (count: number) => Buffer.from(randomBytesOf(random)(count)),
    version: "simulated",
    now: process.clock.wallMs,
  };
  const bundle = openBundle(deps, 0, BUNDLE_BYTES_MAX);
  if (typeof bundle === "string") return null;
  const pieces = [...recordBytes(bundle), endBytes(bundle)];
  for (const { logId, to } of bundle.logs) world.variant.exported(process, logId, to);
  return joinBytes(...pieces);
}

function bring(world: World, site: SimSite, stick: Stick, whole: Uint8Array): void {
  const { agenda, central } = world;
  if (!central.isUp || central.isAway()) return void agenda.after(COMES_AGAIN_MS, () => bring(world, site, stick, whole));
  const { bytes, isHurt } = hurt(whole, stick);
  const isLate = !site.line.isPartitioned();
  const outcome = importCarried(world, bytes);
  world.mark(`bundle-${outcome.kind}`);
  world.note("central", `a stick of ${site.name} is ${outcome.kind}: ${outcome.words}`);
  const isForeign = stick.who !== "owner";
  world.checks.check(8, !isForeign || outcome.kind === "refused", () => `a bundle of nobody's (${stick.who}) is taken`);
  if (outcome.kind === "refused") return;
  world.checks.check(
    27,
    isHurt !== outcome.isWhole,
    () => `a bundle ${isHurt ? "that is damaged passes for a whole one" : "is not read to its end"}`,
  );
  if (outcome.isWhole && isLate) world.mark("bundle-late");
  if (isHurt) world.mark("bundle-damaged");
  if (outcome.records > 0) world.mark("bundle-merged");
  for (const trouble of outcome.troubles) world.mark(`bundle-${trouble}`);
  if (stick.receiptMs === null) return world.mark("receipt-lost");
  agenda.after(stick.receiptMs, () => takeReceipt(world, site, outcome.receipt));
}

function hurt(whole: Uint8Array, { damage }: Stick): { readonly bytes: Uint8Array; readonly isHurt: boolean } {
  if (damage === null) return { bytes: whole, isHurt: false };
  const at = Math.floor(((whole.length - 1) * damage.at) / 1_000);
  if (damage.kind === "cut") return { bytes: whole.subarray(0, at), isHurt: true };
  const bytes = whole.slice();
  bytes[at]! ^= 1;
  return { bytes, isHurt: true };
}

/** Back at the site, whatever card lies in the machine by then. */
function takeReceipt(world: World, { name, pinned, process }: SimSite, bytes: Uint8Array): void {
  const key = pinned.signingKey();
  if (process === null || key === null) return world.mark("receipt-lost");
  const opened = openReceipt(bytes, key);
  world.checks.check(6, opened.kind === "receipt", () => `${name}: central's own receipt is refused`);
  if (opened.kind === "refused") return;
  const isConnected = process.uplink.session?.core.phase === "open";
  const { logs, records, strange } = weighReceipt(process.reader, opened.receipt, isConnected);
  world.mark(strange > 0 ? "receipt-strange" : "receipt-read");
  world.note(name, `a receipt for ${records} records, ${strange} logs are strange`);
  for (const { logId, next, durable } of logs) {
    world.ledger.noteAcknowledged(logId, process.site.index, next);
    process.later(() => void process.command("noteAcknowledged", logId, next, durable));
  }
}

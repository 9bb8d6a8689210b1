/** Invariants that must hold once faults have stopped and everything has come to rest. */
import { entriesOf } from "../../../shared/crdt/list-state.ts";
import { RECORD_KINDS, sameBytes } from "../../../shared/log/record.ts";
import { bytesToHex, type Rid } from "../../../shared/model/ids.ts";
import { tombstonesBelow } from "../central/central-feeds.ts";
import type { World } from "../world.ts";
import { checkCommands } from "./command-watch.ts";
import type { Checks } from "./invariants.ts";
import type { Verdict } from "./ledger.ts";

export function checkQuiet(world: World, verdict: Verdict): void {
  const { checks } = world;
  checkLedger(checks, verdict);
  checkProjections(world);
  checkLogs(world);
  checkLists(world);
  checkAlerts(world);
  checkPoison(world);
  checkWitnesses(world);
  world.images.quiet();
  checkCommands(world);
}

/** 7 and 24 by the ledger. */
function checkLedger(checks: Checks, { lost, phantom, duplicate, untold }: Verdict): void {
  const some = (what: string, found: readonly string[]): string => `${found.length} ${what}: ${found.slice(0, 3).join("; ")}`;
  checks.check(7, lost.length === 0, () => some("lost", lost));
  checks.check(7, phantom.length === 0, () => some("never durable and yet at central", phantom));
  checks.check(7, duplicate.length === 0, () => some("twice", duplicate));
  checks.check(24, untold.length === 0, () => some("gone from their card and told by no record", untold));
}

/** 8, 11: every row that people see is vouched for by a record, under one content per rid. */
function checkProjections({ checks, central }: World): void {
  const { tables } = central;
  const proved = new Set<string>([...tables.proofs.values()].map((proof) => proof.rid));
  for (const { id } of [...tables.detections, ...tables.revisions]) checks.check(8, proved.has(id), () => `row ${id} has no proof`);
  const contents = new Map<Rid, string>();
  for (const log of tables.logs.values()) {
    for (const { tail, payload, payloadDigest } of log.records) {
      if (payload === null) continue;
      const digest = bytesToHex(payloadDigest);
      const known = contents.get(tail.rid);
      checks.check(11, known === undefined || known === digest, () => `rid ${tail.rid} has two contents`);
      contents.set(tail.rid, digest);
    }
  }
}

/** 2, 7, 27: each card's active logs and central's copies are the same, whichever way they came. */
function checkLogs({ checks, central, sites, ledger }: World): void {
  for (const site of sites) {
    for (const own of site.process?.reader.logs() ?? []) {
      const held = central.tables.logs.get(own.logId);
      const isWhole = site.sharesCard() ? (held?.next ?? 0) >= own.head.next : held?.next === own.head.next;
      checks.check(7, isWhole, () => `log ${own.logId}: ${own.head.next} on the card, ${held?.next} at central`);
      const head = held?.records[own.head.next - 1]?.hash;
      checks.check(2, head !== undefined && sameBytes(head, own.head.head), () => `log ${own.logId}: heads differ`);
      const known = ledger.find(own.logId, site.index)?.records ?? [];
      const same = known.every((one, seq) => one.hash === bytesToHex(held?.records[seq]?.hash ?? new Uint8Array()));
      checks.check(27, same, () => `log ${own.logId}: central's records are not those of the card`);
    }
  }
}

/** 12, 14, 15: what each site shows of each list is what central's feed says. */
function checkLists({ checks, central, sites }: World): void {
  for (const site of sites) {
    const { process } = site;
    if (process === null) continue;
    for (const head of central.headsOf(site.who.site)) {
      const feed = central.tables.feeds.feeds.get(head.list)!;
      const { state } = feed;
      checks.check(25, tombstonesBelow(feed).length === 0, () => `list ${head.list} keeps tombstones that everybody has passed`);
      const held = process.rows.lists.all().find((one) => one.list === head.list);
      const where = `${site.name}, list ${head.list}`;
      checks.check(
        15,
        held?.generation === head.generation && held.cursor === head.head,
        () => `${where}: at ${held?.cursor} of ${head.head}`,
      );
      checks.check(12, held !== undefined && sameBytes(held.checksum, state.checksum), () => `${where}: checksums differ`);
      const wanted = [...entriesOf(state)].map((entry) => JSON.stringify(entry)).sort();
      const shown = process.rows.lists.entriesPage(head.list, Number.MAX_SAFE_INTEGER, "￿", 1_000);
      const same = JSON.stringify(shown.map((entry) => JSON.stringify(entry)).sort()) === JSON.stringify(wanted);
      checks.check(15, same, () => `${where}: shows ${shown.length} entries, central's feed has ${wanted.length}`);
      for (const entry of state.entries.values()) {
        const isShown = shown.some((one) => one.id === entry.id);
        checks.check(14, !isShown || entry.causalLength % 2 === 1, () => `${where}: entry ${entry.id} is deleted and shown`);
      }
      checks.check(15, process.rows.lists.ownOpsOf(head.list).length === 0, () => `${where}: own ops never came back`);
    }
  }
}

/** 18: an alert's id is that of its (pass, entry), and every alert record's finding is kept. */
function checkAlerts({ checks, central }: World): void {
  const pairs = new Map<string, string>();
  for (const { alert, pass, entry } of central.tables.findings) {
    const pair = `${pass} ${entry}`;
    checks.check(18, (pairs.get(pair) ?? alert) === alert, () => `two alerts for ${pair}`);
    pairs.set(pair, alert);
  }
  const records = [...central.tables.logs.values()].flatMap((log) => log.records.filter((one) => one.tail.kind === RECORD_KINDS.alert));
  const kept = new Set(central.tables.findings.map((one) => one.recordRid));
  for (const { tail } of records) checks.check(18, kept.has(tail.rid), () => `the finding of record ${tail.rid} is not kept`);
}

/** 26: records of unknown kinds are stored, set aside, and followed by others. */
function checkPoison({ checks, central, poison }: World): void {
  for (const rid of poison) {
    const log = [...central.tables.logs.values()].find((one) => one.records.some((record) => record.tail.rid === rid));
    if (log === undefined) continue;
    const seq = log.records.findIndex((record) => record.tail.rid === rid);
    checks.check(26, central.tables.errors.has(`${log.logId} ${seq}`), () => `poison ${rid} is not set aside`);
  }
}

/** 23: nobody who saw more of central's tree than a restore left has overlooked it. */
function checkWitnesses({ checks, sites }: World): void {
  for (const { name, mustNotice } of sites) checks.check(23, !mustNotice, () => `${name}: overlooked that central was put back`);
}

/**
 * What is not on its card any more, by what really happened to the card, and what records say of it. Each loss must be told by a record
 * that names it (24), nothing may go that two backups do not hold unless the ladder took it (4), and no record may name what is still there.
 */

import { ZERO_HASH } from "../../../shared/log/chain.ts";
import { decodeRehome } from "../../../shared/log/payloads/rehome-payload.ts";
import { decodeMissingRange, type MissingRange } from "../../../shared/log/payloads/site-payloads.ts";
import { chainRecord, RECORD_KINDS, SALT_BYTES, type Tail } from "../../../shared/log/record.ts";
import { bytesToHex, hexToBytes, type LogId, type Rid } from "../../../shared/model/ids.ts";
import type { CentralTables } from "../central/central-tables.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { Checks } from "./invariants.ts";
import type { Ledger, LedgerLog } from "./ledger.ts";
import type { SafeCursors } from "./safe-cursors.ts";

interface Place {
  readonly logId: LogId;
  readonly seq: number;
}

type Ranges = Map<LogId, MissingRange[]>;

export class Losses {
  /** Named on a card and not looked at yet; and all that was ever named there. By site. */
  private readonly fresh = new Map<number, MissingRange[]>();
  private readonly named = new Map<number, Ranges>();
  /** Records of kind rehome that carry a record too. */
  private readonly carriers = new Map<Rid, Place[]>();
  /** Which record each of those carries, by its own rid. */
  private readonly carriedBy = new Map<Rid, Rid>();
  private readonly checks: Checks;
  private readonly ledger: Ledger;
  private readonly safe: SafeCursors;
  private readonly mark: (name: string) => void;

  constructor(checks: Checks, ledger: Ledger, safe: SafeCursors, mark: (name: string) => void) {
    this.checks = checks;
    this.ledger = ledger;
    this.safe = safe;
    this.mark = mark;
  }

  /** A record of a card that says something of others: which it names as missing, or which one it carries. */
  noteRecord(site: number, place: Place, { rid: own, kind }: Pick<Tail, "rid" | "kind">, payload: Uint8Array): void {
    const fields = payload.subarray(SALT_BYTES);
    const carried = kind === RECORD_KINDS.rehome ? decodeRehome(fields)?.record : undefined;
    if (carried !== undefined) {
      const { rid } = carried.tail;
      this.carriers.set(rid, [...(this.carriers.get(rid) ?? []), place]);
      this.carriedBy.set(own, rid);
    }
    const range = isMissing(kind) ? decodeMissingRange(fields) : undefined;
    if (range === undefined) return;
    this.mark(kind === RECORD_KINDS.gap ? "gap-record" : "pruned");
    this.fresh.set(site, [...(this.fresh.get(site) ?? []), range]);
    const named: Ranges = this.named.get(site) ?? new Map();
    named.set(range.logId, [...(named.get(range.logId) ?? []), range]);
    this.named.set(site, named);
  }

  /** After each command: what records said meanwhile is held against what is on the card. */
  afterCommand(process: SiteProcess): void {
    if (this.fresh.has(process.site.index)) this.settle(process);
  }

  /** Looks which records have gone from a card since the last look, and whether each of them might. */
  settle(process: SiteProcess): void {
    const { index, name } = process.site;
    for (const { logId, first } of process.rows.prune.logs()) this.noteFirst(index, name, logId as LogId, first);
    for (const { logId, from, to } of this.fresh.get(index) ?? []) {
      const log = this.ledger.find(logId, index);
      if (log === undefined) continue;
      let there = from;
      while (there < to && (log.gone.has(there) || isUnproven(process, log, there))) there += 1;
      this.checks.check(
        24,
        there === to,
        () => `${name}: record ${there} of log ${logId} is named as missing (${from} to ${to}) and is there`,
      );
    }
    this.fresh.delete(index);
  }

  /** After damage: every record that the card should hold is looked at, and those that are not there as signed are noted. */
  sweep(process: SiteProcess): void {
    const { index } = process.site;
    for (const log of this.ledger.logs.values()) {
      const stored = log.site === index ? process.rows.logs.logById(log.logId) : undefined;
      if (stored === undefined) continue;
      for (const [seq, { hash }] of log.records.entries()) {
        if (log.gone.has(seq)) continue;
        const held = process.rows.logs.recordAt(stored.n, seq);
        const prevHash = seq === 0 ? ZERO_HASH : hexToBytes(log.records[seq - 1]!.hash);
        const record = held === undefined ? undefined : chainRecord(log.logId, prevHash, held.tail, held.payload, held.digest);
        if (record === undefined || bytesToHex(record.hash) !== hash || bytesToHex(held!.hash) !== hash) log.damaged.add(seq);
      }
      for (const seq of log.damaged) log.gone.add(seq);
    }
  }

  private noteFirst(site: number, name: string, logId: LogId, first: number): void {
    const log = this.ledger.find(logId, site);
    if (log === undefined || first === log.first) return;
    // An older copy of the card holds them again.
    for (let seq = first; seq < log.first; seq++) log.gone.delete(seq);
    for (let seq = Math.max(1, log.first); seq < first; seq++) log.gone.add(seq);
    const before = log.first;
    log.first = first;
    if (first < before) return;
    // A copied card lacks what its model did.
    if ((this.ledger.copyOf(logId, site)?.first ?? 0) >= first) return;
    this.mark(log.left ? "left-log-pruned" : "pruned-by-rule");
    const safe = this.safe.of(logId);
    if (first <= safe) return this.checks.check(4, true, () => "");
    if (this.areCarried(site, log, Math.max(1, before, safe), first)) return this.checks.check(4, true, () => "");
    this.checks.check(4, first <= log.acked, () => `${name}: records of log ${logId} went to ${first}, acknowledged are ${log.acked}`);
    const from = Math.max(1, before, safe);
    const unnamed = firstUnnamed(this.named.get(site)?.get(logId), from, first);
    const words = (): string => `${name}: record ${unnamed} of log ${logId} went above \`durable\` (${safe}), and no \`pruned\` says so`;
    this.checks.check(4, unnamed === first, words);
    this.checks.check(24, unnamed === first, words);
  }

  /** Of a log that was left: each of these lies also in a later record, here or in two backups, or was lost with its page and named then. */
  private areCarried(site: number, log: LedgerLog, from: number, to: number): boolean {
    const isHeld = ({ logId, seq }: Place): boolean => {
      const later = logId === log.logId ? undefined : this.ledger.find(logId, site);
      return later !== undefined && (!later.gone.has(seq) || seq < this.safe.of(logId));
    };
    const isCarried = (seq: number): boolean => {
      const rid = log.records[seq]!.rid;
      return log.damaged.has(seq) || this.carriers.get(this.carriedBy.get(rid) ?? rid)?.some(isHeld) === true;
    };
    for (let seq = from; seq < to; seq++) if (!isCarried(seq)) return false;
    return log.left;
  }

  /** Where a record is told of, by records that central holds: itself, or any record that carried it. */
  toldAt(central: CentralTables): (logId: LogId, seq: number, rid: Rid) => boolean {
    const ranges: Ranges = new Map();
    for (const log of central.logs.values()) {
      for (const { tail, payload } of log.records) {
        const range = payload === null ? undefined : missingIn(tail.kind, payload);
        if (range !== undefined) ranges.set(range.logId, [...(ranges.get(range.logId) ?? []), range]);
      }
    }
    const names = ({ logId, seq }: Place): boolean => ranges.get(logId)?.some(({ from, to }) => seq >= from && seq < to) === true;
    return (logId, seq, rid) => names({ logId, seq }) || this.carriers.get(rid)?.some(names) === true;
  }
}

/**
 * Whether a record lies on a damaged card and nothing there proves it: the one before it is gone, and no checkpoint tells that one's hash.
 * Nobody could know its bytes for what was signed, so it may be named, and counts as lost with its card from then on.
 */
function isUnproven({ rows }: SiteProcess, log: LedgerLog, seq: number): boolean {
  const stored = rows.logs.logById(log.logId);
  if (stored === undefined || !log.damaged.has(seq - 1)) return false;
  const known = [rows.logs.hashAt(stored.n, seq - 1), rows.logs.headOfCheckpoint(stored.n, seq)];
  if (known.some((hash) => hash !== undefined && bytesToHex(hash) === log.records[seq - 1]!.hash)) return false;
  log.damaged.add(seq);
  log.gone.add(seq);
  return true;
}

const isMissing = (kind: number): boolean => kind === RECORD_KINDS.gap || kind === RECORD_KINDS.pruned;

function missingIn(kind: number, payload: Uint8Array): MissingRange | undefined {
  if (isMissing(kind)) return decodeMissingRange(payload.subarray(SALT_BYTES));
  const carried = kind === RECORD_KINDS.rehome ? decodeRehome(payload.subarray(SALT_BYTES))?.record : undefined;
  return carried === undefined || carried.payload === null ? undefined : missingIn(carried.tail.kind, carried.payload);
}

/** The first number from `from` on that no range names; `to` when all of them are named. */
function firstUnnamed(ranges: readonly MissingRange[] | undefined, from: number, to: number): number {
  let seq = from;
  while (seq < to && ranges?.some((range) => seq >= range.from && seq < range.to) === true) seq += 1;
  return seq;
}

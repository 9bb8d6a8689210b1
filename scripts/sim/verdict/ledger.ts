/**
 * The ledger: what was attempted, made durable, sent, acknowledged and seen, by the camera's own message number and by rid. It is kept
 * outside of everything that is tested, and the verdict is read from it alone.
 */
import type { DetectionStored } from "../../../edge/log/store-port.ts";
import { kindOfNumber, RECORD_KINDS, type RecordKind } from "../../../shared/log/record.ts";
import type { LogId, Rid } from "../../../shared/model/ids.ts";
import type { CentralTables } from "../central/central-tables.ts";
import { type CameraMessage, numberOfModel } from "../town/workload.ts";

export interface LedgerRecord {
  readonly rid: Rid;
  readonly hash: string;
  readonly kind: number;
}

/** A log as it stands on a card. */
export interface LedgerLog {
  readonly logId: LogId;
  readonly site: number;
  readonly records: LedgerRecord[];
  /** Lowest number still on the card, the genesis apart; and those that are not there any more. */
  first: number;
  readonly gone: Set<number>;
  /** Of those, what a damaged card lost. */
  readonly damaged: Set<number>;
  /** The card it stood on is gone. */
  destroyed: boolean;
  /** It could not go on; what it holds was offered again in another. */
  left: boolean;
  acked: number;
  sent: number;
}

export interface Verdict {
  readonly lost: string[];
  readonly phantom: string[];
  readonly duplicate: string[];
  /** Physically destroyed before anything could leave. */
  readonly excused: number;
  /** Destroyed on a card that goes on, and told by no record. */
  readonly untold: string[];
}

/** What the verdict asks of a record that its card does not hold any more. */
export interface Excuses {
  /** A record at central names it as missing. */
  readonly isTold: (logId: LogId, seq: number, rid: Rid) => boolean;
  /** Central had it, and was put back to where it had not; or its card was damaged. */
  readonly mayBeLost: (logId: LogId, seq: number) => boolean;
  /** An older backup than the second newest was put back, which lacks it. */
  readonly wentPast: (logId: LogId, seq: number) => boolean;
}

export class Ledger {
  /** By card and log: a copied card holds the same log. */
  readonly logs = new Map<string, LedgerLog>();
  readonly everDurable = new Map<Rid, LedgerLog>();
  /** Went with a card, or with what a card held since it was copied. */
  private readonly destroyed = new Set<Rid>();
  /** Was durable on a card and is not on it any more, though nobody took the card. */
  readonly goneFromCard = new Set<Rid>();
  readonly messages = new Map<number, { readonly site: number; kind: DetectionStored["kind"] | null; rid: Rid | null }>();
  private readonly forgotten = new Set<number>();
  private readonly alertPasses = new Map<number, Rid>();

  attempted(message: CameraMessage, site: number): void {
    this.messages.set(message.number, { site, kind: null, rid: null });
  }

  /** `rid`: of the record that holds the message. */
  answered(message: CameraMessage, { kind, rid }: Pick<DetectionStored, "kind" | "rid">): void {
    const held = this.messages.get(message.number)!;
    held.kind ??= kind;
    held.rid ??= rid;
  }

  raised(site: number, pass: Rid): void {
    this.alertPasses.set(site, pass);
  }

  newestAlertPass(site: number): Rid | null {
    return this.alertPasses.get(site) ?? null;
  }

  find(logId: LogId, site: number): LedgerLog | undefined {
    return this.logs.get(`${site} ${logId}`);
  }

  logOf(logId: LogId, site: number): LedgerLog {
    const known = this.find(logId, site);
    if (known !== undefined) return known;
    const log: LedgerLog = {
      logId,
      site,
      records: [],
      first: 0,
      gone: new Set(),
      damaged: new Set(),
      destroyed: false,
      left: false,
      acked: 0,
      sent: 0,
    };
    this.logs.set(`${site} ${logId}`, log);
    return log;
  }

  /** Central has told a site, on the line or by a receipt, that it holds the log up to there. */
  noteAcknowledged(logId: LogId, site: number, next: number): void {
    const log = this.find(logId, site);
    if (log !== undefined) log.acked = Math.max(log.acked, next);
  }

  /** A record stands on a card, synced. */
  durable(log: LedgerLog, seq: number, record: LedgerRecord): void {
    if (seq !== log.records.length) throw new Error(`the ledger of ${log.logId} holds ${log.records.length} records, not ${seq}`);
    log.records.push(record);
    this.everDurable.set(record.rid, log);
    this.goneFromCard.delete(record.rid);
  }

  /** The card holds fewer (or other) records than it held. `isExcused`: it is an older copy, put there by hand. */
  truncated(log: LedgerLog, from: number, isExcused: boolean): void {
    for (const { rid } of log.records.splice(from)) (isExcused ? this.destroyed : this.goneFromCard).add(rid);
  }

  /** The card is gone, with all that it held. */
  gone(log: LedgerLog): void {
    log.destroyed = true;
    for (const { rid } of log.records) this.destroyed.add(rid);
  }

  /** The card holds other bytes than were signed, or none. */
  destroyedOnCard(logId: LogId, site: number, seq: number): void {
    const log = this.logOf(logId, site);
    log.gone.add(seq);
    log.damaged.add(seq);
  }

  /** What a site's cameras sent so far may be taken for new when they repeat it: the card may have lost what it knew of that. */
  repeatsForgotten(site: number): void {
    for (const [number, message] of this.messages) if (message.site === site) this.forgotten.add(number);
  }

  /** Another machine's card that holds the same log. */
  copyOf(logId: LogId, site: number): LedgerLog | undefined {
    return [...this.logs.values()].find((one) => one.logId === logId && one.site !== site);
  }

  /** Whether the bytes of a record are lost on a site's card. */
  isDamaged(rid: Rid, site: number): boolean {
    return [...this.logs.values()].some(
      (log) => log.site === site && log.damaged.size > 0 && log.records.some((record, seq) => record.rid === rid && log.damaged.has(seq)),
    );
  }

  durableCount(): number {
    return this.everDurable.size;
  }

  judge(central: CentralTables, excuses: Excuses): Verdict {
    const verdict: Verdict = { lost: [], phantom: [], duplicate: [], untold: [], excused: 0 };
    return { ...verdict, excused: this.judgeRecords(central, verdict, excuses) + this.judgeMessages(central, verdict) };
  }

  private judgeRecords(central: CentralTables, { lost, phantom, untold }: Verdict, excuses: Excuses): number {
    for (const log of this.logs.values()) {
      for (const [seq, { rid, kind }] of log.destroyed ? [] : log.records.entries()) {
        if (central.recordIds.has(rid) || (log.left && NOT_OFFERED_AGAIN.has(kind))) continue;
        const words = `${nameOf(kind)} ${rid}, record ${seq} of log ${log.logId}`;
        // What two backups held is neither offered nor named again by a log that was left, when an older backup was put back.
        if (log.left && excuses.wentPast(log.logId, seq)) this.destroyed.add(rid);
        else if (log.left && excuses.isTold(log.logId, seq, rid)) this.destroyed.add(rid);
        else if (!log.gone.has(seq) || (!log.damaged.has(seq) && !excuses.mayBeLost(log.logId, seq))) lost.push(words);
        else if (excuses.isTold(log.logId, seq, rid)) this.destroyed.add(rid);
        else untold.push(words);
      }
    }
    const held = [...this.destroyed].filter((rid) => !central.recordIds.has(rid));
    for (const rid of this.goneFromCard) if (!central.recordIds.has(rid)) lost.push(`${rid}, which its card lost`);
    for (const rid of central.recordIds.keys()) if (!this.everDurable.has(rid)) phantom.push(rid);
    return held.length;
  }

  private judgeMessages(central: CentralTables, { lost, phantom, duplicate }: Verdict): number {
    const seen = countByNumber(central);
    let excused = 0;
    for (const [number, { kind, rid }] of this.messages) {
      const count = seen.get(number) ?? 0;
      // A card that was destroyed took with it what it knew of the camera's repeats.
      const isForgotten = rid !== null && this.destroyed.has(rid);
      if (count > 1 && !isForgotten && !this.forgotten.has(number)) duplicate.push(`camera message ${number}: ${count} times`);
      if (count > 0 || kind === null) continue;
      if (isForgotten) excused += 1;
      else lost.push(`camera message ${number}, answered as ${kind}`);
    }
    for (const number of seen.keys()) if (!this.messages.has(number)) phantom.push(`camera message ${number}`);
    return excused;
  }
}

/** What belongs to a left log alone, or carried another record, which is judged under its own rid. */
const NOT_OFFERED_AGAIN: ReadonlySet<number> = new Set([RECORD_KINDS.genesis, RECORD_KINDS.close, RECORD_KINDS.rehome]);

const nameOf = (kind: number): RecordKind | string => kindOfNumber(kind) ?? `kind ${kind}`;

/** How many rows central shows of each message of a camera. */
function countByNumber(central: CentralTables): Map<number, number> {
  const seen = new Map<number, number>();
  for (const row of [...central.detections, ...central.revisions]) {
    const number = numberOfModel(row.model);
    if (number !== null) seen.set(number, (seen.get(number) ?? 0) + 1);
  }
  return seen;
}

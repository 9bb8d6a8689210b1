/** What a site's card holds: at a start, and after each commit. 4, 16, 21, and 24 for a store that fails. */
import type { StoreNews } from "../../../edge/log/store-port.ts";
import { StoredEntries } from "../../../edge/log/stored-entries.ts";
import { decodeEntryOp } from "../../../shared/log/payloads/entry-op-payload.ts";
import { decodeTail, RECORD_KINDS, SALT_BYTES, sameBytes } from "../../../shared/log/record.ts";
import { bytesToHex, type LogId } from "../../../shared/model/ids.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { World } from "../world.ts";
import { checkUrgentLeft } from "./step-checks.ts";

export class CardWatch {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  onStarted(process: SiteProcess): void {
    const { site } = process;
    this.world.note(site.name, `starts, boot ${site.boot}`);
    for (const log of this.world.ledger.logs.values()) {
      if (log.site !== site.index) continue;
      if (process.rows.logs.logById(log.logId) === undefined) this.world.ledger.gone(log);
      else this.reconcile(process, log.logId);
    }
    for (const own of process.reader.logs()) this.reconcile(process, own.logId);
    if (site.wasDamaged) {
      this.world.losses.sweep(process);
      if (site.disk.wasPutAside()) this.world.mark("file-salvaged");
    }
    site.wasDamaged = false;
    this.world.losses.settle(process);
    site.isOldCopy = false;
    this.world.images.started(process);
    for (const { list, part, checksum, cursor, generation } of process.rows.lists.all()) {
      const sound = sameBytes(new StoredEntries(process.rows.lists, part).checksum(), checksum);
      this.world.checks.check(16, sound, () => `${site.name}: list ${list} at ${generation} ${cursor} is not what it was before the crash`);
    }
  }

  /** What the card holds after a start: a commit nobody was told of is there, and what was told of must be. */
  private reconcile(process: SiteProcess, logId: LogId): void {
    const log = this.world.ledger.logOf(logId, process.site.index);
    const stored = process.rows.logs.logById(logId)!;
    let same = Math.min(log.records.length, stored.head.next);
    const differs = (seq: number): boolean => {
      const hash = process.rows.logs.hashAt(stored.n, seq);
      return hash !== undefined && bytesToHex(hash) !== log.records[seq]!.hash;
    };
    while (same > 0 && differs(same - 1)) same -= 1;
    if (same < log.records.length) {
      this.world.mark("card-lost-records");
      this.world.ledger.truncated(log, same, process.site.isOldCopy);
    }
    this.takeNew(process, logId);
  }

  /** Records that are durable now and were not known. */
  private takeNew(process: SiteProcess, logId: LogId): void {
    const log = this.world.ledger.logOf(logId, process.site.index);
    const stored = process.rows.logs.logById(logId)!;
    for (let seq = log.records.length; seq < stored.head.next; seq++) {
      const held = process.rows.logs.recordAt(stored.n, seq);
      if (held === undefined) {
        // A copied card is read from its beginning, and holds what was deleted no more than its model did.
        const copied = seq < stored.first ? this.world.ledger.copyOf(logId, process.site.index)?.records[seq] : undefined;
        this.world.checks.check(4, copied !== undefined, () => `${process.site.name}: record ${seq} of log ${logId} was deleted unseen`);
        if (copied === undefined) return;
        this.world.ledger.durable(log, seq, copied);
        continue;
      }
      const { tail, payload, hash } = held;
      const { rid, kind } = decodeTail(tail)!;
      this.world.ledger.durable(log, seq, { rid, kind, hash: bytesToHex(hash) });
      this.world.note(process.site.name, `durable ${seq} ${logId} kind ${kind}`, hash);
      if (payload !== null) this.world.losses.noteRecord(process.site.index, { logId, seq }, { rid, kind }, payload);
      if (kind === RECORD_KINDS["entry-op"] && payload !== null) {
        const op = decodeEntryOp(rid, payload.subarray(SALT_BYTES));
        if (op !== undefined) this.world.lists.stamped(process.site.actor(), op);
      }
    }
  }

  onCommitted(process: SiteProcess, news: readonly StoreNews[]): void {
    for (const one of news) {
      if (one.kind === "grown") this.takeNew(process, one.logId);
      if (one.kind === "grown" && this.isUrgent(process, one.logId)) {
        const { logId, next } = one;
        process.after(251, () => checkUrgentLeft(this.world.checks, process, logId, next));
      }
      if (one.kind === "detection" && one.raised.length > 0) {
        this.world.mark("alert");
        this.world.ledger.raised(process.site.index, one.pass);
      }
    }
  }

  private isUrgent(process: SiteProcess, logId: LogId): boolean {
    return process.reader.logs().some((log) => log.logId === logId && log.class === "urgent");
  }

  onRefused(process: SiteProcess, words: string, bug: string | null): void {
    this.world.mark("store-refused");
    this.world.note(process.site.name, `refused: ${words}`);
    if (bug !== null) this.world.checks.check(24, false, () => `${process.site.name}: the store failed with a bug: ${bug.slice(0, 500)}`);
  }

  onLeft(process: SiteProcess, logId: LogId, why: string): void {
    this.world.mark(`left-${why}`);
    this.world.ledger.logOf(logId, process.site.index).left = true;
    this.world.note(process.site.name, `leaves log ${logId}: ${why}`);
  }
}

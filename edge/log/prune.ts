/**
 * What goes from this disk by rule: a record that is older than 7 days *and* inside central's second newest verified backup (`durable`)
 * *and* acknowledged. It goes from the old end of its log, with everything that pages show of it and with its pictures. The genesis
 * record stays for ever; of the last record removed, all but the payload stays, so that what follows still verifies.
 */
import { rmSync } from "node:fs";
import { TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { decodeRehome } from "../../shared/log/payloads/rehome-payload.ts";
import { encodeMissingRange, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import { decodeTail, RECORD_KINDS, SALT_BYTES, type Tail } from "../../shared/log/record.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import { imageFile } from "./image-file.ts";
import type { PrunableLog } from "./prune-rows.ts";
import { append, newRid, type StoreContext } from "./store-context.ts";

/** A week of what happened stays on the site's own page, whatever central holds. */
export const KEPT_MS = 7 * 86_400_000;
/** Records removed in one transaction: a car that passes waits for one such piece at most. */
const RECORDS_AT_ONCE = 64;

/** Whether something may go now. */
export function hasOld(context: StoreContext, moment: Moment): boolean {
  return context.rows.prune.logs().some((log) => removableTo(context, log, Math.min(log.durable, log.acknowledged), moment) !== null);
}

/** Removes one piece of what may go; answers how many records went. Nothing goes while nobody vouches for the time. */
export function prune(context: StoreContext, moment: Moment): number {
  for (const log of context.rows.prune.logs()) {
    const to = removableTo(context, log, Math.min(log.durable, log.acknowledged), moment);
    if (to !== null) return remove(context, log, to);
  }
  return 0;
}

/**
 * The disk ladder's step: acknowledged detections older than 7 days that no second backup holds yet, oldest first, each range named by
 * a signed record. Those of logs that were left go first and unnamed: the records that carry them are here. Never alerts, and nothing that
 * central has not. Answers how many records went.
 */
export function pruneAcknowledged(context: StoreContext, moment: Moment): number {
  const { logId } = context.state.logs.detections;
  const logs = context.rows.prune.logs().filter((one) => one.class === "detections");
  for (const left of logs.filter((one) => one.isCarried)) {
    const end = removableTo(context, left, left.acknowledged, moment);
    if (end !== null) return remove(context, left, end);
  }
  const log = logs.find((one) => one.logId === logId);
  if (log === undefined) return 0;
  const to = removableTo(context, log, log.acknowledged, moment);
  if (to === null) return 0;
  const from = Math.max(1, log.first);
  const why = "the disk was full; central has them, its backups not yet";
  const losses: Loss[] = [{ kind: "pruned", fields: encodeMissingRange({ logId, from, to, why }) }, ...lossesNamed(context, log, from, to)];
  // Removed first: the records that say so take their room, where there is no other.
  const count = remove(context, log, to);
  for (const loss of losses) append(context, "detections", { ...loss, version: SMALL_VERSION, rid: newRid(context, moment), moment });
  return count;
}

/** A record that names others as missing, without its salt. */
interface Loss {
  readonly kind: "gap" | "pruned";
  readonly fields: Uint8Array;
}

/**
 * The losses that records [from, to) name, also as a record offered again: they are named once more. A central that loses these records
 * too (no second backup holds them) hears in their place only that they are gone.
 */
function lossesNamed({ rows }: StoreContext, log: PrunableLog, from: number, to: number): Loss[] {
  return rows.prune.tails(log.n, from, to).flatMap(({ seq, tail }) => {
    const kind = decodeTail(tail)?.kind;
    const payload = kind === RECORD_KINDS.rehome || isLossKind(kind) ? rows.logs.recordAt(log.n, seq)?.payload : undefined;
    const loss = kind === undefined || payload == null ? undefined : lossIn(kind, payload);
    return loss === undefined ? [] : [loss];
  });
}

function lossIn(kind: number, payload: Uint8Array): Loss | undefined {
  const fields = payload.subarray(SALT_BYTES);
  if (isLossKind(kind)) return { kind: kind === RECORD_KINDS.gap ? "gap" : "pruned", fields };
  const carried = kind === RECORD_KINDS.rehome ? decodeRehome(fields)?.record : undefined;
  return carried?.payload == null ? undefined : lossIn(carried.tail.kind, carried.payload);
}

const isLossKind = (kind: number | undefined): boolean => kind === RECORD_KINDS.gap || kind === RECORD_KINDS.pruned;

/** Where the next piece to remove ends; null when nothing may go. */
function removableTo(context: StoreContext, log: PrunableLog, limit: number, { wallMs, clockQuality }: Moment): number | null {
  const { prune: rows } = context.rows;
  const from = Math.max(1, log.first);
  // An own edit that the list's feed has not brought back yet is read from its record.
  const below = Math.min(limit, rows.oldestUnmerged(log.n) ?? limit);
  if (clockQuality < TRUSTED_QUALITY || from >= below) return null;
  const end = Math.min(below, from + RECORDS_AT_ONCE);
  const isOld = (tail: Tail | undefined): boolean => isTrusted(tail) && tail.wallMs < wallMs - KEPT_MS;
  const piece = rows.tails(log.n, from, end).map((row) => ({ seq: row.seq, tail: decodeTail(row.tail) }));
  const newestOld = piece.findLast(({ tail }) => isOld(tail));
  if (newestOld !== undefined) return newestOld.seq + 1;
  if (piece.some(({ tail }) => isTrusted(tail))) return null;
  // A whole piece without a trusted time: it is as old as any later record that is.
  return probes(end, below).some((seq) => isOld(decodeTail(rows.tailAt(log.n, seq) ?? NO_TAIL))) ? end : null;
}

const NO_TAIL = new Uint8Array();

/** From `from` on in steps that double, and the last one: a month without a clock is not read through. */
function probes(from: number, below: number): number[] {
  const seqs = [below - 1];
  for (let step = RECORDS_AT_ONCE, seq = from; seq < below; seq += step, step *= 2) seqs.push(seq);
  return seqs;
}

const isTrusted = (tail: Tail | undefined): tail is Tail => tail !== undefined && tail.clockQuality >= TRUSTED_QUALITY;

function remove(context: StoreContext, log: PrunableLog, to: number): number {
  const { prune: rows } = context.rows;
  const from = Math.max(1, log.first);
  for (const row of rows.tails(log.n, from, to)) {
    const tail = decodeTail(row.tail);
    if (tail !== undefined) forget(context, log.n, row.seq, tail);
  }
  rows.dropRecords(log.n, from, to);
  return to - from;
}

/** What pages show of one record. */
function forget(context: StoreContext, log: number, seq: number, { kind, rid }: Tail): void {
  const { prune: rows } = context.rows;
  switch (kind) {
    case RECORD_KINDS.detection:
      for (const image of rows.settledImages(rid)) dropImage(context, image.sha256);
      return rows.dropDetection(rid);
    case RECORD_KINDS.revision:
      return rows.dropRevision(rid);
    case RECORD_KINDS.alert:
      return rows.dropFinding(log, seq);
    case RECORD_KINDS["alert-op"]:
      return rows.dropOp(rid);
  }
}

/** The file first: a row without its file is removed the next time, a file without its row never. */
function dropImage(context: StoreContext, sha256: Sha256): void {
  rmSync(imageFile(context.home, sha256), { force: true });
  context.rows.prune.dropImage(sha256);
}

/** A picture reached central after its detection had gone from here. */
export function dropIfOrphan(context: StoreContext, sha256: Sha256): void {
  const image = context.rows.images.byHash(sha256);
  if (image === undefined || image.state === "waiting" || context.rows.detections.byRid(image.rid) !== undefined) return;
  dropImage(context, sha256);
}

import type { Database } from "better-sqlite3";
import type { Signer } from "../../shared/crypto/device-keys.ts";
import type { LogHead, Moment, WireItem } from "../../shared/log/chain.ts";
import { ZERO_HASH } from "../../shared/log/chain.ts";
import { type SignedCheckpoint, signCheckpoint } from "../../shared/log/checkpoint.ts";
import type { LogId, Sha256 } from "../../shared/model/ids.ts";
import { imageFile } from "./image-file.ts";
import type { WaitingRow } from "./image-rows.ts";
import type { StoredLog } from "./log-rows.ts";
import type { EdgeLogReader, OwnLog, WaitingImage } from "./store-port.ts";
import type { StoreRows } from "./store-rows.ts";

export interface ReaderOptions {
  readonly home: string;
  /** A read-only connection: it sees only what is durable. */
  readonly db: Database;
  readonly rows: StoreRows;
  readonly sign: Signer;
  readonly now: () => Moment;
}

/** So many pictures are looked at to say how large all of them are. */
const IMAGES_SIZED_MAX = 512;
const ALERT_IMAGES_SIZED_MAX = 10_000;

/** What the uplink reads of this edge's logs. */
export function makeEdgeLogReader({ home, db, rows, sign, now }: ReaderOptions): EdgeLogReader {
  const logs = (): StoredLog[] => rows.logs.activeLogs();

  /** Head of the log's first `next` records. Asking for more than is held is a bug. */
  const headAt = (logId: LogId, next: number): LogHead => {
    if (next === 0) return { next, head: ZERO_HASH };
    const log = rows.logs.logById(logId);
    const head = log === undefined ? undefined : rows.logs.hashAt(log.n, next - 1);
    if (head === undefined) throw new Error(`no record ${next - 1} in log ${logId}`);
    return { next, head };
  };

  return {
    logs: () =>
      logs().map(({ logId, class: logClass, first, head, acknowledged }): OwnLog => {
        return { logId, class: logClass, first, head, acknowledged };
      }),
    hashAt(logId, seq) {
      const log = rows.logs.logById(logId);
      return log === undefined ? null : (rows.logs.hashAt(log.n, seq) ?? null);
    },
    items: (logId, fromSeq, recordsMax, bytesMax) => takeItems(rows, logId, fromSeq, recordsMax, bytesMax),
    checkpoint(logId, next): SignedCheckpoint {
      const { head } = headAt(logId, next);
      const { wallMs, clockQuality, boot } = now();
      return signCheckpoint({ logId, next, headHash: head, wallMs, clockQuality, boot }, sign);
    },
    feeds: rows.lists.positions,
    witness: rows.tree.witness,
    centralSaid: rows.meta.centralSaid,
    waitingImages: (most, without) => db.transaction(() => takeImages(home, rows, logs, most, without))(),
    waitingNamed: (digests) => rows.images.waitingNamed(digests).map((row) => toWaiting(home, row)),
    imagesBehind: (logId, priority, to, behind, most) => {
      const log = rows.logs.logById(logId);
      const from = behind === null ? { seq: -1, sha256: "" } : behind;
      if (log === undefined) return [];
      return rows.images.waitingBehind(priority, log.n, from, to, most).map((row) => toWaiting(home, row));
    },
    waitingImageCount: () => rows.images.waitingCount(),
    waitingImageSizes() {
      const count = rows.images.waitingCount();
      const alerts = rows.images.alertsWaiting(ALERT_IMAGES_SIZED_MAX);
      const others = Math.max(0, count - alerts.count);
      return { alerts, all: { count, bytes: alerts.bytes + Math.round(others * rows.images.meanWaitingBytes(IMAGES_SIZED_MAX)) } };
    },
    spoolBytes: () => logs().reduce((sum, log) => sum + log.bytes - rows.logs.bytesBelow(log.n, Math.max(log.acknowledged, log.first)), 0),
    alertsOf: (pass) => rows.alerts.alertsOfPass(pass).map(({ alert }) => alert),
  };
}

function takeItems(rows: StoreRows, logId: LogId, fromSeq: number, recordsMax: number, bytesMax: number): WireItem[] {
  const log = rows.logs.logById(logId);
  const items: WireItem[] = [];
  // What was removed here by rule leaves no hole in what is sent.
  if (log === undefined || fromSeq < log.first) return items;
  let bytes = 0;
  for (const item of rows.logs.itemsFrom(log.n, fromSeq, recordsMax)) {
    bytes += item.tail.length + (item.payload?.length ?? item.digest?.length ?? 0);
    if (items.length > 0 && bytes > bytesMax) break;
    items.push(item);
  }
  return items;
}

/**
 * Asked after each ACK, when mostly nothing waits. By priority, then oldest first; only pictures that an acknowledged record names: central
 * takes no others.
 */
function takeImages(
  home: string,
  rows: StoreRows,
  activeLogs: () => readonly StoredLog[],
  most: number,
  without: Iterable<Sha256> = [],
): WaitingImage[] {
  const images: WaitingImage[] = [];
  const priorities = rows.images.waitingPriorities();
  if (priorities.length === 0) return images;
  const logs = activeLogs();
  const others = JSON.stringify([...without]);
  for (const priority of priorities) {
    for (const { n, acknowledged } of logs) {
      if (images.length >= most) return images;
      for (const row of rows.images.waiting(priority, n, acknowledged, others, most - images.length)) {
        images.push(toWaiting(home, row));
      }
    }
  }
  return images;
}

const toWaiting = (home: string, { sha256, bytes, role, rid, priority, logId, seq }: WaitingRow): WaitingImage => {
  return { sha256, bytes, role, rid, priority, path: imageFile(home, sha256), logId, seq };
};

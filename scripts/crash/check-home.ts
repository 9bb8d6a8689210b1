/**
 * What a home holds, by the camera's own numbers: read from the signed records as they lie in the file, not from any table made of them.
 * The chain is checked by the verifier that was written from the specification alone.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { imageFile } from "../../edge/log/image-file.ts";
import { openReading } from "../../edge/log/open-database.ts";
import { verifyStoredLog } from "../../shared/log/golden/verify-log.ts";
import { decodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import { decodeImageDropped } from "../../shared/log/payloads/site-payloads.ts";
import { decodeTail, RECORD_KINDS, SALT_BYTES } from "../../shared/log/record.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import { numberOf } from "./push-camera.ts";

export interface HomeFindings {
  readonly records: number;
  readonly detections: number;
  /** Numbers that were answered with 200 and are not in the log. */
  readonly lost: readonly number[];
  /** Numbers that stand in the log more than once. */
  readonly doubled: readonly number[];
  /** What else does not hold, one sentence each: the chain, a picture, a record that nobody sent. */
  readonly trouble: readonly string[];
}

export interface HomeExpectation {
  readonly answered: Iterable<number>;
  /** Pictures that were found whole before; they are not read again, and those found now are added. */
  readonly wholePictures?: Set<Sha256>;
}

interface RecordRow {
  readonly log: number;
  readonly seq: number;
  readonly tail: Buffer;
  readonly payload: Buffer;
  readonly hash: Buffer;
}
interface LogRow {
  readonly n: number;
  readonly log_id: string;
  readonly class: string;
  readonly next: number;
  readonly head: Buffer;
}

/** Reads in one transaction, so that an edge may be writing meanwhile. Throws when the file cannot be opened. */
export function checkHome(home: string, { answered, wholePictures = new Set() }: HomeExpectation): HomeFindings {
  const db = openReading(home);
  try {
    return db.transaction(() => {
      const trouble: string[] = [];
      const logs = db.prepare("select n, log_id, class, next, head from logs order by n").all() as LogRow[];
      const key = db.prepare("select value from meta where key = 'device-key'").pluck().get() as string;
      const rowsOf = db.prepare("select log, seq, tail, payload, hash from records where log = ? order by seq");
      const checkpointOf = db.prepare("select bytes, signature from checkpoints where log = ? order by next desc limit 1");
      const counts = new Map<number, number>();
      let records = 0;
      let detections = 0;
      for (const log of logs) {
        const rows = rowsOf.all(log.n) as RecordRow[];
        records += rows.length;
        const checkpoint = checkpointOf.get(log.n) as { bytes: Buffer; signature: Buffer } | undefined;
        trouble.push(...chainTrouble(log, rows, key, checkpoint));
        if (log.class === "detections") detections += readDetections(home, rows, counts, wholePictures, trouble);
      }
      return {
        records,
        detections,
        lost: [...answered].filter((number) => !counts.has(number)),
        doubled: [...counts].filter(([, count]) => count > 1).map(([number]) => number),
        trouble,
      };
    })();
  } finally {
    db.close();
  }
}

function chainTrouble(log: LogRow, rows: readonly RecordRow[], key: string, checkpoint?: { bytes: Buffer; signature: Buffer }): string[] {
  if (rows.length !== log.next) return [`log ${log.class}: ${rows.length} records, and its head says ${log.next}`];
  const headers = rows.map((row, at) => Buffer.concat([rows[at - 1]?.hash ?? Buffer.alloc(32), sha256(row.payload), row.tail]));
  const hash = createHash("sha256").update("alpr-record-1").update(Buffer.from(log.log_id, "hex")).update(headers.at(-1)!).digest();
  if (!hash.equals(log.head)) return [`log ${log.class}: its head is not the hash of its last record`];
  // A log of a few seconds has no checkpoint yet; its chain is held by its head until then.
  if (checkpoint === undefined) return [];
  const verdict = verifyStoredLog({
    logId: Buffer.from(log.log_id, "hex"),
    publicKey: Buffer.from(key, "hex"),
    headers,
    payloads: rows.map(({ payload }) => payload),
    checkpoint: checkpoint.bytes,
    signature: checkpoint.signature,
  });
  return verdict === "ok" ? [] : [`log ${log.class}: ${verdict}`];
}

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** Counts the numbers, and looks at each picture that a record names and no other record gives up. */
function readDetections(
  home: string,
  rows: readonly RecordRow[],
  counts: Map<number, number>,
  whole: Set<Sha256>,
  trouble: string[],
): number {
  const dropped = new Set<string>();
  const named = new Set<Sha256>();
  let detections = 0;
  for (const { seq, tail, payload } of rows) {
    const head = decodeTail(tail);
    const fields = payload.subarray(SALT_BYTES);
    if (head?.kind === RECORD_KINDS["image-dropped"]) dropped.add(decodeImageDropped(fields)?.sha256 ?? "");
    if (head?.kind === RECORD_KINDS.revision) trouble.push(`record ${seq} is a revision, and the camera sent none`);
    if (head?.kind !== RECORD_KINDS.detection) continue;
    const detection = decodeDetection(head.rid, fields);
    const number = numberOf(detection?.plate ?? null);
    detections += 1;
    if (detection === undefined || number === null) trouble.push(`record ${seq} is a detection that no camera sent`);
    else {
      counts.set(number, (counts.get(number) ?? 0) + 1);
      for (const image of detection.images) named.add(image.sha256);
    }
  }
  for (const sha of named) if (!dropped.has(sha) && !whole.has(sha)) lookAt(home, sha, whole, trouble);
  return detections;
}

function lookAt(home: string, sha: Sha256, whole: Set<Sha256>, trouble: string[]): void {
  const file = imageFile(home, sha);
  if (!existsSync(file)) trouble.push(`picture ${sha.slice(0, 12)} is named by a record and is not there`);
  else if (sha256(readFileSync(file)).toString("hex") !== sha)
    trouble.push(`picture ${sha.slice(0, 12)} is named by a record and is not whole`);
  else whole.add(sha);
}

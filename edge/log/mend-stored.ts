/**
 * Values of a salvaged file that SQLite reads well and that are not of their form: each is made again from the records where they can say
 * it, and its row left out where they cannot. Afterwards no reader meets one, so that no start salvages what the one before has mended.
 */
import type { Database } from "better-sqlite3";
import { EMPTY_LOG, logIdOfGenesis } from "../../shared/log/chain.ts";
import { decodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { decodeDetection, decodeRevision } from "../../shared/log/payloads/detection-payload.ts";
import { decodeRehome } from "../../shared/log/payloads/rehome-payload.ts";
import { decodeGenesis } from "../../shared/log/payloads/site-payloads.ts";
import {
  chainRecord,
  decodeTail,
  isCount,
  joinBytes,
  kindOfNumber,
  type LogClass,
  payloadDigest,
  SALT_BYTES,
  sameBytes,
} from "../../shared/log/record.ts";
import type { DetectionImage } from "../../shared/model/detection.ts";
import { type ListId, type LogId, parseUuid, type Rid } from "../../shared/model/ids.ts";
import { imagePriority, type LedgerState } from "./image-rows.ts";
import { restoreLogRows } from "./leave-broken-logs.ts";
import { type MendRows, prepareMendRows, type RawImage, type RawLog } from "./mend-rows.ts";
import type { StoreRows } from "./store-rows.ts";
import { damage, isImageState, isListId, isListPosition, isLogRow, isLogStatus } from "./stored-form.ts";

/** Inside the caller's transaction, before anything else is read of the file. */
export function mendStored(db: Database, rows: StoreRows): void {
  const mend = prepareMendRows(db);
  mendLogs(mend, rows);
  mendLists(mend);
  for (const image of mend.badImages()) mendImage(mend, rows, image);
}

/** Throws damage. Under another id than its own first record names, all that is appended to a log would be chained onto nothing. */
export function refuseStrangeIds(rows: StoreRows): void {
  for (const { n, logId } of rows.logs.all()) {
    const named = namesOf(rows, n);
    if (named !== undefined && named.logId !== logId) throw damage("a log is not the one that its first record names");
  }
}

interface LogNames {
  readonly logId: LogId;
  readonly class: LogClass;
}

/** What a log's first record says of it; undefined when that record is not what was signed. */
function namesOf({ logs }: Pick<StoreRows, "logs">, n: number): LogNames | undefined {
  const first = logs.recordAt(n, 0);
  const genesis = first?.payload == null ? undefined : decodeGenesis(first.payload.subarray(SALT_BYTES));
  if (first?.payload == null || genesis === undefined) return undefined;
  const logId = logIdOfGenesis(joinBytes(EMPTY_LOG.head, payloadDigest(first.payload), first.tail));
  const record = chainRecord(logId, EMPTY_LOG.head, first.tail, first.payload);
  return record !== undefined && sameBytes(record.hash, first.hash) ? { logId, class: genesis.class } : undefined;
}

function mendLogs(mend: MendRows, rows: StoreRows): void {
  for (const log of mend.logs()) mendLog(mend, rows, log);
  const dropBad = (): void => {
    for (const { n } of mend.badLogs()) mend.dropLog(n);
  };
  dropBad();
  restoreLogRows(rows);
  // What even its records cannot say is left out for good: a new log begins.
  dropBad();
}

function mendLog(mend: MendRows, rows: StoreRows, log: RawLog): void {
  const named = namesOf(rows, log.n);
  if (named === undefined || (isLogRow(log) && named.logId === log.log_id && named.class === log.class)) return;
  const status = isLogStatus(log.status) ? log.status : log.left_ms === null ? "active" : "left";
  if (!mend.nameLog(log.n, named.logId, named.class, status)) return mend.dropLog(log.n);
  if (!isLogRow({ ...log, log_id: named.logId, class: named.class, status })) mend.measureLog(log.n);
}

/** A list that central knows stays in force as it is held, and is asked for anew. */
function mendLists(mend: MendRows): void {
  for (const row of mend.badLists()) {
    if (!isListId(row.list)) mend.dropList(row.list);
    else if (isListPosition(row)) mend.unshowList(row.list);
    else mend.unsetList(row.list);
  }
  for (const part of mend.namelessParts()) {
    const list = parseUuid<ListId>(part.split("/")[0]);
    if (list !== undefined) mend.putList(list, part === list ? null : part);
  }
}

/** The record that names the picture says what it is; what is no picture of that record is left out. */
function mendImage(mend: MendRows, { logs, images }: StoreRows, bad: RawImage): void {
  mend.dropImage(bad.sha256);
  if (!isCount(bad.log) || !isCount(bad.seq)) return;
  const place = { log: bad.log, seq: bad.seq };
  const held = logs.recordAt(place.log, place.seq);
  const named = held?.payload == null ? undefined : picturesOf(held.tail, held.payload);
  if (named === undefined) return;
  const state = (isImageState(bad.state) ? bad.state : "waiting") as LedgerState;
  for (const { sha256, bytes, role } of named.images) {
    const priority = isCount(bad.priority) ? bad.priority : imagePriority(role, named.isAlert);
    if (images.byHash(sha256) === undefined) images.put({ sha256, bytes, role, rid: named.detection, state }, priority, place);
  }
}

interface NamedPictures {
  readonly detection: Rid;
  readonly images: readonly DetectionImage[];
  readonly isAlert: boolean;
}

/** The pictures that a record names: a detection's, a revision's, an alert's, or that of one of these which was offered again. */
function picturesOf(tailBytes: Uint8Array, payload: Uint8Array): NamedPictures | undefined {
  const tail = decodeTail(tailBytes);
  const fields = payload.subarray(SALT_BYTES);
  switch (tail === undefined ? undefined : kindOfNumber(tail.kind)) {
    case "detection": {
      const detection = decodeDetection(tail!.rid, fields);
      return detection && { detection: detection.rid, images: detection.images, isAlert: false };
    }
    case "revision": {
      const revision = decodeRevision(tail!.rid, fields);
      return revision && { detection: revision.revises, images: revision.images, isAlert: false };
    }
    case "alert": {
      const alert = decodeAlert(fields);
      const named = alert && picturesOf(alert.detection.tail, alert.detection.payload);
      return named && { ...named, isAlert: true };
    }
    case "rehome": {
      const record = decodeRehome(fields)?.record;
      return record?.payload == null ? undefined : picturesOf(record.tailBytes, record.payload);
    }
    default:
      return undefined;
  }
}

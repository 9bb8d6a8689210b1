import type { Moment } from "../../shared/log/chain.ts";
import { beginLog } from "../../shared/log/chain.ts";
import { encodeGenesis, type Genesis, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import { type LogClass, SALT_BYTES } from "../../shared/log/record.ts";
import { bytesToHex, type CollectorId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { StoredLog } from "./log-rows.ts";
import type { DeviceKey, RandomBytes } from "./store-context.ts";
import type { StoreRows } from "./store-rows.ts";

export interface LogsOwner {
  readonly rows: StoreRows;
  readonly collector: CollectorId;
  readonly device: DeviceKey;
  readonly random: RandomBytes;
  readonly newId: (wallMs: number) => string;
}

/**
 * On first open both logs are born, each with its genesis record. On every later one the file must belong to this collector and this
 * device key: records that another key vouches for cannot be continued by this one. After a salvage either may be missing. Answers how many began.
 */
export function beginLogs(owner: LogsOwner, now: Moment, isSalvaged: boolean): number {
  const key = bytesToHex(owner.device.publicKey);
  const active = owner.rows.logs.activeLogs().map((log) => log.class);
  if (active.length > 0) requireOwner(owner, key, isSalvaged);
  owner.rows.meta.put("collector", owner.collector);
  owner.rows.meta.put("device-key", key);
  const reason = isSalvaged ? "the log before cannot be read any more" : "first start of this install";
  const missing = (["urgent", "detections"] as const).filter((logClass) => !active.includes(logClass));
  for (const logClass of missing) beginLogOf(owner, { class: logClass, previous: null, reason }, now);
  return missing.length;
}

function requireOwner({ rows, collector }: LogsOwner, key: string, isSalvaged: boolean): void {
  const owns = rows.meta.get("collector");
  if (isSalvaged && (owns === undefined || rows.meta.get("device-key") === undefined)) return;
  if (owns !== collector) {
    throw new Error(
      `data/events.db belongs to collector ${owns}, and config/local.yaml names ${collector}. Use another home, or the right id.`,
    );
  }
  if (rows.meta.get("device-key") !== key) {
    throw new Error("config/.credentials/device-key is not the key that data/events.db was begun with. Put the right one back.");
  }
}

export interface Beginning {
  readonly class: LogClass;
  /** The log that this one continues, up to where central agrees; null for a first one. */
  readonly previous: Genesis["previous"];
  readonly reason: string;
}

/** A new log of this device with its genesis record, inside the running transaction. There must be no other active one of its class. */
export function beginLogOf({ rows, collector, device, random, newId }: LogsOwner, beginning: Beginning, now: Moment): StoredLog {
  const fields = encodeGenesis({ deviceKey: device.publicKey, collector, nonce: random(16), ...beginning });
  const rid = uuid<Rid>(newId(now.wallMs));
  const { logId, record } = beginLog({ kind: "genesis", version: SMALL_VERSION, rid, moment: now, salt: random(SALT_BYTES), fields });
  const log = rows.logs.insertLog(logId, beginning.class);
  rows.logs.insertRecord(log, record, record.tailBytes.length + (record.payload?.length ?? 0));
  return rows.logs.logById(logId)!;
}

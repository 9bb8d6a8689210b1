/** A central's merge on a test database, with one registered collector: for the tests of this room and of ingest. */
import { uuidv7 } from "uuidv7";
import type { CollectorId } from "../../shared/model/ids.ts";
import { monthOf } from "../db/ensure-partition.ts";
import type { Db } from "../db/open-db.ts";
import { openLogs } from "../ingest/session-rows.ts";
import { type TestCollector, type TestLog, testCollector } from "../ingest/test-collector.ts";
import { KnownPlates } from "./known-plates.ts";
import type { MergeDeps } from "./merge-deps.ts";
import { nodeZstd } from "./zstd.ts";

export async function registerCollector(db: Db, id: string, name = `collector ${id.slice(-6)}`): Promise<{ siteId: string }> {
  const siteId = uuidv7();
  const now = new Date();
  await db
    .insertInto("sites")
    .values({ id: siteId, name: "Main & Maple", latitude: null, longitude: null, time_zone: "America/New_York", created_at: now })
    .execute();
  await db
    .insertInto("collectors")
    .values({ id, name, site_id: siteId, created_at: now, retired_at: null, wanted_config_revision: null })
    .execute();
  return { siteId };
}

export async function bindKey(db: Db, collectorId: CollectorId, deviceKey: Uint8Array): Promise<void> {
  await db
    .insertInto("collector_keys")
    .values({
      collector_id: collectorId,
      device_key: deviceKey,
      api_key_id: null,
      confirmed: true,
      first_seen_at: new Date(),
      confirmed_at: null,
      confirmed_by: null,
    })
    .execute();
}

/** A test collector that central knows, with its device key bound. */
export async function knownCollector(db: Db): Promise<TestCollector> {
  const owner = testCollector();
  await registerCollector(db, owner.id);
  await bindKey(db, owner.id, owner.deviceKey);
  return owner;
}

/** Opens these logs as their collector's HELLO would. */
export async function openTestLogs(db: Db, logs: readonly TestLog[], atMs = Date.now()): Promise<void> {
  const { owner } = logs[0]!;
  const ids = logs.map((log) => log.logId);
  await db.transaction().execute((tx) => openLogs(tx, owner.id, ids, owner.session, atMs));
}

/** Deps whose alert and feed side only count: those slices have tests of their own. */
export function mergeDepsOf(db: Db, more: Partial<MergeDeps> = {}): MergeDeps {
  return {
    db,
    zstd: nodeZstd,
    nowMs: Date.now,
    alerts: { addFindings: async () => undefined, addAlertOps: async () => undefined },
    publishOps: async () => new Map(),
    refusedOps: async () => new Set(),
    isOwnSignature: () => false,
    knownPlates: new KnownPlates(),
    months: new Set([monthOf(Date.now())]),
    onCommitted: () => undefined,
    log: { warn: () => undefined },
    ...more,
  };
}

import { grantCredit } from "../../shared/flow/credits.ts";
import type { LogId } from "../../shared/model/ids.ts";
import type { Beat, BeatLog, Heartbeat } from "../../shared/protocol/frames.ts";
import { CREDIT_BYTES, CREDIT_RECORDS } from "../../shared/protocol/limits.ts";
import { raiseAlarms, updateSite, upsertCameras } from "./heartbeat-rows.ts";
import { lagOf } from "./open-session.ts";
import { upsertReplicas } from "./replica-rows.ts";
import { closeCollectorGap, findSessionLogs, lockCollector, type SessionLog, upsertHeartbeat } from "./session-rows.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** Who speaks: known since HELLO. */
export interface Speaker {
  readonly collectorId: string;
  readonly siteId: string;
  /** Those that the answer names. */
  readonly logs: readonly LogId[];
}

/** Keeps what a collector reports and answers with where everything stands at central. */
export async function hearHeartbeat(deps: SyncDeps, speaker: Speaker, heartbeat: Heartbeat): Promise<Beat> {
  const receivedMs = deps.nowMs();
  const { collectorId, siteId } = speaker;
  const { wanted, logs } = await deps.db.transaction().execute(async (tx) => {
    const collector = await lockCollector(tx, collectorId);
    await upsertHeartbeat(
      tx,
      {
        collectorId,
        connected: true,
        spool: heartbeat.spool,
        waitingRecords: heartbeat.health.waitingRecords,
        clockQuality: heartbeat.clock.quality,
        clockOffsetMs: heartbeat.clock.wallMs - receivedMs,
        lagMs: lagOf(heartbeat.spool.oldestMs, heartbeat.clock.wallMs),
        version: heartbeat.health.version,
        configRevision: heartbeat.configRevision,
      },
      receivedMs,
    );
    await upsertCameras(tx, collectorId, siteId, heartbeat.cameras, receivedMs);
    await updateSite(tx, siteId, heartbeat.site);
    await closeCollectorGap(tx, collectorId, receivedMs);
    await raiseAlarms(tx, collectorId, heartbeat.alarms, receivedMs);
    await upsertReplicas(tx, collectorId, heartbeat.feeds, receivedMs);
    return { wanted: collector.wantedConfigRevision, logs: await findSessionLogs(tx, collectorId, speaker.logs) };
  });
  return {
    type: "beat",
    clock: [heartbeat.clock.wallMs, receivedMs, deps.nowMs()],
    feeds: await deps.headsOf(siteId),
    logs: logs.map(beatLog),
    wantedConfigRevision: wanted,
    treeHead: (await deps.tree.now()).head,
    policy: { neighbours: await deps.neighboursOf(collectorId) },
  };
}

function beatLog({ logId, next, durable, status }: SessionLog): BeatLog {
  const log = { logId, durable, credit: grantCredit(next, CREDIT_RECORDS, CREDIT_BYTES) };
  return status === "unconfirmed" ? { ...log, isUnconfirmed: true } : log;
}

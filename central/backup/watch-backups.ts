import type { BackupsAnswer } from "../../shared/api/central-api.ts";
import type { Db } from "../db/open-db.ts";
import { newestBackups } from "./backup-rows.ts";
import { findEdgeRoom, keepLateNotice, keepNotice } from "./edge-room-rows.ts";
import { judgeBackups, judgePlan } from "./judge-backups.ts";
import { type BackupPlan, lastPlannedMs } from "./scheduled-backups.ts";

export interface WatchBackupsDeps {
  readonly db: Db;
  readonly nowMs: () => number;
}

const SHOWN = 10;

/** What people are told of central's backups, as of now. */
export async function backupsNow({ db, nowMs }: WatchBackupsDeps): Promise<BackupsAnswer> {
  const backups = await newestBackups(db, SHOWN);
  const standing = judgeBackups(backups.slice(0, 2), await findEdgeRoom(db, nowMs()), nowMs());
  return {
    standing,
    backups: backups.map(({ id, kind, label, madeMs, verifiedMs }) => {
      return { id, kind, label, made_at: new Date(madeMs).toISOString(), verified_at: new Date(verifiedMs).toISOString() };
    }),
  };
}

export interface WatchPlanDeps extends WatchBackupsDeps {
  readonly plan: Pick<BackupPlan, "atMinute">;
  /** When this central began to follow the plan. */
  readonly startedMs: number;
}

/** One look at whether the newest verified copy is as new as the plan asks for. */
export async function watchPlan({ db, nowMs, plan, startedMs }: WatchPlanDeps): Promise<void> {
  const [newest] = await newestBackups(db, 1);
  await keepLateNotice(db, judgePlan(newest, lastPlannedMs(plan, nowMs()), startedMs, nowMs()), nowMs());
}

/** One look: a central that no edge has spoken to yet has nothing to back up. */
export async function watchBackups(deps: WatchBackupsDeps): Promise<void> {
  const edges = await findEdgeRoom(deps.db, deps.nowMs());
  if (edges.length === 0) return;
  await keepNotice(deps.db, (await backupsNow(deps)).standing, deps.nowMs());
}

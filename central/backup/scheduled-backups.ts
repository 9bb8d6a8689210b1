/**
 * Central's own backups: once a day a copy into a new folder, brought up and recorded at once, so that `durable` moves without a person. A
 * copy that fails is removed, told by a notice, and tried again after an hour; what a stopped central missed is made up at its start.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "../db/open-db.ts";
import { readManifest } from "./backup-manifest.ts";
import { newestBackups } from "./backup-rows.ts";
import { endBackupFailure, tellBackupFailure } from "./edge-room-rows.ts";

export interface BackupPlan {
  /** Folder of the copies, each in one of its own. */
  readonly dir: string;
  /** Minute of the day, UTC. */
  readonly atMinute: number;
  /** Verified copies that stay, at least 2: edges rely on the two newest. */
  readonly keep: number;
}

export interface ScheduledBackupDeps {
  readonly db: Db;
  readonly plan: BackupPlan;
  readonly nowMs: () => number;
  /** Copies the database into a folder that is new. */
  readonly make: (dir: string) => Promise<unknown>;
  /** Brings a copy up, compares it and records it as verified. */
  readonly verify: (dir: string) => Promise<unknown>;
  readonly say: (line: string) => void;
}

const DAY_MS = 86_400_000;
const RETRY_MS = 3_600_000;
const LOOKED_BACK = 1_000;
const OWN_FOLDER = /^central-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/;

/** One look, and a backup when one is due. Call it about once a minute; never two at a time. */
export function scheduledBackups(deps: ScheduledBackupDeps): () => Promise<void> {
  let failedMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const nowMs = deps.nowMs();
    const retryIn = nowMs - failedMs;
    // A clock that went back is no reason to wait for days.
    if ((retryIn >= 0 && retryIn < RETRY_MS) || !isDue(deps, nowMs, await verifiedFolders(deps))) return;
    const dir = join(deps.plan.dir, folderName(nowMs));
    try {
      mkdirSync(deps.plan.dir, { recursive: true, mode: 0o700 });
      if (!isOurs(dir)) {
        failedMs = nowMs;
        return;
      }
      await deps.make(dir);
      await deps.verify(dir);
      removeOld(deps.plan, await verifiedFolders(deps));
      await endBackupFailure(deps.db, nowMs);
    } catch (error) {
      failedMs = nowMs;
      // Half a copy each hour would fill the disk.
      rmSync(dir, { recursive: true, force: true });
      deps.say(`it failed: ${(error as Error).message}`);
      await tellBackupFailure(deps.db, (error as Error).message, nowMs);
    }
  };
}

/** Makes the folder. False: another central with the same plan fired in the same second and is writing there. */
function isOurs(dir: string): boolean {
  try {
    mkdirSync(dir, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function isDue({ plan }: ScheduledBackupDeps, nowMs: number, verified: readonly string[]): boolean {
  const newest = verified.at(-1);
  return newest === undefined || newest < folderName(lastPlannedMs(plan, nowMs));
}

/** When the plan last asked for a copy, ms UTC; at most a day ago. */
export function lastPlannedMs({ atMinute }: Pick<BackupPlan, "atMinute">, nowMs: number): number {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS + atMinute * 60_000;
  return today <= nowMs ? today : today - DAY_MS;
}

/** Names sort as their times do. */
const folderName = (ms: number): string => `central-${new Date(ms).toISOString().slice(0, 19).replaceAll(":", "-")}Z`;

/** Own folders whose copy this database knows as verified, oldest first. */
async function verifiedFolders({ db, plan }: ScheduledBackupDeps): Promise<string[]> {
  const known = new Set((await newestBackups(db, LOOKED_BACK)).map(({ id }) => id));
  return ownFolders(plan.dir).filter((name) => known.has(idOf(join(plan.dir, name)) ?? ""));
}

function ownFolders(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => OWN_FOLDER.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function idOf(dir: string): string | null {
  try {
    return readManifest(dir).id;
  } catch {
    return null;
  }
}

/** Everything older than the verified copies that stay; folders with other names are somebody's own. */
function removeOld({ dir, keep }: BackupPlan, verified: readonly string[]): void {
  const oldestKept = verified.at(-keep);
  if (oldestKept === undefined) return;
  for (const name of ownFolders(dir)) if (name < oldestKept) rmSync(join(dir, name), { recursive: true, force: true });
}

/** `backup DIR` and `backup-verify DIR`: on PostgreSQL beside a running central, on the embedded database with or without one. */
import { resolve } from "node:path";
import { uuidv7 } from "uuidv7";
import { askRunning } from "./backup/backup-requests.ts";
import { makeBackup } from "./backup/make-backup.ts";
import { type Recorded, recordVerifiedBackup } from "./backup/record-verified-backup.ts";
import { verifyBackup } from "./backup/verify-backup.ts";
import type { CentralConfig } from "./config.ts";
import { openDb } from "./db/open-db.ts";
import { openFoundation } from "./foundation.ts";
import { programVersion } from "./program-version.ts";

const say = (line: string): void => console.log(`  ${line}`);

export async function backupCommand(config: CentralConfig, folder: string): Promise<void> {
  const dir = resolve(folder);
  console.log(`Backing up into ${dir}`);
  await unlessHeld(
    async () => {
      const open = await openDb({ url: config.databaseUrl, poolMax: 1 });
      try {
        await makeBackup({ open, url: config.databaseUrl, program: programVersion(), newId: uuidv7, nowMs: Date.now, say }, dir);
      } finally {
        await open.close();
      }
    },
    async () => {
      say("the running central makes the copy");
      await askRunning(config.dataDir, uuidv7(), { kind: "backup", dir });
    },
  );
  console.log(`Done. A backup that was never brought up does not count: npm run central -- backup-verify ${folder}`);
}

export async function backupVerifyCommand(config: CentralConfig, folder: string): Promise<void> {
  const dir = resolve(folder);
  console.log(`Verifying ${dir}`);
  const { backup, cursors, proof } = await verifyBackup(
    { url: config.databaseUrl, postgresBin: config.postgresBin, random: Math.random, say },
    dir,
  );
  const recorded = await unlessHeld(
    async () => {
      const base = await openFoundation(config);
      try {
        return await recordVerifiedBackup(base, backup, cursors, proof);
      } finally {
        await base.close();
      }
    },
    async () => (await askRunning(config.dataDir, uuidv7(), { kind: "record", backup, cursors, proof })) as Recorded,
  );
  console.log(`Verified: ${proof}.`);
  for (const line of outcomeLines(recorded)) console.log(line);
}

/** PGlite's folder belongs to one process; what cannot be done here is asked of that one. */
async function unlessHeld<T>(here: () => Promise<T>, there: () => Promise<T>): Promise<T> {
  try {
    return await here();
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (cause?.code !== "SQLITE_BUSY") throw error;
    return there();
  }
}

function outcomeLines({ kind, moved, strange, backups }: Recorded): string[] {
  return [
    kind === "known" ? "This backup was verified before; it counts once." : "Recorded.",
    backups < 2
      ? "Edges keep everything until a second backup is verified."
      : `Two verified backups stand: edges may remove what both hold (${moved} ${moved === 1 ? "log" : "logs"} moved).`,
    ...(strange > 0
      ? [`${strange} of its logs hold records that the database does not have (yet); they move nothing until it has them.`]
      : []),
  ];
}

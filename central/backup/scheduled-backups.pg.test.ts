// runner: timeout 180 s
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres } from "../../scripts/test/open-test-postgres.ts";
import { postgresBinaries } from "../../scripts/test/postgres-binaries.ts";
import type { BackupsAnswer } from "../../shared/api/central-api.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { ensurePartitionsAhead } from "../db/ensure-partition.ts";
import { migrate } from "../db/migrate.ts";
import { openDb } from "../db/open-db.ts";
import { testCentral } from "../test-central.ts";
import { receivedLog, receiveMore } from "./test-logs.ts";

test.before(loadSodium);

const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** As if that many days had passed: what stood in the folder is so much older by name, which is what the schedule goes by. */
function makeOlder(dir: string, days: number): void {
  for (const name of readdirSync(dir)) {
    const at = Date.parse(name.replace(/^central-(.*)T(\d\d)-(\d\d)-(\d\d)Z$/, "$1T$2:$3:$4Z"));
    renameSync(join(dir, name), join(dir, `central-${new Date(at - days * 86_400_000).toISOString().slice(0, 19).replaceAll(":", "-")}Z`));
  }
}

test("on a real PostgreSQL central makes its planned copies by its configuration alone: each is brought up, moves durable, the oldest goes", async () => {
  const { url, drop } = await openTestPostgres();
  const folder = mkdtempSync(join(tmpdir(), "chaverim-schedule-pg-"));
  chmodSync(folder, 0o755);
  const dir = join(folder, "backups");
  mkdirSync(dir);
  const open = await openDb({ url });
  try {
    await migrate(open.db);
    await ensurePartitionsAhead(open.db, Date.now());
    const log = await receivedLog(open.db, 100);
    const env = {
      CHAVERIM_DATABASE_URL: url,
      CHAVERIM_SECRET_KEY: "ab".repeat(32),
      CHAVERIM_POSTGRES_BIN: join(await postgresBinaries(folder, owner), "bin"),
      CHAVERIM_BACKUP_DIR: dir,
      CHAVERIM_BACKUP_AT: "03:30",
      CHAVERIM_BACKUP_KEEP: "2",
    };
    const durable = async () =>
      Number(
        (await open.db.selectFrom("collector_logs").select("durable").where("log_id", "=", hexToBytes(log.logId)).executeTakeFirstOrThrow())
          .durable,
      );
    const moved: number[] = [];
    for (const count of [1, 2, 3]) {
      makeOlder(dir, 1);
      const central = await testCentral({ open, env });
      try {
        const admin = await central.signIn("admin");
        const verified = async () => ((await (await admin.get("/api/v1/health/backups")).json()) as BackupsAnswer).backups;
        for (let waited = 0; (await verified()).length < count && waited < 400; waited++) await delay(100);
        const [newest, ...others] = await verified();
        assert.equal([newest?.kind, others.length], ["postgres-base", count - 1]);
      } finally {
        await central.stop();
      }
      moved.push(await durable());
      await receiveMore(open.db, log, 50);
    }
    assert.equal(moved, [0, 101, 151]);
    const left = readdirSync(dir).sort();
    assert.is(left.length, 2, left.join(" "));
    for (const name of left) assert.ok(readdirSync(join(dir, name)).includes("manifest.json"));
    const notices = await open.db.selectFrom("notices").select("code").where("code", "like", "backup%").execute();
    assert.equal(notices, []);
  } finally {
    await open.close();
    await drop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();

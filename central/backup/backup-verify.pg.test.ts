import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres } from "../../scripts/test/open-test-postgres.ts";
import { postgresBinaries } from "../../scripts/test/postgres-binaries.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { ensurePartitionsAhead } from "../db/ensure-partition.ts";
import { migrate } from "../db/migrate.ts";
import { type OpenDb, openDb } from "../db/open-db.ts";
import { findPostgres } from "./find-postgres.ts";
import { makeBackup } from "./make-backup.ts";
import { recordVerifiedBackup } from "./record-verified-backup.ts";
import { receivedLog, receiveMore } from "./test-logs.ts";
import { verifyBackup } from "./verify-backup.ts";

test.before(loadSodium);

const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const say = (): void => undefined;

async function withServer(
  work: (world: { open: OpenDb; url: string; folder: string; postgresBin: string }) => Promise<void>,
): Promise<void> {
  const { url, drop } = await openTestPostgres();
  const folder = mkdtempSync(join(tmpdir(), "chaverim-backup-pg-"));
  chmodSync(folder, 0o755);
  const open = await openDb({ url });
  try {
    await migrate(open.db);
    await ensurePartitionsAhead(open.db, Date.now());
    await work({ open, url, folder, postgresBin: join(await postgresBinaries(folder, owner), "bin") });
  } finally {
    await open.close();
    await drop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const make = (open: OpenDb, url: string, dir: string) =>
  makeBackup({ open, url, program: "0.1.0", newId: uuidv7, nowMs: Date.now, say }, dir);

test("an online copy of PostgreSQL 17, taken while records arrive, is brought up from its own log and moves durable", () =>
  withServer(async ({ open, url, folder, postgresBin }) => {
    const log = await receivedLog(open.db, 200);
    const verify = (dir: string) => verifyBackup({ url, postgresBin, random: () => 0.5, say }, dir);
    const moved: number[] = [];
    for (const name of ["first", "second"]) {
      const dir = join(folder, name);
      const arriving = receiveMore(open.db, log, 50);
      await make(open, url, dir);
      await arriving;
      assert.equal(readdirSync(dir).sort(), ["backup_manifest", "base.tar", "manifest.json"]);
      const { backup, cursors, proof } = await verify(dir);
      assert.match(proof, /2 files by SHA-256, 1 logs by cursor and head/);
      moved.push((await recordVerifiedBackup({ db: open.db, nowMs: Date.now }, backup, cursors, proof)).moved);
    }
    assert.equal(moved, [0, 1]);
    const row = await open.db
      .selectFrom("collector_logs")
      .select("durable")
      .where("log_id", "=", hexToBytes(log.logId))
      .executeTakeFirstOrThrow();
    assert.ok(Number(row.durable) >= 201, `${row.durable}`);
    assert.not.ok(
      readdirSync(tmpdir()).some((name) => name.startsWith("chaverim-verify-")),
      "nothing is left of the scratch server",
    );
  }));

test("a role that may not copy the cluster is told what to grant, and no backup stands", () =>
  withServer(async ({ open, url, folder }) => {
    const role = `plain_${uuidv7().slice(-8)}`;
    await sql.raw(`create role ${role} login password 'secret'; grant all on all tables in schema public to ${role}`).execute(open.db);
    const theirs = new URL(url);
    theirs.username = role;
    theirs.password = "secret";
    const dir = join(folder, "refused");
    const words = await make(open, theirs.href, dir).then(
      () => "made",
      (error: Error) => error.message,
    );
    assert.match(words, /may not make copies .*alter role NAME replication/s);
    assert.not.match(words, /secret/);
    assert.not.ok(existsSync(join(dir, "manifest.json")));
    await sql.raw(`drop owned by ${role}; drop role ${role}`).execute(open.db);
  }));

test("without PostgreSQL of the right major version the words say what to install", async () => {
  const words = await findPostgres("99", null, "/nowhere").catch((error: Error) => error.message);
  assert.match(words, /needs PostgreSQL 99.*Install postgresql-99/);
});

test.run();

// runner: timeout 180 s
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { ensurePartitionsAhead } from "../db/ensure-partition.ts";
import { migrate } from "../db/migrate.ts";
import { type OpenDb, openDb } from "../db/open-db.ts";
import { makeBackup } from "./make-backup.ts";
import { recordVerifiedBackup } from "./record-verified-backup.ts";
import { type ScheduledBackupDeps, scheduledBackups } from "./scheduled-backups.ts";
import { receivedLog } from "./test-logs.ts";
import { verifyBackup } from "./verify-backup.ts";

const folder = mkdtempSync(join(tmpdir(), "chaverim-schedule-"));
const dir = join(folder, "backups");
const clock = { ms: Date.UTC(2026, 10, 22, 2, 0) };
const nowMs = () => clock.ms;
const say = (): void => {};
let open: OpenDb;
let deps: ScheduledBackupDeps;
test.before(async () => {
  await loadSodium();
  open = await openDb({ url: `pglite:${join(folder, "central")}` });
  await migrate(open.db);
  await ensurePartitionsAhead(open.db, Date.now());
  deps = {
    db: open.db,
    plan: { dir, atMinute: 3 * 60 + 30, keep: 2 },
    nowMs,
    say,
    make: (into) => makeBackup({ open, url: "pglite:", program: "0.1.0", newId: uuidv7, nowMs, say }, into),
    async verify(of) {
      const { backup, cursors, proof } = await verifyBackup({ url: "pglite:", postgresBin: null, random: () => 0.5, say }, of);
      await recordVerifiedBackup({ db: open.db, nowMs }, backup, cursors, proof);
    },
  };
});
test.after(async () => {
  await open.close();
  rmSync(folder, { recursive: true, force: true });
});

const names = (): string[] => readdirSync(dir).sort();
const notices = () => open.db.selectFrom("notices").select(["code", "words"]).where("cleared_at", "is", null).execute();

test("a backup is made at the start and at each planned time, verified, and moves durable; the oldest go and nobody else's folder", async () => {
  const log = await receivedLog(open.db, 20);
  const turn = scheduledBackups(deps);
  await turn();
  assert.equal(names(), ["central-2026-11-22T02-00-00Z"]);
  clock.ms += 89 * 60_000;
  await turn();
  assert.is(names().length, 1, "03:29: the copy of 02:00 is newer than the plan of yesterday");
  mkdirSync(join(dir, "central-by-hand"));
  clock.ms += 60_000;
  await turn();
  await turn();
  assert.equal(names(), ["central-2026-11-22T02-00-00Z", "central-2026-11-22T03-30-00Z", "central-by-hand"]);
  const { durable } = await open.db
    .selectFrom("collector_logs")
    .select("durable")
    .where("log_id", "is not", null)
    .executeTakeFirstOrThrow();
  assert.ok(Number(durable) > 0 && log !== undefined);
  clock.ms += 3 * 86_400_000;
  await scheduledBackups(deps)();
  assert.equal(names(), ["central-2026-11-22T03-30-00Z", "central-2026-11-25T03-30-00Z", "central-by-hand"], "central was off for days");
});

test("one that fails is told in words, leaves no half copy, is tried again after an hour, and the notice ends when one succeeds", async () => {
  clock.ms += 86_400_000;
  let tries = 0;
  let isFull = true;
  const failing: ScheduledBackupDeps = {
    ...deps,
    async verify(of) {
      tries += 1;
      if (isFull) throw new Error("There is no room to bring the copy up.");
      await deps.verify(of);
    },
  };
  const before = names();
  const turn = scheduledBackups(failing);
  await turn();
  clock.ms += 59 * 60_000;
  await turn();
  assert.equal([tries, names()], [1, before]);
  const [told] = await notices();
  assert.is(told?.code, "backup-failed");
  assert.match(told!.words, /no room to bring the copy up/);
  isFull = false;
  clock.ms += 60_000;
  await turn();
  assert.equal([tries, names().length, await notices()], [2, 3, []]);
});

test("two centrals that fire in the same second leave each other's copy alone", async () => {
  clock.ms += 86_400_000;
  const before = names();
  let begun: () => void = () => undefined;
  let goOn: () => void = () => undefined;
  const making = new Promise<void>((done) => (begun = done));
  const held = new Promise<void>((done) => (goOn = done));
  const make: ScheduledBackupDeps["make"] = async (into) => {
    begun();
    await held;
    return deps.make(into);
  };
  const first = scheduledBackups({ ...deps, make })();
  await making;
  await scheduledBackups(deps)();
  const both = names();
  goOn();
  await first;
  assert.equal(names().at(-1), both.at(-1));
  assert.equal([both.length, await notices()], [before.length + 1, []]);
});

test.run();

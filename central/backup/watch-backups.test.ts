import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BackupsAnswer, NoticesAnswer } from "../../shared/api/central-api.ts";
import type { Db } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { addTestDetection, addTestHeartbeat, addTestSite } from "../db/test-world.ts";
import { testCentral } from "../test-central.ts";
import { judgeBackups, judgePlan } from "./judge-backups.ts";
import { recordVerifiedBackup } from "./record-verified-backup.ts";
import { watchBackups, watchPlan } from "./watch-backups.ts";

test.after(closeTestDb);

const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;
const NOW = Date.UTC(2026, 10, 22);
const wordsOf = (made: readonly number[], edges: Parameters<typeof judgeBackups>[1]) =>
  judgeBackups(
    made.map((days) => ({ madeMs: NOW - days * DAY_MS })),
    edges,
    NOW,
  );

test("without two fresh verified backups the edges are the backup, for as long as the first of them has room", () => {
  const edges = [
    { site: "Main & Maple", freeBytes: 11 * GIB, bytesPerDay: GIB },
    { site: "Elm", freeBytes: 100 * GIB, bytesPerDay: GIB },
    { site: "Quiet", freeBytes: GIB, bytesPerDay: 0 },
  ];
  const none = wordsOf([], edges);
  assert.match(none.words, /^No backup of central was verified yet, so the edges are your backup: 10 days left at Main & Maple\. Run: /);
  assert.equal([none.level, none.days_left], ["warning", 10]);
  assert.match(wordsOf([1], edges).words, /^Only one backup/);
  assert.match(
    wordsOf([1, 9], edges).words,
    /^The second newest verified backup is 9 days old; since then the edges are your backup: 10 days/,
  );
  assert.is(wordsOf([1, 2], edges).state, "backed-up");
  assert.equal(wordsOf([], []).days_left, null);
  assert.is(wordsOf([], [{ site: "Elm", freeBytes: 2 * GIB, bytesPerDay: GIB }]).level, "alarm");
});

const tell = (db: Db, collector: string, freeBytes: number) => addTestHeartbeat(db, collector, { disk_free_bytes: freeBytes });

test("the dashboard's notices and the health route say it; reading it silences it for a day; two fresh backups end it", async () => {
  const central = await testCentral();
  try {
    const { db } = central.base;
    let nowMs = Date.now();
    const deps = { db, nowMs: () => nowMs };
    const admin = await central.signIn("admin");
    const notices = async () =>
      ((await (await admin.get("/api/v1/notices")).json()) as NoticesAnswer).notices.filter((one) => one.code === "edges-are-backup");
    await watchBackups(deps);
    assert.equal(await notices(), [], "no edge yet");
    const site = await addTestSite(db, "Main & Maple");
    const images = [{ role: "full" as const, sha256: "ab".repeat(32), bytes: GIB - 1_500 }];
    await addTestDetection(db, site, { plate: "ABC123", capturedMs: nowMs - 60_000, images });
    await tell(db, site.collector, 7 * GIB);
    await watchBackups(deps);
    const [notice] = await notices();
    assert.match(notice!.words, /6 days left at Main & Maple/);
    await db
      .updateTable("heartbeats")
      .set({ disk_free_bytes: 3 * GIB })
      .execute();
    await watchBackups(deps);
    assert.equal(
      (await notices()).map(({ id, level }) => [id, level]),
      [[notice!.id, "alarm"]],
    );
    const answer = (await (await admin.get("/api/v1/health/backups")).json()) as BackupsAnswer;
    assert.equal([answer.standing.days_left, answer.standing.site, answer.backups], [2, "Main & Maple", []]);
    assert.is((await admin.send("POST", `/api/v1/notices/${notice!.id}/acknowledge`)).status, 204);
    await watchBackups(deps);
    assert.equal(await notices(), []);
    nowMs += DAY_MS + 60_000;
    await watchBackups(deps);
    assert.is((await notices()).length, 1);
    for (const madeMs of [nowMs - 2_000, nowMs - 1_000]) {
      const backup = { id: uuidv7(), kind: "replica" as const, label: "test", madeMs, incarnation: null, counts: {}, tree: null };
      await recordVerifiedBackup(deps, backup, [], "compared");
    }
    await watchBackups(deps);
    assert.equal(await notices(), []);
  } finally {
    await central.stop();
  }
});

const HOUR_MS = 3_600_000;

test("a copy that is older than planned is told three hours after the plan, or after central's start when that came later", () => {
  const planned = NOW + 3 * HOUR_MS;
  const atHours = (hours: number, newestHours: number | null, startedHours = -100) =>
    judgePlan(
      newestHours === null ? undefined : { madeMs: planned + newestHours * HOUR_MS },
      planned,
      planned + startedHours * HOUR_MS,
      planned + hours * HOUR_MS,
    );
  assert.is(atHours(2.9, -24), null, "it may still be at work");
  assert.match(
    atHours(4, -24)!,
    /^A backup of central was planned for 2026-11-22 03:00 UTC, and the newest verified one was made 28 hours ago\. Look/,
  );
  assert.match(atHours(4, -92)!, /made 4 days ago/);
  assert.match(atHours(4, null)!, /none was ever verified/);
  assert.is(atHours(23, 0.1), null);
  assert.is(atHours(12, -24, 10), null, "central was started two hours ago and makes up for it");
  assert.ok(atHours(14, -24, 10) !== null);
});

test("the notice of a late copy is one, can be read, and goes with the next verified copy", async () => {
  const db = await testDb();
  const clock = { ms: NOW };
  const deps = { db, nowMs: () => clock.ms, plan: { atMinute: 3 * 60 }, startedMs: NOW - 10 * DAY_MS };
  const open = () => db.selectFrom("notices").select(["code", "level"]).where("cleared_at", "is", null).execute();
  const verified = (madeMs: number) =>
    recordVerifiedBackup(
      deps,
      { id: uuidv7(), kind: "replica", label: "test", madeMs, incarnation: null, counts: {}, tree: null },
      [],
      "compared",
    );
  await verified(NOW - DAY_MS);
  clock.ms = NOW + 5 * HOUR_MS;
  await watchPlan(deps);
  assert.equal(await open(), []);
  clock.ms = NOW + 7 * HOUR_MS;
  await watchPlan(deps);
  await watchPlan(deps);
  assert.equal(await open(), [{ code: "backup-late", level: "warning" }]);
  await verified(NOW + 3.5 * HOUR_MS);
  await watchPlan(deps);
  assert.equal(await open(), []);
});

test.run();

// runner: timeout 180 s
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { ensurePartitionsAhead } from "../db/ensure-partition.ts";
import { migrate } from "../db/migrate.ts";
import { type OpenDb, openDb } from "../db/open-db.ts";
import { testCentral } from "../test-central.ts";
import { type BackupManifest, MANIFEST_FILE } from "./backup-manifest.ts";
import { askRunning } from "./backup-requests.ts";
import { DUMP_FILE, makeBackup } from "./make-backup.ts";
import { type Recorded, recordVerifiedBackup } from "./record-verified-backup.ts";
import { receivedLog, receiveMore } from "./test-logs.ts";
import { verifyBackup } from "./verify-backup.ts";

const folder = mkdtempSync(join(tmpdir(), "chaverim-backup-"));
let open: OpenDb;
test.before(async () => {
  await loadSodium();
  open = await openDb({ url: `pglite:${join(folder, "central")}` });
  await migrate(open.db);
  await ensurePartitionsAhead(open.db, Date.now());
});
test.after(async () => {
  await open.close();
  rmSync(folder, { recursive: true, force: true });
});

const said: string[] = [];
const say = (line: string): void => void said.push(line);
const make = (dir: string) => makeBackup({ open, url: "pglite:", program: "0.1.0", newId: uuidv7, nowMs: Date.now, say }, dir);
const verify = (dir: string) => verifyBackup({ url: "pglite:", postgresBin: null, random: () => 0.5, say }, dir);
const manifestOf = (dir: string): BackupManifest => JSON.parse(readFileSync(join(dir, MANIFEST_FILE), "utf8"));
const wordsOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );

test("a database in use is copied whole, brought up and compared; the second verified copy makes its records durable", async () => {
  const log = await receivedLog(open.db, 150);
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  await make(first);
  await receiveMore(open.db, log, 20);
  const { backup, cursors, proof } = await verify(first);
  assert.is(cursors.find((one) => one.log === log.logId)!.next, 151);
  assert.match(
    proof,
    /1 files by SHA-256, 1 logs by cursor and head, 151 records counted, 128 records' chains recomputed, no integrity tree yet/,
  );
  assert.is((await recordVerifiedBackup({ db: open.db, nowMs: Date.now }, backup, cursors, proof)).backups, 1);
  await make(second);
  const again = await verify(second);
  assert.is((await recordVerifiedBackup({ db: open.db, nowMs: Date.now }, again.backup, again.cursors, again.proof)).moved, 1);
  const row = await open.db
    .selectFrom("collector_logs")
    .select(["next", "durable"])
    .where("log_id", "=", hexToBytes(log.logId))
    .executeTakeFirstOrThrow();
  assert.equal([row.next, row.durable].map(Number), [171, 151]);
});

test("a folder that is not empty is refused before anything is written", async () => {
  const dir = join(folder, "used");
  mkdirSync(dir);
  writeFileSync(join(dir, "letter.txt"), "mine");
  assert.match(await wordsOf(make(dir)), /is not empty\. A backup goes into a new or empty folder/);
});

test("a damaged copy, an unfinished one and one that holds less than it says are refused with the reason", async () => {
  await receivedLog(open.db, 5);
  const dir = join(folder, "damaged");
  await make(dir);
  const whole = readFileSync(join(dir, DUMP_FILE));
  const bytes = Uint8Array.from(whole);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(join(dir, DUMP_FILE), bytes);
  assert.match(await wordsOf(verify(dir)), /central\.tar\.gz is not what was written when this backup was made/);
  writeFileSync(join(dir, DUMP_FILE), whole);

  const manifest = manifestOf(dir);
  const claim = (change: Partial<BackupManifest>) => writeFileSync(join(dir, MANIFEST_FILE), JSON.stringify({ ...manifest, ...change }));
  const [cursor] = manifest.cursors;
  claim({ cursors: [{ ...cursor!, next: cursor!.next + 1 }] });
  assert.match(await wordsOf(verify(dir)), /does not hold what its manifest says: log .* ends at/);
  claim({ cursors: [{ ...cursor!, head: "00".repeat(32) }] });
  assert.match(await wordsOf(verify(dir)), /is another/);
  claim({ counts: { ...manifest.counts, log_records: 1_000_000 } });
  assert.match(await wordsOf(verify(dir)), /log_records has \d+ rows, not 1000000/);
  claim({ tree: { size: 7, root: "11".repeat(32) } });
  assert.match(await wordsOf(verify(dir)), /its integrity tree is another/);
  rmSync(join(dir, MANIFEST_FILE));
  assert.match(await wordsOf(verify(dir)), /this folder is no finished backup/);
});

test("records that were changed inside the copied database are found", async () => {
  const log = await receivedLog(open.db, 5);
  const at = hexToBytes(log.logId);
  const { payload } = log.records[3]!;
  const put = (bytes: Uint8Array) => sql`update log_records set payload = ${bytes} where log_id = ${at} and seq = 3`.execute(open.db);
  await put(Uint8Array.from(payload!, (byte, index) => (index === 40 ? byte ^ 1 : byte)));
  const dir = join(folder, "changed");
  await make(dir);
  assert.match(await wordsOf(verify(dir)), /record 3 of log .* does not verify/);
  await put(payload!);
});

test("a central that holds the embedded database makes and records backups for a command beside it", async () => {
  const central = await testCentral({ open });
  try {
    const { dataDir } = central.base.config;
    await receivedLog(open.db, 3);
    await untilTreeIsSigned();
    const dir = join(folder, "asked");
    await askRunning(dataDir, uuidv7(), { kind: "backup", dir });
    const { backup, cursors, proof } = await verify(dir);
    assert.match(proof, /integrity tree of \d+ leaves$/);
    const recorded = (await askRunning(dataDir, uuidv7(), { kind: "record", backup, cursors, proof })) as Recorded;
    assert.is(recorded.kind, "recorded");
    assert.match(await wordsOf(askRunning(dataDir, uuidv7(), { kind: "backup", dir })), /is not empty/);
  } finally {
    await central.stop();
  }
  await sql`update log_checkpoints set received_at = received_at + interval '1 second'
    where (log_id, next) in (select log_id, next from tree_leaves where position = 0)`.execute(open.db);
  const anotherLeaf = join(folder, "another-leaf");
  await make(anotherLeaf);
  assert.match(await wordsOf(verify(anotherLeaf)), /its integrity tree is another/);
  await sql`update log_checkpoints set received_at = received_at - interval '1 second'
    where (log_id, next) in (select log_id, next from tree_leaves where position = 0)`.execute(open.db);
  await sql`update tree_nodes set hash = ${new Uint8Array(32)} where level = 0 and position = 0`.execute(open.db);
  const anotherNode = join(folder, "another-node");
  await make(anotherNode);
  assert.match(await wordsOf(verify(anotherNode)), /its integrity tree is another/);
});

async function untilTreeIsSigned(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await open.db.selectFrom("tree_heads").select("size").limit(1).execute()).length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no signed head within 10 s");
}

test.run();

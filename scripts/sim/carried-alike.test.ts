// runner: timeout 120 s
/**
 * Invariant 27 with the programs' own stores: what a stick brought to one central and a line to another leaves the same rows, but for when and
 * how they came. The stick's way is the worst one: a stranger's file, one that is cut, one that is late, one twice.
 */
import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Db } from "../../central/db/open-db.ts";
import { closeTestDb, testDb } from "../../central/db/test-db.ts";
import { registerWithKey, startTestCentral, type TestCentral } from "../../central/ingest/test-central.ts";
import { COLLECTOR, draftOf, LIST, readingOf, START_MS } from "../../edge/log/test-store.ts";
import { exportBundle } from "../../edge/sync/export-bundle.ts";
import type { PinnedCentral } from "../../edge/sync/pinned-central.ts";
import { openTestEdge, type TestEdge, until } from "../../edge/sync/test-uplink-world.ts";
import { createUplink } from "../../edge/sync/uplink.ts";

test.after(closeTestDb);

/** Everything that a site's records leave at central. */
const TABLES = [
  "log_records",
  "record_ids",
  "detections",
  "detection_proofs",
  "detection_revisions",
  "detection_times",
  "detection_images",
  "image_objects",
  "plates",
  "plate_months",
  "alerts",
  "alert_findings",
  "alert_items",
  "alert_ops",
  "entry_ops",
  "watchlists",
  "watchlist_entries",
  "watchlist_sites",
  "cameras",
  "camera_gaps",
  "collector_gaps",
  "time_corrections",
  "collector_keys",
  "collector_logs",
  "log_forks",
  "projection_errors",
  "quarantine",
  "entry_conflicts",
  "entry_reviews",
] as const;
/** When and how a row came (a picture is kept under its day); all else must be equal. */
const WHEN_AND_HOW =
  /^(received_at|arrival|via|session|created_at|updated_at|stored_at|first_seen_at|last_seen_at|published_at|changed_at|confirmed_at|api_key_id|object_key)$/;

/** A site with detections, two of them of a watched car with pictures, an edit of its list, and work on an alert. */
async function fillSite(edge: TestEdge): Promise<void> {
  const { writer, deps } = edge;
  const op = { list: LIST, presence: "add", reason: "seen at two break-ins", author: "Miriam", moment: deps.moment() } as const;
  const facts = [
    ["listName", "Main & Maple"],
    ["listOwner", "the site"],
    ["listKind", "site"],
    ["listDifferencesMax", 1],
    ["listCritical", false],
    ["listKeepWins", false],
  ] as const;
  await writer.applyOwnOp({ ...op, entry: LIST, set: facts });
  const entry = [
    ["pattern", "ABC123"],
    ["reason", op.reason],
    ["expiresMs", START_MS + 30 * 86_400_000],
    ["vehicle", ""],
  ] as const;
  await writer.applyOwnOp({ ...op, entry: null, set: entry });
  await edge.capture(3_000, 700);
  for (let at = 0; at < 240; at++) {
    const plate = `K${1000 + at}`;
    await writer.appendDetection(draftOf(plate, deps.moment, { reading: readingOf(plate) }));
  }
  await writer.appendCameraStatus(readingOf(null).camera, "silent", "no message", START_MS, deps.moment());
  // The picture helper above says so of what it stored; nothing has reached any central yet.
  for (const log of edge.reader.logs()) await writer.noteAcknowledged(log.logId, 0, 0);
}

const pinnedTo = ({ merging }: TestCentral): PinnedCentral => ({
  centralId: () => merging.identity.centralId,
  signingKey: () => merging.identity.publicKey,
  boxKey: () => merging.identity.boxKey,
  accept: () => true,
});

async function bundleOf(edge: TestEdge, central: TestCentral, apiKey: string): Promise<Uint8Array> {
  const made = exportBundle({ ...edge.deps, apiKey, pinned: pinnedTo(central) }, { images: "all", bytesMax: 1e9 });
  if (made.kind === "refused") throw new Error(made.words);
  const pieces: Uint8Array[] = [];
  for await (const bytes of made.bytes) pieces.push(bytes);
  return new Uint8Array(Buffer.concat(pieces));
}

/** A central of its own on an emptied database, and what `bring` left there. */
async function after(bring: (central: TestCentral, apiKey: string) => Promise<void>): Promise<ReadonlyMap<string, readonly string[]>> {
  const db = await testDb();
  const central = await startTestCentral({ db, engine: "pglite", pglite: null, close: async () => undefined });
  try {
    const { apiKey, siteId } = await registerWithKey(db, COLLECTOR);
    const own = await ownNames(db);
    await bring(central, apiKey);
    return await readTables(db, siteId, own);
  } finally {
    await central.stop();
  }
}

/** What central's own log brings with it: it differs from central to central. */
async function ownNames(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select encode(log_id, 'hex') as name from collector_logs
    union all select rid::text from record_ids
    union all select id::text from collectors where id <> ${COLLECTOR}::uuid`.execute(db);
  return rows.map(({ name }) => name);
}

/** Rows as text without when and how they came, sorted. */
async function readTables(db: Db, siteId: string, own: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const tables = new Map<string, readonly string[]>();
  for (const table of TABLES) {
    const { rows } = await sql<{ row: Record<string, unknown> }>`select to_jsonb(t) as row from ${sql.table(table)} t`.execute(db);
    const lines = rows
      .map(({ row }) => JSON.stringify(Object.entries(row).filter(([name]) => !WHEN_AND_HOW.test(name))))
      .filter((line) => !own.some((name) => line.includes(name)))
      .map((line) => line.replaceAll(siteId, "the site"));
    tables.set(table, lines.sort());
  }
  return tables;
}

async function post(central: TestCentral, apiKey: string, bytes: Uint8Array): Promise<number> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${central.url}/sync/v1/bundles`, { method: "POST", headers, body: bytes as never });
  await response.arrayBuffer();
  return response.status;
}

async function byLine(edge: TestEdge, central: TestCentral, apiKey: string): Promise<void> {
  const stop = new AbortController();
  const run = createUplink({ ...edge.deps, apiKey, centralUrl: central.url, pinned: pinnedTo(central) }).run(stop.signal, 0);
  try {
    const isThere = (): boolean =>
      edge.reader.logs().every((log) => log.acknowledged === log.head.next) && edge.reader.waitingImageCount() === 0;
    await until("central to have everything", isThere);
  } finally {
    stop.abort();
    await run;
  }
}

/** Rows of a table that stand on one side only. */
function differing(a: ReadonlyMap<string, readonly string[]>, b: ReadonlyMap<string, readonly string[]>, table: string): string[] {
  const [left, right] = [a.get(table) ?? [], b.get(table) ?? []];
  return [...left.filter((line) => !right.includes(line)), ...right.filter((line) => !left.includes(line))];
}

test("a site that went by stick and one that went by line leave the same rows at central", async () => {
  const edge = await openTestEdge();
  const stranger = await openTestEdge();
  try {
    await fillSite(edge);
    await fillSite(stranger);
    const statuses: number[] = [];
    const byStick = await after(async (central, apiKey) => {
      // A device of which central knows nothing but somebody's collector id.
      statuses.push(await post(central, apiKey, await bundleOf(stranger, central, "alpr_of_nobody")));
      const early = await bundleOf(edge, central, apiKey);
      statuses.push(await post(central, apiKey, early.slice(0, Math.round(early.length * 0.6))));
      const whole = await bundleOf(edge, central, apiKey);
      for (const bytes of [whole, whole, early]) statuses.push(await post(central, apiKey, bytes));
    });
    assert.equal(statuses, [422, 200, 200, 200, 200]);
    const lined = await after((central, apiKey) => byLine(edge, central, apiKey));
    for (const table of TABLES) {
      assert.equal(differing(byStick, lined, table), [], table);
      assert.is(byStick.get(table)?.length, lined.get(table)?.length, table);
    }
    const count = (table: (typeof TABLES)[number]): number => lined.get(table)?.length ?? 0;
    assert.ok(count("log_records") > 245 && count("detections") === 241 && count("alerts") === 1, "the comparison is not of nothing");
    assert.ok(count("image_objects") === 2 && count("watchlist_entries") > 0, "pictures and the list are in it");
  } finally {
    await edge.close();
    await stranger.close();
  }
});

test.run();

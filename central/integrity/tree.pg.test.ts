import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres, type TestPostgres } from "../../scripts/test/open-test-postgres.ts";
import { signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { verifyConsistency } from "../../shared/log/merkle-verify.ts";
import { migrate } from "../db/migrate.ts";
import { type OpenDb, openDb } from "../db/open-db.ts";
import { truncateAll } from "../db/test-db.ts";
import { identityOf } from "./central-identity.ts";
import { growTreeStep } from "./grow-tree.ts";
import { insertLife } from "./life-rows.ts";
import { proveConsistency } from "./prove-consistency.ts";
import { addCheckpoints, LIFE } from "./test-tree.ts";
import { newestHead, treeSize } from "./tree-rows.ts";

let server: TestPostgres;
let open: OpenDb;
test.before(async () => {
  await loadSodium();
  server = await openTestPostgres();
  open = await openDb({ url: server.url, poolMax: 8 });
  await migrate(open.db);
});
test.before.each(async () => {
  await truncateAll(open.db);
  const life = { incarnation: LIFE, systemIdentifier: "test", timeline: "1" };
  await open.db.transaction().execute((tx) => insertLife(tx, life, "first start", Date.now()));
});
test.after(async () => {
  await open.close();
  await server.drop();
});

const identity = () => identityOf(signingKeysFromSeed(new Uint8Array(32).fill(6)));

test("while many write, every checkpoint becomes a leaf once, no places are left out, and every head continues the one before", async () => {
  let nowMs = Date.now();
  const deps = { identity: identity(), nowMs: () => (nowMs += 1_000) };
  const writers = Promise.all(Array.from({ length: 6 }, () => addCheckpoints(open.db, 700, Date.now())));
  let done = false;
  void writers.then(() => {
    done = true;
  });
  while (!done) await growTreeStep(deps, open.db);
  while ((await growTreeStep(deps, open.db)).isBehind);
  await growTreeStep(deps, open.db);
  const leaves = await open.db.selectFrom("tree_leaves").select(["position", "log_id", "next"]).orderBy("position").execute();
  assert.equal(
    leaves.map((leaf) => Number(leaf.position)),
    Array.from({ length: 4_200 }, (_, at) => at),
  );
  const lastOfLog = new Map<string, number>();
  for (const { log_id, next } of leaves) {
    const log = Buffer.from(log_id).toString("hex");
    assert.is(Number(next), (lastOfLog.get(log) ?? 0) + 1, "a log's checkpoints stand in their order");
    lastOfLog.set(log, Number(next));
  }
  const heads = await open.db.selectFrom("tree_heads").select(["size", "root"]).orderBy("size").execute();
  for (let at = 1; at < heads.length; at++) {
    const [older, newer] = [heads[at - 1]!, heads[at]!].map(({ size, root }) => ({ size: Number(size), root }));
    assert.ok(verifyConsistency(older!, newer!, (await proveConsistency(open.db, older!.size, newer!.size))!));
  }
});

test("a checkpoint whose writer has not ended is no leaf, and two who grow the tree at once do not both write a place", async () => {
  const deps = { identity: identity(), nowMs: Date.now };
  await open.db.transaction().execute(async (tx) => {
    await addCheckpoints(tx, 3, Date.now());
    await growTreeStep(deps, open.db);
    assert.is(await treeSize(open.db), 0);
  });
  await Promise.allSettled([growTreeStep(deps, open.db), growTreeStep(deps, open.db)]);
  assert.is(await treeSize(open.db), 3);
  assert.is((await newestHead(open.db, identity().centralId, LIFE))?.size, 3);
});

test.run();

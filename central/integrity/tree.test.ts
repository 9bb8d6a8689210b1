/** The tree over real received checkpoints, as the sequencer grows it. */
import { randomBytes } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { signingKeysFromSeed, verifySignature } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { foldNodes, inclusionRanges, nodesOf } from "../../shared/log/merkle.ts";
import { verifyConsistency, verifyInclusion } from "../../shared/log/merkle-verify.ts";
import { treeLeafHash } from "../../shared/log/tree-leaf.ts";
import { bytesToHex, hexToBytes, type Incarnation } from "../../shared/model/ids.ts";
import type { TreeHead } from "../../shared/protocol/frames.ts";
import { treeHeadSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { isSignedHead } from "../../shared/protocol/tree-head.ts";
import type { Db, Tx } from "../db/open-db.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { hashesOf } from "../db/tree-node-rows.ts";
import { identityOf } from "./central-identity.ts";
import { growTreeStep } from "./grow-tree.ts";
import { hearWitness } from "./hear-witness.ts";
import { insertLife, newestLife } from "./life-rows.ts";
import { proveConsistency } from "./prove-consistency.ts";
import { addCheckpoints, COLLECTOR, LIFE } from "./test-tree.ts";
import { newestHead, treeSize } from "./tree-rows.ts";

await loadSodium();
test.after(closeTestDb);
const identity = identityOf(signingKeysFromSeed(new Uint8Array(32).fill(6)));

async function world() {
  const db = await testDb();
  let nowMs = 1_795_360_800_000;
  await db
    .transaction()
    .execute((tx) => insertLife(tx, { incarnation: LIFE, systemIdentifier: "pglite", timeline: "" }, "first start", nowMs));
  let forgotten = 0;
  const deps = {
    identity,
    nowMs: () => nowMs,
    randomBytes: (count: number) => new Uint8Array(randomBytes(count)),
    onNewLife: async (_tx: Tx) => {
      forgotten += 1;
    },
  };
  return {
    db,
    deps,
    forgotten: () => forgotten,
    later: (ms: number) => {
      nowMs += ms;
    },
    grow: async (checkpoints: number) => {
      await addCheckpoints(db, checkpoints, nowMs);
      nowMs += 1_000;
      return growTreeStep(deps, db);
    },
    head: async () => (await newestHead(db, identity.centralId, (await newestLife(db))!.incarnation))!,
    hear: (seen: TreeHead) => db.transaction().execute((tx) => hearWitness(deps, tx, COLLECTOR, seen)),
  };
}

const noticesOf = async (db: Db) =>
  (await db.selectFrom("notices").select(["code", "level", "words"]).orderBy("code").execute()).map((one) => one.code);

/** An older copy of the database: the newest leaves, and what hangs on them, were never there. */
async function restoreTo(db: Db, size: number): Promise<void> {
  await db.deleteFrom("tree_leaves").where("position", ">=", size).execute();
  const { rows } = await db
    .selectFrom("tree_nodes")
    .select(["level", "position"])
    .execute()
    .then((all) => ({ rows: all }));
  for (const { level, position } of rows.filter((one) => (Number(one.position) + 1) * 2 ** one.level > size)) {
    await db.deleteFrom("tree_nodes").where("level", "=", level).where("position", "=", position).execute();
  }
  await db.deleteFrom("tree_heads").where("size", ">", size).execute();
}

test("received checkpoints become leaves in their order, and the head is central's signature over their root", async () => {
  const { db, grow, head } = await world();
  assert.equal(await grow(5), { size: 5, isBehind: false });
  assert.equal(await grow(8), { size: 13, isBehind: false });
  const signed = await head();
  assert.is(signed.size, 13);
  assert.ok(isSignedHead(signed, identity.publicKey));
  assert.ok(verifySignature(identity.publicKey, treeHeadSignedBytes(identity.centralId, LIFE, 13, signed.root), signed.signature));
  const leaves = await db
    .selectFrom("tree_leaves as l")
    .innerJoin("log_checkpoints as c", (join) => join.onRef("c.log_id", "=", "l.log_id").onRef("c.next", "=", "l.next"))
    .select(["l.position", "c.bytes", "c.received_at"])
    .orderBy("l.position")
    .execute();
  assert.is(leaves.length, 13);
  for (const index of [0, 6, 12]) {
    const path = await Promise.all(inclusionRanges(index, 13).map(async (range) => foldNodes((await hashesOf(db, nodesOf(range)))!)));
    const leafHash = treeLeafHash(leaves[index]!.bytes, leaves[index]!.received_at.getTime());
    assert.ok(verifyInclusion({ leafHash, index, size: 13, root: signed.root }, path), `leaf ${index}`);
  }
});

test("one head a second at most, and none while nothing grows", async () => {
  const { db, deps, grow, head, later } = await world();
  await grow(3);
  later(500);
  await addCheckpoints(db, 1, deps.nowMs());
  await growTreeStep(deps, db);
  assert.is((await head()).size, 3);
  later(500);
  await growTreeStep(deps, db);
  assert.is((await head()).size, 4);
  later(60_000);
  await growTreeStep(deps, db);
  assert.is((await db.selectFrom("tree_heads").select("size").execute()).length, 2);
});

test("a step takes a bounded number of checkpoints, says that it is behind, and signs when it has caught up", async () => {
  const { db, deps, grow } = await world();
  assert.equal(await grow(1_003), { size: 1_000, isBehind: true });
  assert.is((await db.selectFrom("tree_heads").select("size").execute()).length, 0);
  assert.equal(await growTreeStep(deps, db), { size: 1_003, isBehind: false });
  assert.equal(
    (await db.selectFrom("tree_heads").select("size").execute()).map((one) => Number(one.size)),
    [1_003],
  );
});

test("what rolls back leaves no leaf: the checkpoints wait, and come in the same order", async () => {
  const { db, deps } = await world();
  await addCheckpoints(db, 4, deps.nowMs());
  const failing = {
    ...deps,
    identity: {
      ...identity,
      sign: () => {
        throw new Error("no key");
      },
    },
  };
  await growTreeStep(failing, db).then(
    () => assert.unreachable(),
    () => undefined,
  );
  assert.is(await treeSize(db), 0);
  assert.is((await growTreeStep(deps, db)).size, 4);
});

test("proofs between any two sizes are read from stored nodes and verify; sizes that are not there have none", async () => {
  const { db, grow, head } = await world();
  const heads: TreeHead[] = [];
  for (const count of [1, 2, 4, 6, 10]) {
    await grow(count);
    heads.push(await head());
  }
  for (const older of heads) {
    for (const newer of heads.filter((one) => one.size >= older.size)) {
      assert.ok(verifyConsistency(older, newer, (await proveConsistency(db, older.size, newer.size))!), `${older.size} to ${newer.size}`);
    }
  }
  assert.is(await proveConsistency(db, 0, 5), null);
  assert.is(await proveConsistency(db, 7, 5), null);
  assert.is(await proveConsistency(db, 5, 24), null);
  assert.is(await proveConsistency(db, 16, 40), null);
});

test("a head that the tree continues is no news, of this life or of one before", async () => {
  const { db, deps, grow, head, hear } = await world();
  await grow(5);
  const first = await head();
  await grow(4);
  assert.is(await hear(first), "fits");
  await db
    .transaction()
    .execute((tx) =>
      insertLife(tx, { incarnation: "22".repeat(16) as Incarnation, systemIdentifier: "pglite", timeline: "" }, "a test", deps.nowMs()),
    );
  assert.is(await hear(first), "fits");
  assert.equal(await noticesOf(db), []);
});

test("a larger tree, signed in this life, begins a new life at once; edges that bring the same news do not begin another", async () => {
  const { db, deps, grow, head, hear, forgotten } = await world();
  await grow(6);
  const seen = await head();
  await restoreTo(db, 4);
  assert.is(await hear(seen), "new-life");
  const life = (await newestLife(db))!.incarnation;
  assert.is.not(life, LIFE);
  assert.is(forgotten(), 1);
  assert.is(await hear(seen), "restored");
  assert.is((await newestLife(db))!.incarnation, life);
  assert.equal(await noticesOf(db), ["central-restored"]);
  await growTreeStep(deps, db);
  const signed = await head();
  assert.is(signed.size, 4, "the new life has a head of its own, though nothing has grown");
  assert.is(signed.incarnation, life);
});

test("a head of a life before, of another tree, is only a notice", async () => {
  const { db, grow, head, hear } = await world();
  await grow(6);
  const seen = await head();
  await restoreTo(db, 4);
  const next = "33".repeat(16) as Incarnation;
  await db
    .transaction()
    .execute((tx) => insertLife(tx, { incarnation: next, systemIdentifier: "other", timeline: "" }, "another server", 0));
  assert.is(await hear(seen), "restored");
  assert.is((await newestLife(db))!.incarnation, next);
});

test("another root under central's own signature in this life is an alarm: stored evidence was changed", async () => {
  const { db, grow, head, hear } = await world();
  await grow(6);
  const seen = await head();
  await db
    .updateTable("tree_nodes")
    .set({ hash: new Uint8Array(32).fill(1) })
    .where("level", "=", 2)
    .execute();
  assert.is(await hear(seen), "changed");
  assert.equal(await noticesOf(db), ["log-fork"]);
  const { words } = await db.selectFrom("notices").select("words").executeTakeFirstOrThrow();
  assert.match(words, /If a copy of this central runs elsewhere, end it/);
});

test("a head that central did not sign says nothing, however large", async () => {
  const { db, grow, head, hear } = await world();
  await grow(3);
  const signed = await head();
  const forged: TreeHead[] = [
    { ...signed, size: 99 },
    { ...signed, root: hexToBytes("00".repeat(32)), size: 99, signature: new Uint8Array(64) },
    { ...signed, incarnation: "44".repeat(16) as Incarnation },
  ];
  for (const seen of forged) assert.is(await hear(seen), "not-ours");
  assert.is((await newestLife(db))!.incarnation, LIFE);
  assert.equal(await noticesOf(db), []);
  assert.is(bytesToHex((await head()).root), bytesToHex(signed.root));
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CentralId, Incarnation } from "../../shared/model/ids.ts";
import type { TreeHead } from "../../shared/protocol/frames.ts";
import { treeAlarms, treeNotices } from "../sync/tree-words.ts";
import { makeTestStore, START_MS } from "./test-store.ts";

const CENTRAL = "c0".repeat(16) as CentralId;
const FIRST = "a1".repeat(16) as Incarnation;
const SECOND = "a2".repeat(16) as Incarnation;
const head = (size: number, incarnation = FIRST, centralId = CENTRAL): TreeHead => ({
  centralId,
  incarnation,
  size,
  root: new Uint8Array(32).fill(size),
  signature: new Uint8Array(64).fill(size),
});

test("the witness survives a restart, one for each central", async () => {
  const made = await makeTestStore();
  const other = "c1".repeat(16) as CentralId;
  assert.is(made.rows.tree.witness(CENTRAL), null);
  made.store.verb("noteTree", { kind: "witness", head: head(5) }, made.now());
  made.store.verb("noteTree", { kind: "witness", head: head(9) }, made.now());
  made.store.verb("noteTree", { kind: "witness", head: head(2, FIRST, other) }, made.now());
  const reopened = made.reopen();
  assert.equal(reopened.rows.tree.witness(CENTRAL), head(9));
  assert.is(reopened.rows.tree.witness(other)?.size, 2);
  reopened.remove();
});

test("a fork is kept with both signed heads, rings on the page and in heartbeats after a restart, and the witness stays", async () => {
  const made = await makeTestStore();
  made.store.verb("noteTree", { kind: "witness", head: head(9) }, made.now());
  made.store.verb("noteTree", { kind: "fork", why: "smaller", held: head(9), shown: head(5) }, made.now());
  const { rows, remove } = made.reopen();
  assert.is(rows.tree.witness(CENTRAL)?.size, 9);
  assert.equal(rows.tree.standingForks(), [{ kind: "fork", why: "smaller", held: head(9), shown: head(5), atMs: START_MS }]);
  const [alarm, ...more] = treeAlarms(rows.tree);
  assert.is(more.length, 0);
  assert.is(alarm!.code, "LOG_FORK");
  assert.is(alarm!.sinceMs, START_MS);
  assert.match(alarm!.words, "It had 9 entries, now it shows 5");
  assert.match(alarm!.words, "or a copy of central runs beside it");
  assert.match(alarm!.words, "Nothing is lost here");
  assert.equal(treeNotices(rows.tree, START_MS), [{ at: new Date(START_MS).toISOString(), level: "alarm", words: alarm!.words }]);
  remove();
});

test("the alarm is over when central proves again that it continues the witness; its evidence stays", async () => {
  const { store, rows, db, now, remove } = await makeTestStore();
  store.verb("noteTree", { kind: "fork", why: "not-proved", held: head(9), shown: head(12) }, now());
  store.verb("noteTree", { kind: "witness", head: head(13) }, now());
  assert.equal(treeAlarms(rows.tree), []);
  assert.is(db.prepare("select count(*) from tree_events").pluck().get(), 1);
  remove();
});

test("a restored central is told for a day and ends the alarm of the life before", async () => {
  const { store, rows, now, clock, remove } = await makeTestStore();
  store.verb("noteTree", { kind: "fork", why: "two-roots", held: head(9), shown: head(9) }, now());
  clock.wallMs += 60_000;
  store.verb("noteTree", { kind: "restored", held: head(9), shown: head(5, SECOND) }, now());
  assert.equal(rows.tree.witness(CENTRAL), head(5, SECOND));
  const notices = treeNotices(rows.tree, clock.wallMs);
  assert.equal(
    notices.map((one) => one.level),
    ["warning"],
  );
  assert.match(notices[0]!.words, "sends again what is missing");
  assert.equal(treeNotices(rows.tree, clock.wallMs + 25 * 3_600_000), []);
  remove();
});

test("a central that contradicts itself at every contact does not fill the disk", async () => {
  const { store, rows, now, remove } = await makeTestStore();
  for (let times = 0; times < 100; times++)
    store.verb("noteTree", { kind: "fork", why: "smaller", held: head(200), shown: head(times) }, now());
  assert.is(rows.tree.standingForks().length, 64);
  assert.is(treeAlarms(rows.tree).length, 1);
  remove();
});

test.run();

/** An own edit whose record is not what was signed any more, met when its log is left. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EMPTY_LOG } from "../../shared/log/chain.ts";
import { loadOwnOps } from "./load-lists.ts";
import { draftOf, LIST, makeTestStore, type TestStore, watch } from "./test-store.ts";

const isWatched = ({ store, now, clock }: TestStore, plate: string): boolean => {
  clock.monoMs += 600_000;
  return store.verb("appendDetection", draftOf(plate, now)).raised.length > 0;
};

test("an edit that the card has lost is named in a gap and counts here no longer; the site's other edits go on", async () => {
  const first = await makeTestStore();
  watch(first, "ABC123");
  watch(first, "XYZ789");
  const [lost] = loadOwnOps(first.rows, LIST).slice(-1);
  const { log, seq } = first.rows.lists.ownOpsOf(LIST).find(({ rid }) => rid === lost!.rid)!;
  first.store.db.prepare("update records set payload = zeroblob(length(payload)) where log = ? and seq = ?").run(log, seq);
  const site = first.reopen();
  const urgent = site.rows.logs.activeLogs().find((one) => one.class === "urgent")!;
  site.store.verb("beginAgain", urgent.logId, EMPTY_LOG, "damaged", site.now());
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
  assert.not.ok(site.rows.lists.ownOpsOf(LIST).some(({ rid }) => rid === lost!.rid));
  assert.equal([isWatched(site, "ABC123"), isWatched(site, "XYZ789")], [true, false]);
  site.remove();
});

test.run();

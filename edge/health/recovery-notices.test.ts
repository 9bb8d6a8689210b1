import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EMPTY_LOG } from "../../shared/log/chain.ts";
import { eventsFile } from "../log/open-database.ts";
import { markDamaged } from "../log/salvage-file.ts";
import { draftOf, makeTestStore, type TestStore } from "../log/test-store.ts";
import { damageAlarms, recoveryNotices } from "./recovery-notices.ts";

const HOUR_MS = 3_600_000;
const logOf = ({ rows }: TestStore) => rows.logs.activeLogs().find((one) => one.class === "detections")!;
const told = ({ rows, clock }: TestStore, laterMs = 0) =>
  recoveryNotices(rows, clock.wallMs + laterMs).map(({ level, words }) => `${level}: ${words}`);
async function siteWith(count: number): Promise<TestStore> {
  const site = await makeTestStore();
  for (let at = 0; at < count; at++) site.store.verb("appendDetection", draftOf(`ABC${at}`, site.now));
  return site;
}
const finish = (site: TestStore): void => {
  while (site.store.isOffering()) site.store.verb("offerAgain", site.now());
};
const after = async (site: TestStore, damage: () => void): Promise<TestStore> => {
  site.db.close();
  site.store.close();
  damage();
  return makeTestStore(site);
};

test("a fork that lost nothing is told for a day, with what to do about a copied card", async () => {
  const site = await siteWith(3);
  site.store.verb("beginAgain", logOf(site).logId, EMPTY_LOG, "fork", site.now());
  finish(site);
  const [words, ...others] = told(site);
  assert.equal(others, []);
  assert.match(words!, /^warning: .*another branch.*Of two copies switch one off\. A new log continues it\. .*Nothing is counted twice\.$/);
  assert.equal(told(site, 25 * HOUR_MS), []);
  site.remove();
});

test("T-60 a log that central had closed is told as a warning too: this may be the other one of two copies of a card", async () => {
  const site = await siteWith(3);
  site.store.verb("beginAgain", logOf(site).logId, EMPTY_LOG, "closed", site.now());
  finish(site);
  const [words, ...others] = told(site);
  assert.equal(others, []);
  assert.match(
    words!,
    /^warning: Central had closed .* another device may be sending .* card was copied, switch the copy off; otherwise nothing /,
  );
  site.remove();
});

test("records that nobody has any more are counted, as a warning, for a week", async () => {
  const site = await siteWith(5);
  site.store.db.prepare("delete from records where log = ? and seq >= 4").run(logOf(site).n);
  site.store.verb("beginAgain", logOf(site).logId, EMPTY_LOG, "damaged", site.now());
  finish(site);
  assert.match(told(site, 100 * HOUR_MS)[0]!, /^warning: .* 2 records are lost: neither this disk nor central has them/);
  assert.equal(told(site, 169 * HOUR_MS), []);
  site.remove();
});

test("a damaged file is told though every log could be read, and is dated once somebody vouches for the time", async () => {
  const site = await siteWith(3);
  site.clock.clockQuality = 1;
  const opened = await after(site, () => markDamaged(site.home));
  assert.match(told(opened, 300 * HOUR_MS)[0]!, /^warning: The data file on this disk was damaged\. What could be read was carried over/);
  opened.clock.clockQuality = 3;
  opened.store.verb("forgetOld", opened.now());
  assert.is(told(opened, 100 * HOUR_MS).length, 1);
  assert.equal(
    damageAlarms(opened.rows, opened.clock.wallMs).map(({ code, sinceMs }) => [code, sinceMs]),
    [["STORE_DAMAGED", opened.clock.wallMs]],
  );
  assert.equal(told(opened, 169 * HOUR_MS), []);
  opened.remove();
});

test("a file of which nothing could be read is told as the loss that it is", async () => {
  const site = await siteWith(3);
  const opened = await after(site, () => writeFileSync(eventsFile(site.home), "no database at all ".repeat(1_000)));
  assert.match(told(opened)[0]!, /what it held and had not sent to central is lost/);
  opened.remove();
});

test("a sound site has nothing to tell", async () => {
  const site = (await siteWith(1)).reopen();
  assert.equal(told(site), []);
  assert.equal(damageAlarms(site.rows, site.clock.wallMs), []);
  site.remove();
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { floorOf } from "./clock-floor.ts";
import { draftOf, makeTestStore } from "./test-store.ts";

test("the newest record with a trusted time is the floor; later ones that nobody vouched for say nothing", async () => {
  const site = await makeTestStore();
  site.store.verb("appendDetection", draftOf("ABC123", site.now));
  const trustedMs = site.now().wallMs;
  const moment = { ...site.now(), wallMs: trustedMs + 9 * 86_400_000, clockQuality: 0 as const };
  site.store.verb(
    "appendDetection",
    draftOf("ABC124", () => moment),
  );
  assert.is(floorOf(site.home), trustedMs);
  site.remove();
});

test("a file that an older release wrote has its floor before it is brought to this release's schema", async () => {
  const site = await makeTestStore();
  site.store.verb("appendDetection", draftOf("ABC123", site.now));
  const { db } = site.store;
  const later = (db.pragma("table_info(logs)") as { name: string; cid: number }[]).filter(({ cid }) => cid > 9);
  assert.ok(later.length > 0);
  for (const { name } of later) db.exec(`alter table logs drop column ${name}`);
  db.pragma("user_version = 1");
  assert.is(floorOf(site.home), site.now().wallMs);
  site.remove();
});

test.run();

import Database from "better-sqlite3";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ListId } from "../../shared/model/ids.ts";
import { prepareListRows } from "./list-rows.ts";
import { migrate } from "./schema.ts";

const LIST = "01990000-0000-7000-8000-0000000000a2" as ListId;

/** How SQLite goes about what a question of the rows asks it. */
function planOf(ask: (rows: ReturnType<typeof prepareListRows>) => unknown): string {
  const said: string[] = [];
  const db = new Database(":memory:", { verbose: (words) => said.push(String(words)) });
  migrate(db);
  const rows = prepareListRows(db);
  said.length = 0;
  ask(rows);
  const steps = db.prepare(`explain query plan ${said[0]}`).all() as { detail: string }[];
  db.close();
  return steps.map(({ detail }) => detail).join("\n");
}

test("what was taken off while somebody changed it, and what may be forgotten, are found by their own index, not by reading the list", () => {
  assert.match(
    planOf((rows) => rows.contestedOf(LIST)),
    /feed_entries USING INDEX feed_entries_contested/,
  );
  assert.match(
    planOf((rows) => rows.goneBelow(LIST, 10, 10)),
    /feed_entries USING COVERING INDEX feed_entries_gone/,
  );
});

test.run();

import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres, type TestPostgres } from "../../scripts/test/open-test-postgres.ts";
import { lockCursor, moveCursor } from "./arrival-rows.ts";
import { migrate } from "./migrate.ts";
import { type OpenDb, openDb, type Tx } from "./open-db.ts";

let server: TestPostgres;
let open: OpenDb;
test.before(async () => {
  server = await openTestPostgres();
  open = await openDb({ url: server.url, poolMax: 4 });
  await migrate(open.db);
});
test.after(async () => {
  await open.close();
  await server.drop();
});

const inTransaction = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => open.db.transaction().execute(work);

test("a follower that reads its batch takes no transaction id, so that it holds back nobody's number", async () => {
  await inTransaction((tx) => lockCursor(tx, "reads"));
  const id = await inTransaction(async (tx) => {
    await lockCursor(tx, "reads");
    const { rows } = await sql<{ id: string | null }>`select pg_current_xact_id_if_assigned()::text as id`.execute(tx);
    return rows[0]?.id;
  });
  assert.is(id, null);
});

test("two processes never do the same batch: the second waits, and goes on behind the first", async () => {
  const seen: number[] = [];
  const batch = (): Promise<void> =>
    inTransaction(async (tx) => {
      const from = await lockCursor(tx, "batches");
      seen.push(from);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await moveCursor(tx, "batches", from + 10);
    });
  await Promise.all([batch(), batch(), batch()]);
  assert.equal(seen, [0, 10, 20]);
});

test.run();

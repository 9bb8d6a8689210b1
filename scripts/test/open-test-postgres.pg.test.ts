import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestPostgres } from "./open-test-postgres.ts";

async function ask(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

test("the server is a durable PostgreSQL 17 with trigrams", async () => {
  const { url, drop } = await openTestPostgres();
  try {
    const [row] = await ask(
      url,
      "create extension pg_trgm",
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as commit, similarity('ABC123', 'A8C123') > 0.3 as similar`,
    );
    assert.equal(row, { version: 17, fsync: "on", commit: "on", similar: true });
  } finally {
    await drop();
  }
});

test("two tests do not see each other's tables, and a forgotten connection does not keep a database alive", async () => {
  const one = await openTestPostgres();
  const two = await openTestPostgres();
  const forgotten = new pg.Client({ connectionString: one.url });
  forgotten.on("error", () => undefined);
  await forgotten.connect();
  await forgotten.query("create table mine (n int)");
  assert.equal(await ask(two.url, "select to_regclass('mine') as found"), [{ found: null }]);
  await one.drop();
  let refused = "";
  await ask(one.url, "select 1").catch((error: Error & { code?: string }) => {
    refused = error.code ?? error.message;
  });
  assert.is.not(refused, "");
  await two.drop();
  await forgotten.end().catch(() => undefined);
});

test("a wrong password is refused, so that tests can sign in as the real roles", async () => {
  const { url, drop } = await openTestPostgres();
  const wrong = new URL(url);
  wrong.password = "wrong";
  let code = "";
  await ask(wrong.href, "select 1").catch((error: Error & { code?: string }) => {
    code = error.code ?? "";
  });
  assert.is(code, "28P01");
  await drop();
});

test.run();

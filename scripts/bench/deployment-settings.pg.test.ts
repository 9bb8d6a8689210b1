import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startPostgres } from "../test/start-postgres.ts";
import { deploymentSettings } from "./deployment-settings.ts";

test("a real PostgreSQL 17 takes the deployment's settings as they are meant, and those that keep a committed row are on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-settings-"));
  const server = await startPostgres(folder, deploymentSettings());
  const client = new pg.Client({ connectionString: server.url });
  try {
    await client.connect();
    const wanted = deploymentSettings();
    const { rows } = await client.query<{ name: string; setting: string; source: string }>(
      "select lower(name) as name, current_setting(name) as setting, source from pg_settings where lower(name) = any($1) order by name",
      [Object.keys(wanted)],
    );
    assert.equal(rows.map(({ name }) => name).sort(), Object.keys(wanted).sort());
    for (const { name, setting, source } of rows) assert.equal([name, setting, source], [name, wanted[name], "command line"]);
    for (const name of ["fsync", "synchronous_commit", "full_page_writes"]) assert.is(wanted[name], "on");
  } finally {
    await client.end();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();

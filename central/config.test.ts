import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ConfigError, type Environment, readConfig } from "./config.ts";

test("with nothing set central listens on loopback and keeps its data in a folder", () => {
  const config = readConfig({});
  assert.is(config.host, "127.0.0.1");
  assert.is(config.port, 8080);
  assert.match(config.databaseUrl, /^pglite:.*data\/central$/);
  assert.is(config.s3, null);
  assert.is(config.adminPassword, null);
});

test("whatever is wrong stops the start with a sentence that names the setting", () => {
  const wrong: [Environment, string][] = [
    [{ CHAVERIM_LISTEN: "8080" }, "CHAVERIM_LISTEN:"],
    [{ CHAVERIM_LISTEN: "127.0.0.1:99999" }, "CHAVERIM_LISTEN:"],
    [{ CHAVERIM_PUBLIC_URL: "central.example.org" }, "CHAVERIM_PUBLIC_URL:"],
    [{ CHAVERIM_DATABASE_URL: "mysql://x:secret@h/db" }, "CHAVERIM_DATABASE_URL:"],
    [{ CHAVERIM_SECRET_KEY: "short" }, "CHAVERIM_SECRET_KEY:"],
    [{ CHAVERIM_S3_ENDPOINT: "http://127.0.0.1:9000" }, "CHAVERIM_S3_BUCKET:"],
    [{ CHAVERIM_TLS_CERT: "/nowhere.pem" }, "CHAVERIM_TLS_KEY:"],
    [{ CHAVERIM_TLS_CERT: "/nowhere.pem", CHAVERIM_TLS_KEY: "/nowhere.key" }, "CHAVERIM_TLS_CERT:"],
    [{ CHAVERIM_LOG_LEVEL: "loud" }, "CHAVERIM_LOG_LEVEL:"],
    [{ CHAVERIM_BACKUP_AT: "03:30" }, "CHAVERIM_BACKUP_DIR:"],
    [{ CHAVERIM_BACKUP_DIR: "/b", CHAVERIM_BACKUP_AT: "3am" }, "CHAVERIM_BACKUP_AT:"],
    [{ CHAVERIM_BACKUP_DIR: "/b", CHAVERIM_BACKUP_KEEP: "1" }, "CHAVERIM_BACKUP_KEEP:"],
    [{ CHAVERIM_HELLOS_PER_SECOND: "0" }, "CHAVERIM_HELLOS_PER_SECOND:"],
    [{ CHAVERIM_HELLOS_PER_SECOND: "1e9" }, "CHAVERIM_HELLOS_PER_SECOND:"],
    [{ CHAVERIM_ADMIN_PASSWORD_FILE: "/nowhere" }, "CHAVERIM_ADMIN_PASSWORD_FILE:"],
    [{ CHAVERIM_LISTN: "x" }, "CHAVERIM_LISTN:"],
  ];
  for (const [env, name] of wrong) {
    try {
      readConfig(env);
      assert.unreachable(name);
    } catch (error) {
      assert.instance(error, ConfigError);
      const { message } = error as Error;
      assert.ok(message.startsWith(name), `${message} begins with ${name}`);
      assert.not.match(message, /secret/, "a password in an address is never repeated");
      assert.not.match(message, /\n/);
    }
  }
});

test("a secret comes from a file without its line end", () => {
  const folder = mkdtempSync(join(tmpdir(), "chaverim-config-"));
  writeFileSync(join(folder, "password"), "correct horse\n");
  assert.is(readConfig({ CHAVERIM_ADMIN_PASSWORD_FILE: join(folder, "password") }).adminPassword, "correct horse");
  rmSync(folder, { recursive: true });
});

test("settings of the edge and of the tests may stand beside central's", () => {
  readConfig({ CHAVERIM_EDGE_HOME: "/opt/x", CHAVERIM_TEST_CACHE: "/tmp/x", CHAVERIM_NO_SKIP: "1" });
});

test.run();

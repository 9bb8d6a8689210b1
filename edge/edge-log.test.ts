import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openEdgeLog } from "./edge-log.ts";

const home = mkdtempSync(join(tmpdir(), "edge-log-"));
test.after(() => rmSync(home, { recursive: true, force: true }));

const filling = "x".repeat(1024 * 1024);

test("a full log that cannot be put aside takes no other file's handle, and the next ones are kept when it can", () => {
  mkdirSync(join(home, "logs", "edge.log.1", "in-the-way"), { recursive: true });
  const log = openEdgeLog(home, "info", { write: () => undefined });
  for (let at = 0; at < 10; at++) log.info({ filling }, "filling");
  const other = openSync(join(home, "other"), "w");
  log.info({}, "one more");
  writeSync(other, "mine");
  closeSync(other);
  assert.is(readFileSync(join(home, "other"), "utf8"), "mine");
  rmSync(join(home, "logs", "edge.log.1"), { recursive: true });
  log.info({}, "put aside now");
  assert.match(readFileSync(join(home, "logs", "edge.log"), "utf8"), /put aside now/);
});

test.run();

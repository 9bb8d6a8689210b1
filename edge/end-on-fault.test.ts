import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { endOnFault } from "./end-on-fault.ts";

function fault(error: unknown) {
  const home = mkdtempSync(join(tmpdir(), "edge-fault-"));
  mkdirSync(join(home, "data"));
  const said: string[] = [];
  const codes: number[] = [];
  const log = { fatal: (_facts: object, words: string) => void said.push(words) };
  endOnFault({ home, log: log as never, exit: (code) => void codes.push(code) })(error);
  const isMarked = existsSync(join(home, "data", "events.db.damaged-mark"));
  rmSync(home, { recursive: true });
  return { said, codes, isMarked };
}

test("damage that a reader met is noted for the next start, which would end at the same place otherwise", () => {
  const { said, codes, isMarked } = fault(Object.assign(new Error("database disk image is malformed"), { code: "SQLITE_CORRUPT" }));
  assert.equal([codes, isMarked], [[1], true]);
  assert.match(said[0]!, /damaged/);
});

test("any other fault ends the program and casts no doubt on the file", () => {
  const { said, codes, isMarked } = fault(new TypeError("undefined is not a function"));
  assert.equal([codes, isMarked], [[1], false]);
  assert.match(said[0]!, /a bug/);
});

test.run();

import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeFolderDurably, writeDurably } from "./write-durably.ts";

let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "durably-"));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

test("a folder is made with all that are missing above it, with its mode, and again without harm", () => {
  const deep = join(folder, "a/b/../b/c");
  makeFolderDurably(deep, 0o700);
  makeFolderDurably(`${deep}/`, 0o700);
  assert.is(statSync(join(folder, "a/b/c")).mode & 0o777, 0o700);
});

test("a file in a folder that is not there yet is written, and replaced as a whole", () => {
  const file = join(folder, "config/secret");
  writeDurably(file, "first", 0o600);
  writeDurably(file, "second", 0o600);
  assert.is(readFileSync(file, "utf8"), "second");
  assert.is(statSync(file).mode & 0o777, 0o600);
});

test.run();

import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { describeFinding, RULES } from "./rules.ts";
import { readSourceTree } from "./source-tree.ts";

const tree = await readSourceTree(path.resolve(import.meta.dirname, "..", ".."));

test("the tree is read at all", () => {
  assert.ok(tree.files.length > 50);
  assert.ok(tree.files.some((file) => file.imports.length > 0));
});

for (const rule of RULES) {
  test(rule.name, () => {
    const found = rule.check(tree);
    assert.is(found.length, 0, `\n${found.map(describeFinding).join("\n")}`);
  });
}

test.run();

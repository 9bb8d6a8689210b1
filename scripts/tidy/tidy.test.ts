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
    if (found.length === 0) return;
    // The stack would only repeat the list.
    throw Object.assign(new Error(`${found.length} found\n${found.map(describeFinding).join("\n")}`), { stack: "" });
  });
}

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { deadCode } from "./dead-code.ts";
import { describeFinding } from "./rules.ts";
import { sourceFile } from "./source-tree.ts";
import { packageFindings } from "./unused-packages.ts";

function dead(files: Readonly<Record<string, string>>, allowed: Readonly<Record<string, string>> = {}): readonly string[] {
  const tree = { allPaths: Object.keys(files), files: Object.entries(files).map(([name, text]) => sourceFile(name, text)) };
  return deadCode(tree, allowed).map(describeFinding);
}

const MAIN = `import { used } from "./a.ts";\nused();\n`;

test("an export that nobody uses is found, one used elsewhere or in its own file is not", () => {
  const found = dead({
    "edge/main.ts": MAIN,
    "edge/a.ts": `export function used() { return inside; }\nexport const inside = 1;\nexport const lost = 2;\nexport type Lost = 3;\n`,
  });
  assert.equal(found, ["edge/a.ts:3  nobody uses lost: connect it or remove it", "edge/a.ts:4  nobody uses Lost: connect it or remove it"]);
});

test("a feature that was tested and never connected is found", () => {
  const found = dead({
    "edge/main.ts": MAIN,
    "edge/a.ts": "export function used() {}\nexport function tested() {}\n",
    "edge/a.test.ts": `import { tested } from "./a.ts";\ntested();\n`,
    "edge/b.ts": "export function alsoTested() {}\n",
    "edge/b.test.ts": `import { alsoTested } from "./b.ts";\nalsoTested();\n`,
  });
  assert.equal(found, [
    "edge/a.ts:2  only tests use tested: connect it, or remove it with its tests",
    "edge/b.ts  nobody imports this file: connect it or remove it",
  ]);
});

test("what is imported as a whole, lazily, as a worker or under another name is used", () => {
  const found = dead({
    "edge/main.ts": `import * as a from "./a.ts";\nimport { b as c } from "./b.ts";\na.x(c);\nawait import("./d.ts");\nnew Worker(new URL("./e.ts", import.meta.url));\n`,
    "edge/a.ts": "export const x = 1;\n",
    "edge/b.ts": "export const b = 1;\n",
    "edge/d.ts": "export const d = 1;\n",
    "edge/e.ts": "export const e = 1;\n",
  });
  assert.equal(found, []);
});

test("an allowance holds for a file or a name, and one for code that is gone is found", () => {
  const files = {
    "edge/main.ts": MAIN,
    "edge/a.ts": "export function used() {}\nexport const kept = 1;\n",
    "edge/b.ts": "export const b = 1;\n",
  };
  assert.equal(dead(files, { "edge/a.ts#kept": "others read it", "edge/b.ts": "next order" }), []);
  assert.match(
    dead(files, { "edge/a.ts": "x", "edge/b.ts": "x", "edge/gone.ts": "x" }).join(),
    "edge/gone.ts is allowed but does not exist",
  );
});

test("packages that nothing imports and versions that float are found", () => {
  const tree = {
    allPaths: [],
    files: [sourceFile("edge/a.ts", `import { z } from "zod";\nconst found = import.meta.resolve("by-name");\n`)],
  };
  const manifest = {
    dependencies: { zod: "4.6.7", "left-over": "1.0.0", "by-name": "1.0.0", kept: "2.0.0-beta.1" },
    devDependencies: { "@types/ws": "^8.0.0" },
  };
  assert.equal(
    packageFindings(tree, manifest, { kept: "started by hand" }).map((finding) => finding.says.split(":")[0]),
    ["nothing imports left-over", "@types/ws ^8.0.0 is not an exact version"],
  );
});

test.run();

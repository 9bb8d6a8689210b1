import { test } from "uvu";
import * as assert from "uvu/assert";
import { libraryArrows, roomArrows, sliceArrows } from "./arrow-rules.ts";
import { fileLength, namesAndExports, nothingUnfinished, readmes, tests } from "./file-rules.ts";
import { sharedIsPure } from "./purity-rules.ts";
import type { Rule } from "./rules.ts";
import { type SourceTree, sourceFile } from "./source-tree.ts";

/** A tree of the given files; each line of a rule's verdict is `path:line`. */
function treeOf(files: Readonly<Record<string, string>>): SourceTree {
  const allPaths = Object.keys(files);
  return { allPaths, files: allPaths.filter((name) => name.endsWith(".ts")).map((name) => sourceFile(name, files[name] ?? "")) };
}

function found(check: Rule["check"], files: Readonly<Record<string, string>>): readonly string[] {
  return check(treeOf(files)).map(({ path, line }) => (line === undefined ? path : `${path}:${line}`));
}

const importOf = (specifier: string) => `import { x } from "${specifier}";\n`;
const importType = (specifier: string) => `import type { X } from "${specifier}";\n`;

test("a room that imports a room it may not is found, types included", () => {
  const bad = {
    "shared/a.ts": importType("../central/a.ts"),
    "central/a.ts": importOf("../edge/log/a.ts"),
    "edge/a.ts": importOf("../ui/a.ts"),
    "ui/a.ts": importOf("../central/search/a.ts"),
    "edge/b.ts": importOf("../scripts/demo/a.ts"),
    "edge/c.test.ts": importOf("../scripts/demo/a.ts"),
    "central/d.ts": importOf("../../elsewhere.ts"),
  };
  assert.equal(found(roomArrows, bad).length, Object.keys(bad).length);
});

test("the legal arrows are let through", () => {
  const good = {
    "central/a.ts": importOf("../shared/model/ids.ts") + importOf("./b.ts") + importOf("node:fs"),
    "scripts/demo/a.ts": importOf("../../central/app.ts") + importOf("../../edge/app.ts"),
    "central/search/a.pg.test.ts": importOf("../../scripts/test/open-test-postgres.ts"),
  };
  assert.equal(found(roomArrows, good), []);
});

test("a slice that imports another at run time is found, in whatever form it is written", () => {
  const bad = {
    "central/alerts/a.ts": importOf("../search/b.ts"),
    "central/alerts/b.ts": `export { x } from "../search/b.ts";\n`,
    "central/alerts/c.ts": `import {\n  x,\n  type Y,\n} from "../search/b.ts";\n`,
    "central/alerts/d.ts": `const later = () => import("../search/b.ts");\n`,
    "central/alerts/e.ts": `const worker = new Worker(new URL("../search/b.ts", import.meta.url));\n`,
    "central/alerts/f.ts": importOf("../app.ts"),
    "edge/sync/a.ts": importOf("../images/b.ts"),
    "ui/central/a.ts": importOf("../edge/b.ts"),
  };
  const first = Object.keys(bad).map((name) => `${name}:1`);
  assert.equal(found(sliceArrows, bad), first);
});

test("types, the ground of the room, the composition root and tests may cross slices", () => {
  const good = {
    "central/alerts/a.ts": importType("../search/b.ts") + importOf("../db/open-db.ts") + importOf("../config.ts"),
    "central/alerts/b.ts": `import { type X, type Y } from "../search/b.ts";\n`,
    "central/app.ts": importOf("./search/b.ts"),
    "central/alerts/c.test.ts": importOf("../search/b.ts"),
    "edge/sync/a.ts": importOf("../log/open-log.ts"),
    "ui/central/a.ts": importOf("../parts/b.ts"),
    "central/alerts/d.ts": `// import { x } from "../search/b.ts";\n/**\n * import { x } from "../search/b.ts";\n */\n`,
  };
  assert.equal(found(sliceArrows, good), []);
});

test("storage and HTTP libraries outside their files are found", () => {
  const bad = {
    "central/search/find-plate.ts": importType("kysely"),
    "edge/match/a.ts": importOf("better-sqlite3"),
    "central/search/b.ts": importOf("pg") + importOf("hono/cookie"),
    "edge/sync/c.ts": importOf("@hono/node-server"),
  };
  assert.equal(found(libraryArrows, bad), [
    "central/search/find-plate.ts:1",
    "edge/match/a.ts:1",
    "central/search/b.ts:1",
    "central/search/b.ts:2",
    "edge/sync/c.ts:1",
  ]);
  const good = {
    "central/search/plate-rows.ts": importOf("kysely"),
    "central/db/open-db.ts": importOf("pg"),
    "edge/log/append.ts": importOf("better-sqlite3"),
    "central/app.ts": importOf("hono") + importOf("kysely"),
    "central/search/search-routes.ts": importOf("hono"),
    "edge/web/serve.ts": importOf("@hono/node-server"),
  };
  assert.equal(found(libraryArrows, good), []);
});

test("shared/ that reads clocks, makes randomness, waits, does I/O or needs Node is found", () => {
  const bad = {
    "shared/a.ts": importOf("node:crypto"),
    "shared/b.ts": importOf("ws"),
    "shared/c.ts": "export const at = () => Date.now();\n",
    "shared/d.ts": "export const x = Math.random();\n",
    "shared/e.ts": "\nsetTimeout(() => {}, 1);\n",
    "shared/f.ts": "export const b = Buffer.from([]);\n",
    "shared/g.ts": "console.log(1);\n",
  };
  assert.is(found(sharedIsPure, bad).length, Object.keys(bad).length);
  const good = {
    "shared/a.ts": `${importOf("@noble/hashes/sha2.js")}// Date.now() is not called\nexport const day = (ms: number) => new Date(ms).toISOString();\n`,
    "shared/a.test.ts": `${importOf("node:fs")}Date.now();\n`,
    "edge/a.ts": "Date.now();\n",
  };
  assert.equal(found(sharedIsPure, good), []);
});

test("barrels, default exports and drawers are found", () => {
  const bad = {
    "edge/log/index.ts": "",
    "edge/log/a.ts": "\nexport default 1;\n",
    "edge/utils/plate.ts": "",
    "edge/log/test-helpers.ts": "",
    "central/alert-manager.ts": "",
  };
  assert.equal([...found(namesAndExports, bad)].sort(), [
    "central/alert-manager.ts",
    "edge/log/a.ts:2",
    "edge/log/index.ts",
    "edge/log/test-helpers.ts",
    "edge/utils/plate.ts",
  ]);
  assert.equal(found(namesAndExports, { "ui/vite.config.ts": "export default {};\n", "central/miscount.ts": "" }), []);
});

test("files that are too long are found, tests get more room", () => {
  const long = "x;\n".repeat(500);
  assert.equal(found(fileLength, { "edge/a.ts": long, "edge/a.test.ts": long, "edge/b.test.ts": long + long }), [
    "edge/a.ts",
    "edge/b.test.ts",
  ]);
});

test("a test file that never runs, or was narrowed, is found", () => {
  const bad = {
    "edge/a.test.ts": `test("x", () => {});\n// test.run();\n`,
    "edge/b.test.ts": `test.only("x", () => {});\ntest.run();\n`,
  };
  assert.equal(found(tests, bad), ["edge/a.test.ts", "edge/b.test.ts:1"]);
  assert.equal(found(tests, { "edge/c.test.ts": `test("not test.only(", () => {});\ntest.run();\n` }), []);
});

test("a room of more than three files without a README is found, at the first and second level", () => {
  const names = ["a", "b", "c", "d"].map((name) => `edge/log/deep/${name}.ts`);
  assert.equal(found(readmes, Object.fromEntries(names.map((name) => [name, ""]))), ["edge", "edge/log"]);
  assert.equal(found(readmes, Object.fromEntries([...names, "edge/README.md", "edge/log/README.md"].map((name) => [name, ""]))), []);
});

test("words for unfinished work and paths of one machine are found", () => {
  const word = ["TO", "DO"].join("");
  const path = ["", "root", "project", "x"].join("/");
  assert.equal(found(nothingUnfinished, { "edge/a.ts": `// ${word}: later\n`, "edge/b.ts": `const at = "${path}";\n` }), [
    "edge/a.ts:1",
    "edge/b.ts:1",
  ]);
  assert.equal(found(nothingUnfinished, { "edge/c.ts": `const home = "/opt/chaverim-edge"; // ${word}S\n` }), []);
});

test.run();

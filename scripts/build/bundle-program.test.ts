import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bundleProgram } from "./bundle-program.ts";

const root = path.resolve(import.meta.dirname, "..", "..");
/** Beside node_modules, as a built program lies: its packages are found from there. */
const outDir = await fs.mkdtemp(path.join(root, "node_modules", ".bundle-test-"));

test("a program runs from its bundle, with its worker, on plain Node", async () => {
  const made = await bundleProgram({ root, entry: "scripts/build/fixtures/program/main.ts", outDir, outName: "program" });
  assert.equal(made, ["program.js", "scripts-build-fixtures-program-double-worker.js"]);
  const ran = spawnSync(process.execPath, [path.join(outDir, "program.js")], { encoding: "utf8", env: { PATH: process.env.PATH } });
  assert.is(ran.stdout, "the worker says 8 36\n", ran.stderr);
});

test("packages stay outside, and an error points at the source", async () => {
  const code = await fs.readFile(path.join(outDir, "scripts-build-fixtures-program-double-worker.js"), "utf8");
  assert.match(code, 'from "uuidv7"');
  assert.match(code, "sourceMappingURL");
});

test("a source that does not compile stops the build", async () => {
  const broken = path.join(outDir, "broken.ts");
  await fs.writeFile(broken, `import { nothing } from "./not-there.ts";\nnothing();\n`);
  let said = "";
  await bundleProgram({ root, entry: path.relative(root, broken), outDir, outName: "broken" }).catch((error: Error) => {
    said = error.message;
  });
  assert.match(said, "not-there.ts");
});

test.after(() => fs.rm(outDir, { recursive: true, force: true }));

test.run();

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
  assert.equal(made, ["program.js", "program-code.js", "scripts-build-fixtures-program-double-worker.js"]);
  const ran = spawnSync(process.execPath, [path.join(outDir, "program.js")], { encoding: "utf8", env: { PATH: process.env.PATH } });
  assert.is(ran.stdout, "the worker says 8 36\n", ran.stderr);
});

test("an older Node is told in one sentence which one to use, and the program is not begun", async () => {
  const launcher = path.join(outDir, "program.js");
  const asOlder = `Object.defineProperty(process.versions, "node", { value: "20.20.2" }); await import(${JSON.stringify(launcher)});`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "--eval", asOlder], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  assert.is(ran.status, 1);
  assert.is(ran.stdout, "");
  assert.is(ran.stderr, "This needs Node 22.15 or newer and runs on 20.20.2. npm ci brought one along: npx node dist/program.js\n");
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

import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { ALLOWED_PACKAGES, ALLOWED_UNUSED } from "./allowed-unused.ts";
import { deadCode } from "./dead-code.ts";
import { describeFinding, RULES } from "./rules.ts";
import { readSourceTree } from "./source-tree.ts";
import { type Manifest, packageFindings } from "./unused-packages.ts";

/** `npm run check`: types, lint and format, the rules of the house, dead code. Exit 1 when anything is found. */
const root = path.resolve(import.meta.dirname, "..", "..");

interface Part {
  readonly name: string;
  /** What is wrong, one line or block each; empty when clean. */
  readonly check: () => Promise<readonly string[]>;
}

const tree = await readSourceTree(root);
const manifest = JSON.parse(await fs.readFile(path.join(root, "package.json"), "utf8")) as Manifest;
const biome = path.join(root, "node_modules", "@biomejs", `cli-${process.platform}-${process.arch}`, "biome");
const fix = process.argv.includes("--fix") ? ["--write"] : [];
const PARTS: readonly Part[] = [
  { name: "types", check: () => runTool(process.execPath, [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "."]) },
  { name: "lint and format (npm run check -- --fix puts most right)", check: lint },
  ...RULES.map((rule) => ({ name: rule.name, check: async () => rule.check(tree).map(describeFinding) })),
  { name: "no dead code", check: async () => deadCode(tree, ALLOWED_UNUSED).map(describeFinding) },
  { name: "packages are exact and used", check: async () => packageFindings(tree, manifest, ALLOWED_PACKAGES).map(describeFinding) },
];

let found = 0;
for (const part of PARTS) {
  const wrong = await part.check();
  found += wrong.length;
  console.log(`${wrong.length === 0 ? "ok  " : "FAIL"}  ${part.name}${wrong.length === 0 ? "" : ` (${wrong.length})`}`);
  for (const words of wrong) console.log(words.replace(/^/gm, "      "));
}
console.log(found === 0 ? `\nclean: ${tree.files.length} files` : `\n${found} to put right`);
process.exitCode = found === 0 ? 0 : 1;

/** One line per finding; Biome's own report shows pages of differences, which `--fix` makes needless to read. */
async function lint(): Promise<readonly string[]> {
  const said = await runTool(biome, ["check", ...fix, "--error-on-warnings", "--max-diagnostics=none", "--reporter=github", "."]);
  const lines = said.flatMap((line) => {
    const match = /^::\w+ title=([^,]*),file=([^,]*),line=(\d+).*?::(.*)$/.exec(line);
    return match === null ? [] : [`${path.relative(root, match[2] ?? "")}:${match[3]}  ${match[1]}: ${match[4]}`];
  });
  return said.length > 0 && lines.length === 0 ? said : lines;
}

async function runTool(file: string, args: readonly string[]): Promise<readonly string[]> {
  const ran = spawnSync(file, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (ran.status === 0) return [];
  const said = `${ran.stdout ?? ""}${ran.stderr ?? ""}`.trim();
  return said === "" ? [`${path.basename(file)} ended with ${ran.status ?? ran.error?.message}`] : said.split("\n");
}

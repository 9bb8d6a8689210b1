import * as fs from "node:fs/promises";
import * as path from "node:path";

/** What a test needs beside itself, told by its suffix: house rule, so that a reader and the runner see it from the name. */
export type World = "plain" | "pg" | "s3" | "e2e";

export interface TestFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly world: World;
  readonly source: string;
  readonly timeoutMs: number;
}

/** Rooms that hold tests. */
const ROOMS = ["shared", "central", "edge", "ui", "scripts"];
const NOT_ROOMS = new Set(["node_modules", "dist", "fixtures"]);
const TIMEOUT_S: Record<World, number> = { plain: 60, pg: 180, s3: 180, e2e: 180 };
/** A file may ask for more (or less) with a line `// runner: timeout 300 s`, up to this. */
const TIMEOUT_MAX_S = 600;

/** The order of the run: worlds that take long come first, S3 last as its server takes longest to come up. */
const ORDER: Record<World, number> = { pg: 0, e2e: 1, plain: 2, s3: 3 };

/**
 * Every `*.test.ts` below the rooms of `root` (or below `root` itself when it has none), that contains one of `filters` in its path;
 * all of them without filters. Folders called `fixtures` are input of tests, not tests.
 */
export async function findTestFiles(root: string, filters: readonly string[]): Promise<readonly TestFile[]> {
  const found: TestFile[] = [];
  const rooms = (await fs.readdir(root)).filter((name) => ROOMS.includes(name));
  for (const room of rooms.length > 0 ? rooms : ["."]) {
    for await (const file of testsBelow(path.join(root, room))) {
      const name = path.relative(root, file).split(path.sep).join("/");
      if (filters.length > 0 && !filters.some((filter) => name.includes(filter))) continue;
      const source = await fs.readFile(file, "utf8");
      const world = worldOf(name);
      found.push({ path: name, world, source, timeoutMs: timeoutMsOf(world, source) });
    }
  }
  return found.sort((a, b) => ORDER[a.world] - ORDER[b.world] || (a.path < b.path ? -1 : 1));
}

/** Whether the file hands its tests to uvu: without this it passes and runs nothing. */
export function callsRun(source: string): boolean {
  return /^[^/"'`]*\b\w+\.run\(\)/m.test(source);
}

async function* testsBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const below = path.join(folder, entry.name);
    if (entry.isDirectory() && !NOT_ROOMS.has(entry.name)) yield* testsBelow(below);
    else if (entry.isFile() && entry.name.endsWith(".test.ts")) yield below;
  }
}

function worldOf(name: string): World {
  const suffix = /\.(pg|s3|e2e)\.test\.ts$/.exec(name)?.[1];
  return suffix === "pg" || suffix === "s3" || suffix === "e2e" ? suffix : "plain";
}

function timeoutMsOf(world: World, source: string): number {
  const asked = /^\/\/ runner: timeout (\d+) s$/m.exec(source)?.[1];
  const seconds = asked === undefined ? TIMEOUT_S[world] : Math.min(Number(asked), TIMEOUT_MAX_S);
  return seconds * 1000;
}

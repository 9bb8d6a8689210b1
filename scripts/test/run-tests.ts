import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { type FileReport, refuse, runTestFile } from "./run-test-file.ts";
import { type SharedServers, startSharedServers } from "./shared-servers.ts";
import type { TestFile, World } from "./test-files.ts";

/** Two at a time: the machines that run this have two cores. */
const FILES_AT_ONCE = 2;

export interface TestRun {
  readonly root: string;
  readonly files: readonly TestFile[];
  readonly skips: "allowed" | "are-failures";
  readonly signal: AbortSignal;
  readonly onReport: (report: FileReport) => void;
}

/**
 * Runs the files, two at a time but never two that need a server or a browser: those are heavy, and those on PostgreSQL share its
 * roles. Everything the files write below the temporary folder is removed at the end, and the shared servers with it.
 */
export async function runTests(run: TestRun): Promise<readonly FileReport[]> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "chaverim-test-"));
  // PostgreSQL runs as another user when we are root, and must be able to pass through.
  await fs.chmod(folder, 0o711);
  const servers = startSharedServers(folder, new Set(run.files.map((file) => file.world)));
  try {
    const env = await testEnvironment(folder);
    return await runAll(run, servers, env);
  } finally {
    await servers.stop();
    await fs.rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runAll(run: TestRun, servers: SharedServers, env: NodeJS.ProcessEnv): Promise<readonly FileReport[]> {
  // The heavy ones, one after the other, take longest: they begin at once, beside the others.
  const waiting = [...run.files.filter((file) => isHeavy(file.world)), ...run.files.filter((file) => !isHeavy(file.world))];
  const reports: FileReport[] = [];
  let heavyRuns = false;
  const work = async () => {
    while (!run.signal.aborted) {
      const at = waiting.findIndex((file) => !(heavyRuns && isHeavy(file.world)));
      const [file] = at === -1 ? [] : waiting.splice(at, 1);
      if (file === undefined) return;
      if (isHeavy(file.world)) heavyRuns = true;
      const report = await runOne(file, run, servers, env);
      if (isHeavy(file.world)) heavyRuns = false;
      reports.push(report);
      run.onReport(report);
    }
  };
  // A worker that finds only heavy files while one runs goes home; the other one does them all.
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  return reports;
}

async function runOne(file: TestFile, run: TestRun, servers: SharedServers, env: NodeJS.ProcessEnv): Promise<FileReport> {
  try {
    const ofWorld = await servers.envFor(file.world);
    // A server takes seconds to come up, and Ctrl-C may have come meanwhile.
    if (run.signal.aborted) return refuse(file, "interrupted");
    return await runTestFile(file, { ...run, env: { ...env, ...ofWorld } });
  } catch (error) {
    return refuse(file, error instanceof Error ? error.message : String(error));
  }
}

function isHeavy(world: World): boolean {
  return world !== "plain";
}

/** The developer's own CHAVERIM_ settings must not change what is tested. CHAVERIM_TEST_CACHE: costly things made once for a run. */
async function testEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const TMPDIR = path.join(folder, "tmp");
  const CHAVERIM_TEST_CACHE = path.join(folder, "cache");
  for (const made of [TMPDIR, CHAVERIM_TEST_CACHE]) await fs.mkdir(made);
  await fs.chmod(TMPDIR, 0o711);
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("CHAVERIM_") || name === "CHAVERIM_NO_SKIP");
  return { ...Object.fromEntries(kept), TMPDIR, CHAVERIM_TEST_CACHE, NO_COLOR: "1", FORCE_COLOR: "0" };
}

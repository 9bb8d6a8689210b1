import { spawn } from "node:child_process";
import * as path from "node:path";
import { killGroup, killLeftovers } from "./process-group.ts";
import { callsRun, type TestFile } from "./test-files.ts";
import { type Ending, judge, type Outcome } from "./test-outcome.ts";

/** Of each file's output the last of this much is kept. */
const OUTPUT_CHARACTERS_MAX = 200_000;

export interface FileReport extends Outcome {
  readonly file: TestFile;
  readonly ms: number;
  readonly output: string;
}

export interface RunSettings {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly skips: "allowed" | "are-failures";
  readonly signal: AbortSignal;
}

/** Runs one test file in a process group of its own, so that whatever it starts ends with it. Never throws for the file's own faults. */
export async function runTestFile(file: TestFile, settings: RunSettings): Promise<FileReport> {
  if (!callsRun(file.source)) return refuse(file, "never calls .run(): uvu would pass it without running a test");
  const startedAt = performance.now();
  const ending = await runProcess(file, settings);
  const ms = Math.round(performance.now() - startedAt);
  return { file, ms, output: ending.output, ...judge(ending, settings.skips) };
}

/** A file that failed without having been run. */
export function refuse(file: TestFile, problem: string): FileReport {
  return { file, ms: 0, output: "", passed: 0, failed: 1, skipped: 0, skipReasons: [], problems: [problem] };
}

async function runProcess(file: TestFile, settings: RunSettings): Promise<Ending> {
  let why: Ending["why"] = "ended";
  let output = "";
  const child = spawn(process.execPath, ["--import", "tsx", path.join(settings.root, file.path)], {
    cwd: process.cwd(),
    env: settings.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const groupId = child.pid;
  const end = (reason: Ending["why"]) => {
    why = reason;
    if (groupId !== undefined) killGroup(groupId);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX);
    });
  }
  const timer = setTimeout(() => end("timeout"), file.timeoutMs);
  const onAbort = () => end("interrupted");
  settings.signal.addEventListener("abort", onAbort, { once: true });
  // "exit" and not "close": a process that it left behind may hold the pipes open for ever.
  const code = await new Promise<number | null>((resolve) => {
    child.once("exit", resolve);
    child.once("error", (error) => {
      output += error.message;
      resolve(null);
    });
  });
  clearTimeout(timer);
  settings.signal.removeEventListener("abort", onAbort);
  const leftovers = groupId === undefined || why !== "ended" ? [] : await killLeftovers(groupId);
  // What was written just before the end may still be in the pipes.
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.race([drained(child.stdout), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  return { code, why, timeoutMs: file.timeoutMs, output, leftovers };
}

function drained(stream: NodeJS.ReadableStream & { readonly readableEnded?: boolean }): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded === true) resolve();
    else stream.once("end", () => resolve());
  });
}

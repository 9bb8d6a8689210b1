/** One program of the demo as a child process: started from source, watched, and ended with everything it started. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

export interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  /** The last lines it wrote, for an error that says why. */
  readonly tail: () => string;
  readonly ended: Promise<number | null>;
  /** SIGTERM, then SIGKILL after 5 s; resolves when it is gone. */
  readonly stop: () => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export interface ChildOptions {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** What stands before the script; without it: a program from source. */
  readonly nodeOptions?: readonly string[];
  /** What runs the program instead of the system itself, with its arguments: `ip netns exec NAME`. */
  readonly launcher?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly logFile?: string;
  readonly onLine?: (line: string) => void;
}

const TAIL_LINES_MAX = 30;
const STOP_WAIT_MS = 5_000;
const FROM_SOURCE = ["--import", "tsx"];

/** Only what a program needs of our environment: settings of the person who runs the demo must not leak into it. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !/^(CHAVERIM|ALPR)_/.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

export function startChild(options: ChildOptions): Child {
  const [command = "", ...args] = [
    ...(options.launcher ?? []),
    process.execPath,
    ...(options.nodeOptions ?? FROM_SOURCE),
    options.script,
    ...(options.args ?? []),
  ];
  const child = spawn(command, args, {
    env: { ...cleanEnvironment(), ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const log = options.logFile === undefined ? null : createWriteStream(options.logFile, { flags: "a" });
  const take = (line: string) => {
    lines.push(line);
    if (lines.length > TAIL_LINES_MAX) lines.shift();
    log?.write(`${line}\n`);
    options.onLine?.(line);
  };
  readLines(child.stdout, take);
  readLines(child.stderr, take);
  if (options.input !== undefined) child.stdin?.end(options.input);
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  void ended.then(() => log?.end());
  return {
    name: options.name,
    process: child,
    tail: () => lines.join("\n"),
    ended,
    kill: (signal) => void child.kill(signal),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_WAIT_MS);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(force);
    },
  };
}

/** Runs a command of one of the programs to its end; throws with its last words when it fails. */
export async function runToEnd(options: ChildOptions): Promise<string> {
  const out: string[] = [];
  const child = startChild({ ...options, input: options.input ?? "", onLine: (line) => out.push(line) });
  const code = await child.ended;
  if (code !== 0) throw new Error(`${options.name} ended with ${code}:\n${child.tail()}`);
  return out.join("\n");
}

function readLines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  if (stream === null) return;
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") take(part);
  });
  stream.on("end", () => {
    if (rest !== "") take(rest);
  });
}

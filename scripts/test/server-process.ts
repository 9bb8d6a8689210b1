import { type ChildProcess, spawn } from "node:child_process";

/** How long a server may take to end after SIGTERM before it is killed. */
const STOP_PATIENCE_MS = 5_000;
const OUTPUT_CHARACTERS_MAX = 8_000;

export interface ServerProcess {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** The last of what it wrote, for the message when it did not come up. */
  output(): string;
  hasEnded(): boolean;
  /** Asks it to end (`signal`), kills it when it does not; resolves when it is gone. Can be called twice. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

/** Starts a server that runs until it is stopped. */
export function startServer(command: Command): ServerProcess {
  const child = spawn(command.file, command.args, { ...optionsOf(command), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = endOf(child);
  ended.catch((error: Error) => keep(Buffer.from(error.message)));
  // A runner killed with SIGKILL cannot clean up, but every ordinary way out takes the server along.
  const killNow = () => child.kill("SIGKILL");
  process.once("exit", killNow);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    stop: async (signal = "SIGTERM") => {
      process.off("exit", killNow);
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE_MS);
      await ended.catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

/** Runs a command to its end and gives its standard output; throws with what it said when it fails or takes over `timeoutMs`. */
export async function runCommand(command: Command, timeoutMs: number): Promise<string> {
  const child = spawn(command.file, command.args, {
    ...optionsOf(command),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX);
  });
  const code = await endOf(child);
  if (code !== 0) throw new Error(`${command.file} ${command.args[0] ?? ""} ended with ${code}: ${(stderr || stdout).trim()}`);
  return stdout;
}

/** Asks again and again until `isUp` says so; throws with the server's own words when it ended or the time is over. */
export async function waitUntilUp(name: string, server: ServerProcess, isUp: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isUp())) {
    if (server.hasEnded()) throw new Error(`${name} ended at once: ${server.output().trim()}`);
    if (performance.now() > deadline) throw new Error(`${name} was not up within ${timeoutMs} ms: ${server.output().trim()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function optionsOf(command: Command) {
  const { cwd, uid, gid } = command;
  return { cwd, env: command.env ?? process.env, ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
}

function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
  });
}

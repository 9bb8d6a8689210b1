/** The preloaded library between an edge and its disk (`disk-witness.c`), compiled when it is needed, and the words it is told. */
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("./disk-witness.c", import.meta.url));
const CONTROL_BYTES = 512;
const AT = { seen: 0, killIn: 8, torn: 16, space: 24, killed: 32 } as const;

/** Whether this machine can compile the library; without it no part of the crash test can run. */
export const hasCompiler = (): boolean => spawnSync("cc", ["--version"]).status === 0;

/** Compiles the library into `folder`; answers its path. */
export function compileWitness(folder: string): string {
  const library = join(folder, "disk-witness.so");
  execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl", "-lpthread"]);
  return library;
}

export interface Witness {
  /** What a process is started with so that it is watched. */
  readonly env: Readonly<Record<string, string>>;
  /** Before each start: nothing counted, nothing armed. */
  readonly reset: () => void;
  /** Changes of the disk since the start. */
  readonly seen: () => number;
  /** SIGKILL before the n-th change from now (1 = the next one); `torn`: a write that is hit has written half. */
  readonly killAt: (change: number, torn: boolean) => void;
  /** What the kill hit, as `write /data/events.db-wal`; null while it has not come. */
  readonly killed: () => string | null;
  /** Bytes that the disk still takes; null: as many as there are. */
  readonly setSpace: (bytes: number | null) => void;
  readonly close: () => void;
}

export interface WitnessOptions {
  readonly library: string;
  /** Only files below it are looked at. */
  readonly root: string;
  /** For the control file, outside of `root`. */
  readonly folder: string;
  readonly name: string;
  /** Records every change into this file. */
  readonly traceFile?: string;
}

export function openWitness({ library, root, folder, name, traceFile }: WitnessOptions): Witness {
  const path = join(folder, `${name}.control`);
  writeFileSync(path, Buffer.alloc(CONTROL_BYTES));
  const file = openSync(path, "r+");
  const put = (at: number, value: bigint): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    writeSync(file, bytes, 0, 8, at);
  };
  const get = (): Buffer => {
    const bytes = Buffer.alloc(CONTROL_BYTES);
    readSync(file, bytes, 0, CONTROL_BYTES, 0);
    return bytes;
  };
  const reset = (): void => {
    writeSync(file, Buffer.alloc(CONTROL_BYTES), 0, CONTROL_BYTES, 0);
    put(AT.space, -1n);
  };
  reset();
  return {
    env: {
      LD_PRELOAD: library,
      CRASH_ROOT: root,
      CRASH_CONTROL: path,
      ...(traceFile === undefined ? {} : { CRASH_TRACE: traceFile }),
    },
    reset,
    seen: () => Number(get().readBigUInt64LE(AT.seen)),
    killAt(change, torn) {
      put(AT.torn, torn ? 1n : 0n);
      put(AT.killIn, BigInt(change));
    },
    killed() {
      const bytes = get().subarray(AT.killed);
      const text = bytes.toString("utf8", 0, bytes.indexOf(0));
      return text === "" ? null : text;
    },
    setSpace: (bytes) => put(AT.space, bytes === null ? -1n : BigInt(bytes)),
    close: () => closeSync(file),
  };
}

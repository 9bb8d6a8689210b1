import { execFileSync } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";

/** The machine that a figure belongs to: a figure without it says nothing. */
export function describeMachine(): Readonly<Record<string, string | number>> {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? "unknown",
    cores: cpus.length,
    memoryGb: Math.round(os.totalmem() / 1024 ** 3),
    system: `${os.platform()} ${os.release()} ${os.arch()}`,
    node: process.version,
  };
}

/** The commit that was measured, `-dirty` when the tree had changes; "unknown" outside a repository. */
export function describeCommit(root: string): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

/** Free space in MB for whoever may write to `folder`. */
export async function freeDiskMb(folder: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(folder);
  return Math.floor((bavail * bsize) / 1024 ** 2);
}

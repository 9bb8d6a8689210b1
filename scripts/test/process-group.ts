import * as fs from "node:fs/promises";

/** How long the processes of a test may take to follow it: a child notices its closed pipes a moment after the parent has gone. */
const FOLLOW_MS = 1_000;

/** Kills every process of the group, at once. A group that is gone already is fine. */
export function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The names of processes that the group's leader left running when it ended; they are killed. Empty off Linux. */
export async function killLeftovers(groupId: number): Promise<readonly string[]> {
  const deadline = performance.now() + FOLLOW_MS;
  let left = await membersOf(groupId);
  while (left.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    left = await membersOf(groupId);
  }
  if (left.length === 0) return [];
  killGroup(groupId);
  // A killed process is still listed for a moment; whoever looks after us must not find it.
  while ((await membersOf(groupId)).length > 0 && performance.now() < deadline + FOLLOW_MS)
    await new Promise((resolve) => setTimeout(resolve, 5));
  return left;
}

/** Living members of a process group; a zombie that nobody waits for is dead. */
async function membersOf(groupId: number): Promise<readonly string[]> {
  const members: string[] = [];
  for (const id of await fs.readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(id)) continue;
    const stat = await fs.readFile(`/proc/${id}/stat`, "utf8").catch(() => "");
    // pid (name) state parent group ...; the name may hold blanks and brackets.
    const match = /^\d+ \((.*)\) (\S) \d+ (\d+) /s.exec(stat);
    if (match !== null && Number(match[3]) === groupId && match[2] !== "Z") members.push(match[1] ?? id);
  }
  return members;
}

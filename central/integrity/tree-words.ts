import type { TreeFacts } from "./tell-tree.ts";

/** One line for the health page. */
export function treeWords({ size, signedMs }: TreeFacts, nowMs: number): string {
  const entries = `${size} ${size === 1 ? "checkpoint" : "checkpoints"}`;
  if (signedMs === null) return `${entries}; no head is signed yet.`;
  return `${entries}; the last head was signed ${Math.max(0, Math.round((nowMs - signedMs) / 1_000))} s ago.`;
}

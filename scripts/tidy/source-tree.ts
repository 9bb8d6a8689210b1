import * as fs from "node:fs/promises";
import * as path from "node:path";
import { type ImportOf, importsOf } from "./imports-of.ts";

export const ROOMS = ["shared", "central", "edge", "ui", "scripts"] as const;
export type Room = (typeof ROOMS)[number];

/** A TypeScript file of ours. */
export interface SourceFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly room: Room;
  readonly text: string;
  readonly imports: readonly ImportOf[];
  /** Tests, and what only tests use (by its name): they may put real parts of several slices together. */
  readonly isTest: boolean;
}

export interface SourceTree {
  readonly files: readonly SourceFile[];
  /** Every file of the rooms, of whatever kind, for rules about folders. */
  readonly allPaths: readonly string[];
}

/** One broken rule. `says` names the legal way. */
export interface Finding {
  readonly path: string;
  readonly line?: number;
  readonly says: string;
}

const NOT_OURS = new Set(["node_modules", "dist", ".git", ".cache"]);
/** Input of tests and frozen bytes: they may be wrong on purpose. */
const INPUT_ONLY = /\/(fixtures|golden)\//;

/** Reads the rooms below `root`. */
export async function readSourceTree(root: string): Promise<SourceTree> {
  const allPaths: string[] = [];
  for (const room of ROOMS) await collect(root, room, allPaths);
  const files: SourceFile[] = [];
  for (const name of allPaths) {
    if (!name.endsWith(".ts") || name.endsWith(".d.ts") || (INPUT_ONLY.test(name) && !name.endsWith(".test.ts"))) continue;
    if (name.includes("/fixtures/")) continue;
    files.push(sourceFile(name, await fs.readFile(path.join(root, name), "utf8")));
  }
  return { files, allPaths };
}

/** A file from its text; tests of the rules make their trees with it. */
export function sourceFile(name: string, text: string): SourceFile {
  return { path: name, room: name.split("/")[0] as Room, text, imports: importsOf(name, text), isTest: isTestPath(name) };
}

/** A line number for a position in a text, from 1. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}

function isTestPath(name: string): boolean {
  return /\.test\.ts$|\.conformance\.ts$|(^|\/)(test|open-test|sample)-[^/]*\.ts$|-fixtures?\.ts$/.test(name);
}

async function collect(root: string, folder: string, into: string[]): Promise<void> {
  const entries = await fs.readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (NOT_OURS.has(entry.name)) continue;
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) await collect(root, name, into);
    else into.push(name);
  }
}

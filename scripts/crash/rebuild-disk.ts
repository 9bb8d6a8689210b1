/**
 * What a disk holds when the power goes, made from the changes of a running process. The strictest reading of POSIX: bytes are there when
 * the file was fsynced after they were written, a name when its folder was. Everything else is there or not, by the cut's own choice:
 *
 * | choice | bytes not synced | names not synced |
 * |---|---|---|
 * | nothing | none | none |
 * | everything | all | all |
 * | prefix | the first n changes of each file | the first n of each folder |
 * | torn | each piece of 512 bytes for itself | each for itself |
 *
 * An fsync vouches for what was written before it began, from the moment that it came back.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SeededRandom } from "../demo/town/seeded-random.ts";
import type { DiskChange } from "./read-trace.ts";

export const CUT_CHOICES = ["nothing", "everything", "prefix", "torn"] as const;
export type CutChoice = (typeof CUT_CHOICES)[number];

const TEAR_BYTES = 512;

type ByteChange =
  | { readonly kind: "write"; readonly offset: number; readonly data: Buffer }
  | { readonly kind: "size"; readonly size: number };
type NameChange = { readonly name: string; readonly target: Node | null };

interface FileNode {
  readonly kind: "file";
  bytes: Bytes;
  pending: ByteChange[];
}
interface FolderNode {
  readonly kind: "folder";
  /** As on the disk. */
  readonly names: Map<string, Node>;
  /** As the process sees it. */
  readonly seen: Map<string, Node>;
  pending: NameChange[];
}
type Node = FileNode | FolderNode;

export interface DiskModel {
  /** Takes the next change of the trace. */
  readonly apply: (change: DiskChange) => void;
  /** Changes in this folder that no fsync vouches for yet: what a power cut now can take of it. */
  readonly unsynced: (path: string) => number;
  /** Writes the disk as it is after a power cut now into `folder`, which must be empty. The model itself stays as it is. */
  readonly cut: (folder: string, choice: CutChoice, random: SeededRandom) => void;
}

/** `root`: the folder that the trace speaks of, as it lies there now, all of it durable. */
export function openDiskModel(root: string): DiskModel {
  const byInode = new Map<bigint, Node>();
  const top = scan(root, byInode);
  /** By thread, what was pending when its sync began; it is durable when that sync ends, which after a kill is never. */
  const begun = new Map<number, { node: Node; count: number }>();

  const find = (path: string): Node | undefined => {
    let node: Node | undefined = top;
    for (const part of path.slice(root.length + 1).split("/")) node = node?.kind === "folder" ? node.seen.get(part) : undefined;
    return node;
  };
  const folderOf = (path: string): FolderNode => {
    const above = dirname(path) === root ? top : find(dirname(path));
    if (above?.kind !== "folder") throw new Error(`the trace names ${path}, and its folder was never made`);
    return above;
  };
  const setName = (path: string, target: Node | null): void => {
    const folder = folderOf(path);
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (target === null) folder.seen.delete(name);
    else folder.seen.set(name, target);
    folder.pending.push({ name, target });
  };
  const fileOf = ({ inode, path }: DiskChange): FileNode => {
    const node = byInode.get(inode);
    if (node?.kind !== "file") throw new Error(`the trace writes to ${path}, which was never made`);
    return node;
  };
  const make = (node: Node, { inode, path }: DiskChange): void => {
    byInode.set(inode, node);
    setName(path, node);
  };

  const apply = (change: DiskChange): void => {
    switch (change.kind) {
      case "create":
        return make({ kind: "file", bytes: new Bytes(), pending: [] }, change);
      case "mkdir":
        return make({ kind: "folder", names: new Map(), seen: new Map(), pending: [] }, change);
      case "write":
        return void fileOf(change).pending.push({ kind: "write", offset: change.offset, data: change.data });
      case "truncate":
        return void fileOf(change).pending.push({ kind: "size", size: change.offset });
      case "rename": {
        const moved = find(change.path);
        if (moved === undefined) throw new Error(`the trace renames ${change.path}, which is not there`);
        setName(change.to, moved);
        return setName(change.path, null);
      }
      case "unlink":
      case "rmdir":
        return setName(change.path, null);
      case "sync-begin": {
        const node = byInode.get(change.inode);
        if (node === undefined) begun.delete(change.offset);
        else begun.set(change.offset, { node, count: node.pending.length });
        return;
      }
      case "sync-end": {
        const own = begun.get(change.offset);
        if (own === undefined) return;
        begun.delete(change.offset);
        settle(own.node, own.count);
        // Another sync under way vouches for fewer of what is left.
        for (const other of begun.values()) if (other.node === own.node) other.count = Math.max(0, other.count - own.count);
      }
    }
  };
  return {
    apply,
    unsynced: (path) => pendingBelow(find(path)),
    cut: (folder, choice, random) => writeFolder(top, folder, choice, random),
  };
}

function scan(path: string, byInode: Map<bigint, Node>): FolderNode {
  const names = new Map<string, Node>();
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    const node: Node = entry.isDirectory() ? scan(below, byInode) : { kind: "file", bytes: new Bytes(readFileSync(below)), pending: [] };
    byInode.set(statSync(below, { bigint: true }).ino, node);
    names.set(entry.name, node);
  }
  const folder: FolderNode = { kind: "folder", names, seen: new Map(names), pending: [] };
  byInode.set(statSync(path, { bigint: true }).ino, folder);
  return folder;
}

function pendingBelow(node: Node | undefined): number {
  if (node?.kind !== "folder") return node?.pending.length ?? 0;
  return [...node.seen.values()].reduce((sum, below) => sum + pendingBelow(below), node.pending.length);
}

/** The first `count` pending changes are durable from now on. */
function settle(node: Node, count: number): void {
  if (node.kind === "file") for (const change of node.pending.slice(0, count)) node.bytes.take(change);
  else for (const change of node.pending.slice(0, count)) takeName(node.names, change);
  node.pending = node.pending.slice(count) as never[];
}

function takeName(names: Map<string, Node>, { name, target }: NameChange): void {
  if (target === null) names.delete(name);
  else names.set(name, target);
}

function writeFolder(node: FolderNode, path: string, choice: CutChoice, random: SeededRandom): void {
  mkdirSync(path, { recursive: true });
  const names = new Map(node.names);
  for (const change of chosen(node.pending, choice, random)) takeName(names, change);
  for (const [name, below] of names) {
    const file = join(path, name);
    if (below.kind === "folder") writeFolder(below, file, choice, random);
    else writeFileSync(file, bytesAfter(below, choice, random), { mode: 0o600 });
  }
}

function chosen<Change>(pending: readonly Change[], choice: CutChoice, random: SeededRandom): readonly Change[] {
  if (choice === "nothing" || pending.length === 0) return [];
  if (choice === "everything") return pending;
  if (choice === "prefix") return pending.slice(0, random.whole(0, pending.length));
  return pending.filter(() => random.chance(0.5));
}

function bytesAfter({ bytes, pending }: FileNode, choice: CutChoice, random: SeededRandom): Buffer {
  if (pending.length === 0 || choice === "nothing") return bytes.all();
  const after = new Bytes(bytes.all());
  if (choice !== "torn") for (const change of chosen(pending, choice, random)) after.take(change);
  else for (const piece of pending.flatMap(tear)) if (random.chance(0.5)) after.take(piece);
  return after.all();
}

/** A write as the sectors that it touches: each reaches the disk for itself. */
function tear(change: ByteChange): ByteChange[] {
  if (change.kind === "size") return [change];
  const pieces: ByteChange[] = [];
  for (let at = 0; at < change.data.length; ) {
    const offset = change.offset + at;
    const bytes = Math.min(TEAR_BYTES - (offset % TEAR_BYTES), change.data.length - at);
    pieces.push({ kind: "write", offset, data: change.data.subarray(at, at + bytes) });
    at += bytes;
  }
  return pieces;
}

/** A file's bytes, which grow without being copied each time. */
class Bytes {
  private held: Buffer;
  private size: number;
  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.held = Buffer.from(bytes);
    this.size = bytes.length;
  }
  /** A view: it must not be kept. */
  all(): Buffer {
    return this.held.subarray(0, this.size);
  }
  take(change: ByteChange): void {
    const end = change.kind === "size" ? change.size : Math.max(this.size, change.offset + change.data.length);
    if (end > this.held.length)
      this.held = Buffer.concat([this.held, Buffer.alloc(Math.max(end, this.held.length * 2) - this.held.length)]);
    if (end < this.size) this.held.fill(0, end, this.size);
    if (change.kind === "write") change.data.copy(this.held, change.offset);
    this.size = end;
  }
}

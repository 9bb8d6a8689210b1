import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { seededRandom } from "../demo/town/seeded-random.ts";
import type { ChangeKind, DiskChange } from "./read-trace.ts";
import { type CutChoice, openDiskModel } from "./rebuild-disk.ts";

let folder: string;
let root: string;
let cuts = 0;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "rebuild-"));
  root = join(folder, "root");
  mkdirSync(root);
  writeFileSync(join(root, "old"), "a".repeat(1_024));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const inodeOf = (path: string): bigint => statSync(path, { bigint: true }).ino;
const change = (kind: ChangeKind, path: string, more: Partial<DiskChange> = {}): DiskChange => ({
  kind,
  atNs: 0n,
  path: path === "" ? root : join(root, path),
  to: "",
  inode: 1n,
  offset: 0,
  data: Buffer.alloc(0),
  ...more,
});

function cut(changes: readonly DiskChange[], choice: CutChoice, seed = "s"): (name: string) => string | null {
  const model = openDiskModel(root);
  for (const one of changes) model.apply(one);
  const out = join(folder, `cut-${cuts++}`);
  model.cut(out, choice, seededRandom(seed));
  return (name) => (existsSync(join(out, name)) ? readFileSync(join(out, name), "latin1") : null);
}

const write = (path: string, inode: bigint, text: string, offset = 0) => change("write", path, { inode, offset, data: Buffer.from(text) });
const sync = (path: string, inode: bigint) => [change("sync-begin", path, { inode }), change("sync-end", path, { inode })];

test("a synced file below an unsynced name is not there, and with its folder synced it is", () => {
  const made = [change("create", "new", { inode: 7n }), write("new", 7n, "hello"), ...sync("new", 7n)];
  assert.is(cut(made, "nothing")("new"), null);
  assert.is(cut([...made, ...sync("", inodeOf(root))], "nothing")("new"), "hello");
  assert.is(cut(made, "everything")("new"), "hello");
});

test("a sync vouches only for what was written before it began, and only when it came back", () => {
  const inode = inodeOf(join(root, "old"));
  const begin = change("sync-begin", "old", { inode });
  const end = change("sync-end", "old", { inode });
  const first = write("old", inode, "1");
  const second = write("old", inode, "2", 1);
  assert.is(cut([first, begin, second], "nothing")("old")?.slice(0, 2), "aa");
  assert.is(cut([first, begin, second, end], "nothing")("old")?.slice(0, 2), "1a");
  const [otherBegin, otherEnd] = [begin, end].map((one) => ({ ...one, offset: 2 })) as [DiskChange, DiskChange];
  assert.is(cut([first, begin, second, otherBegin, end, otherEnd], "nothing")("old")?.slice(0, 2), "12");
});

test("a sync that a kill cut off vouches for nothing, and takes nothing from the syncs of the next life", () => {
  const inode = inodeOf(join(root, "old"));
  const first = write("old", inode, "1");
  const second = write("old", inode, "2", 1);
  const cutOff = change("sync-begin", "old", { inode, offset: 9 });
  assert.is(cut([first, cutOff], "nothing")("old")?.slice(0, 2), "aa");
  assert.is(cut([cutOff, first, ...sync("old", inode), second, ...sync("old", inode)], "nothing")("old")?.slice(0, 2), "12");
});

test("a torn write is torn at 512 bytes, each piece old or new", () => {
  const inode = inodeOf(join(root, "old"));
  const seen = new Set<string>();
  for (let seed = 0; seed < 40; seed++) {
    const text = cut([write("old", inode, "b".repeat(1_024))], "torn", `${seed}`)("old")!;
    assert.match(text, /^(a{512}|b{512})(a{512}|b{512})$/);
    seen.add(text[0]! + text[1_023]!);
  }
  assert.is(seen.size, 4);
});

test("a prefix keeps the order of the changes of one file", () => {
  const inode = inodeOf(join(root, "old"));
  const changes = ["1", "2", "3"].map((text, at) => write("old", inode, text, at));
  const seen = new Set<string>();
  for (let seed = 0; seed < 40; seed++) seen.add(cut(changes, "prefix", `${seed}`)("old")!.slice(0, 3));
  assert.equal([...seen].sort(), ["123", "12a", "1aa", "aaa"]);
});

test("a rename is two names, and each is there when its folder was synced", () => {
  const inode = inodeOf(root);
  const moved = change("rename", "old", { to: join(root, "renamed") });
  const before = cut([moved], "nothing");
  assert.ok(before("old") !== null && before("renamed") === null);
  const after = cut([moved, ...sync("", inode)], "nothing");
  assert.ok(after("old") === null && after("renamed") !== null);
});

test("a file that was cut short and grew again holds zeros where nothing was written", () => {
  const inode = inodeOf(join(root, "old"));
  const changes = [change("truncate", "old", { inode, offset: 2 }), write("old", inode, "z", 4)];
  assert.is(cut(changes, "everything")("old"), "aa\0\0z");
});

test.run();

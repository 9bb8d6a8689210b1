import { withoutCommentLines } from "./imports-of.ts";
import { type Finding, lineAt, type SourceFile, type SourceTree } from "./source-tree.ts";

const LINES_MAX = 400;
const TEST_LINES_MAX = 600;
const FILES_WITHOUT_README_MAX = 3;

/** Tools that load these ask for a default export. */
const MAY_EXPORT_DEFAULT = /\.config\.ts$/;
const DRAWER = /(^|[/-])(utils?|helpers?|commons?|misc|managers?)([-./]|$)/;

export function namesAndExports(tree: SourceTree): readonly Finding[] {
  const drawers = tree.allPaths.flatMap((path) =>
    DRAWER.test(path) ? [{ path, says: "no drawers called utils, helpers, common, misc or manager: name what is in it" }] : [],
  );
  const files = tree.files.flatMap((file) => [
    ...(/(^|\/)index\.ts$/.test(file.path) ? [{ path: file.path, says: "no barrels: import the file that has it" }] : []),
    ...(MAY_EXPORT_DEFAULT.test(file.path)
      ? []
      : matches(file, /^export default\b/gm, "no default exports: a thing has one name everywhere")),
  ]);
  return [...drawers, ...files];
}

export function fileLength(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap((file) => {
    const lines = file.text.trimEnd().split("\n").length;
    const max = file.isTest ? TEST_LINES_MAX : LINES_MAX;
    return lines > max ? [{ path: file.path, says: `${lines} lines, at most ${max}: one concept per file` }] : [];
  });
}

/** Written in two pieces, as this file is read by its own rule. */
const UNFINISHED = new RegExp(`\\b(?:${["TO", "FIX"].map((begin) => begin + (begin === "TO" ? "DO" : "ME")).join("|")})\\b`, "g");
/** Folders of one person's machine; an installed program's own folders (/opt, /etc, /var) are not meant. */
const MACHINE_PATH = new RegExp(["work", "root", "home/\\w+", "Users/\\w+"].map((folder) => `["'\`\\s(=]/${folder}/`).join("|"), "g");

export function nothingUnfinished(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap((file) => [
    ...matches(file, UNFINISHED, "do it, or leave it out and say so in the room's README"),
    ...matches(file, MACHINE_PATH, "a path of one machine: take it from the configuration, os.tmpdir() or import.meta.dirname"),
  ]);
}

export function tests(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap((file) => {
    if (!file.path.endsWith(".test.ts")) return [];
    const code = withoutCommentLines(file.text);
    const runs = /^[^/"'`]*\b\w+\.run\(\)/m.test(code);
    return [
      ...(runs ? [] : [{ path: file.path, says: "never calls .run(): uvu would pass it without running a test" }]),
      ...matches({ ...file, text: code }, /^\s*\w+\.only\(/gm, "narrowed by .only: the other tests of the file do not run"),
    ];
  });
}

export function readmes(tree: SourceTree): readonly Finding[] {
  const folders = new Map<string, number>();
  for (const path of tree.allPaths) {
    const parts = path.split("/");
    if (!path.endsWith(".ts") || /\/(fixtures|golden)\//.test(path)) continue;
    for (const depth of [1, 2]) {
      if (parts.length <= depth) continue;
      const folder = parts.slice(0, depth).join("/");
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
  }
  return [...folders].flatMap(([folder, count]) =>
    count > FILES_WITHOUT_README_MAX && !tree.allPaths.includes(`${folder}/README.md`)
      ? [{ path: folder, says: `${count} sources and no README.md: purpose, invariants, dated decisions` }]
      : [],
  );
}

function matches(file: SourceFile, pattern: RegExp, says: string): readonly Finding[] {
  return [...file.text.matchAll(pattern)].map((match) => ({ path: file.path, line: lineAt(file.text, match.index), says }));
}

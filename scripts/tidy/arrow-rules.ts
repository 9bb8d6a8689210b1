import type { ImportOf } from "./imports-of.ts";
import type { Finding, Room, SourceFile, SourceTree } from "./source-tree.ts";

/**
 * The arrows of the house: `ui, edge, central -> shared`, `scripts -> anything`, nobody imports scripts; a slice never imports another
 * slice at run time; storage and HTTP libraries stay in their files.
 */
const MAY_IMPORT: Record<Room, readonly Room[]> = {
  shared: ["shared"],
  central: ["central", "shared"],
  edge: ["edge", "shared"],
  ui: ["ui", "shared"],
  scripts: ["scripts", "shared", "central", "edge", "ui"],
};

/** Folders that are not slices but ground that the slices of a room stand on. */
const GROUND: Record<Room, readonly string[]> = {
  shared: [],
  central: ["db", "http"],
  edge: ["log"],
  ui: ["parts", "data", "words", "style"],
  scripts: [],
};
const ROOMS_WITH_SLICES: readonly Room[] = ["central", "edge", "ui"];

export function roomArrows(tree: SourceTree): readonly Finding[] {
  return findings(tree, (file, target) => {
    const room = target.target.split("/")[0] as Room;
    if (target.kind !== "file" || MAY_IMPORT[file.room].includes(room)) return undefined;
    if (room === "scripts" && file.isTest && target.target.startsWith("scripts/test/")) return undefined;
    if (room === "scripts")
      return "nobody imports scripts (tests may import scripts/test/): move what is shared into the room that owns it";
    if (!(room in MAY_IMPORT)) return `imports ${target.target}, outside the rooms`;
    return `${file.room} must not import ${room}: what both need is pure and belongs to shared/`;
  });
}

export function sliceArrows(tree: SourceTree): readonly Finding[] {
  return findings(tree, (file, target) => {
    if (target.kind !== "file" || target.typeOnly || file.isTest || !ROOMS_WITH_SLICES.includes(file.room)) return undefined;
    const from = sliceOf(file.path);
    const to = sliceOf(target.target);
    if (!target.target.startsWith(`${file.room}/`) || from === undefined || to === from) return undefined;
    if (to === undefined)
      return /\/(app|main)\.ts$/.test(target.target) ? "a slice must not import what puts it together: take it as an argument" : undefined;
    if (GROUND[file.room].includes(to)) return undefined;
    return `slice ${from} imports slice ${to} at run time: take a function as an argument and let app.ts connect them (a type is fine)`;
  });
}

const STORAGE = ["kysely", "better-sqlite3", "pg", "@electric-sql/pglite"];

export function libraryArrows(tree: SourceTree): readonly Finding[] {
  return findings(tree, (file, target) => {
    if (target.kind !== "package" || file.isTest || file.room === "scripts") return undefined;
    const isApp = /\/app\.ts$/.test(file.path);
    if (STORAGE.includes(target.target) && !isApp && !/-rows\.ts$|\/db\/|^edge\/log\//.test(file.path)) {
      return `${target.target} is known only to *-rows.ts, db/, edge/log/ and app.ts: put the SQL into a rows file of this slice`;
    }
    if (/^(hono|@hono\/.*)$/.test(target.target) && !isApp && !/-routes\.ts$|\/(http|web)\//.test(file.path)) {
      return `${target.target} is known only to *-routes.ts, http/, web/ and app.ts: give this verb plain arguments`;
    }
    return undefined;
  });
}

function sliceOf(name: string): string | undefined {
  const parts = name.split("/");
  return parts.length > 2 ? parts[1] : undefined;
}

function findings(tree: SourceTree, judge: (file: SourceFile, target: ImportOf) => string | undefined): readonly Finding[] {
  return tree.files.flatMap((file) =>
    file.imports.flatMap((target) => {
      const says = judge(file, target);
      return says === undefined ? [] : [{ path: file.path, line: target.line, says }];
    }),
  );
}

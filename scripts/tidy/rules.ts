import { libraryArrows, roomArrows, sliceArrows } from "./arrow-rules.ts";
import { fileLength, namesAndExports, nothingUnfinished, readmes, tests } from "./file-rules.ts";
import { sharedIsPure } from "./purity-rules.ts";
import type { Finding, SourceTree } from "./source-tree.ts";

export interface Rule {
  /** A sentence that is true of a tidy tree. */
  readonly name: string;
  readonly check: (tree: SourceTree) => readonly Finding[];
}

/** The rules of the house; `npm test` and `npm run check` hold the tree against each. */
export const RULES: readonly Rule[] = [
  { name: "ui, edge and central import shared only, and nobody imports scripts", check: roomArrows },
  { name: "a slice imports no other slice at run time", check: sliceArrows },
  { name: "storage and HTTP libraries are known only where they belong", check: libraryArrows },
  { name: "shared/ is pure", check: sharedIsPure },
  { name: "no barrels, default exports or drawers", check: namesAndExports },
  { name: "files are short", check: fileLength },
  { name: "every test file runs all its tests", check: tests },
  { name: "rooms have a README", check: readmes },
  { name: "nothing is left unfinished or tied to one machine", check: nothingUnfinished },
];

/** One line per finding, as `path:line  what to do`. */
export function describeFinding(finding: Finding): string {
  return `${finding.path}${finding.line === undefined ? "" : `:${finding.line}`}  ${finding.says}`;
}

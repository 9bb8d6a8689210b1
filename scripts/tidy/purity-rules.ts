import { withoutCommentLines } from "./imports-of.ts";
import { type Finding, lineAt, type SourceTree } from "./source-tree.ts";

/** `shared/` is pure and synchronous, and runs in a browser: what it needs of the world is given to it. */
const PACKAGES_OF_SHARED = ["@noble/hashes", "msgpackr", "libsodium-wrappers", "yaml", "zod"];

const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/g, "reads the clock: take the time as an argument (`atMs`)"],
  [/\bMath\.random\(|\bcrypto\.(?:getRandomValues|randomUUID)\(/g, "makes randomness: take it as an argument"],
  [
    /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\(/g,
    "waits: take `sleep` as an argument, or return what is to be done and when",
  ],
  [/\b(?:process|Buffer)\.\w/g, "needs Node: shared/ runs in a browser too"],
  [/\b(?:fetch|console\.\w+)\(/g, "does I/O: return a value and let the room's shell do it"],
];

export function sharedIsPure(tree: SourceTree): readonly Finding[] {
  return tree.files.flatMap((file) => {
    if (file.room !== "shared" || file.isTest) return [];
    const imports = file.imports.flatMap((target) => {
      if (target.kind === "file" || PACKAGES_OF_SHARED.includes(target.target)) return [];
      return [{ path: file.path, line: target.line, says: `imports ${target.target}: shared/ has only ${PACKAGES_OF_SHARED.join(", ")}` }];
    });
    const code = withoutCommentLines(file.text);
    const uses = IMPURE.flatMap(([pattern, says]) =>
      [...code.matchAll(pattern)].map((match) => ({ path: file.path, line: lineAt(code, match.index), says })),
    );
    return [...imports, ...uses];
  });
}

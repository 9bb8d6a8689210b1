import { withoutCommentLines } from "./imports-of.ts";
import type { Finding, SourceFile, SourceTree } from "./source-tree.ts";

/** Files that something outside our code starts: a command, a tool, a page's script tag, a process or worker named by its path. */
const ENTRY = /(^|\/)main\.ts$|\.bench\.ts$|\.config\.ts$|\.test\.ts$|-worker\.ts$|(^|\/)[a-z-]+-main\.ts$/;
/** What these export is asked for by a tool or by `npm run bench`, not by an import. */
const EXPORTS_FOR_OTHERS = /\.bench\.ts$|\.config\.ts$/;

/**
 * Code that nothing reaches: files that nobody imports, exports that nobody uses, and exports that only tests use (a feature that was
 * written, tested, and never connected). Found by names, so a type used only as part of another signature is let through.
 * `allowed`: `path` or `path#name` -> reason.
 */
export function deadCode(tree: SourceTree, allowed: Readonly<Record<string, string>>): readonly Finding[] {
  const uses = collectUses(tree);
  const found = tree.files.flatMap((file) => {
    if (file.isTest) return [];
    if (!ENTRY.test(file.path) && !uses.files.has(file.path)) {
      return isAllowed(allowed, file.path) ? [] : [{ path: file.path, says: "nobody imports this file: connect it or remove it" }];
    }
    return EXPORTS_FOR_OTHERS.test(file.path) ? [] : deadExports(file, uses, allowed);
  });
  return [...found, ...staleAllowances(tree, allowed)];
}

interface Uses {
  /** Files imported by anything but a test. */
  readonly files: ReadonlySet<string>;
  /** `path#name` for names imported, by tests or not; `path#*` for all of them. */
  readonly byAnyone: ReadonlySet<string>;
  readonly byProduct: ReadonlySet<string>;
}

function collectUses(tree: SourceTree): Uses {
  const files = new Set<string>();
  const byAnyone = new Set<string>();
  const byProduct = new Set<string>();
  for (const file of tree.files) {
    for (const target of file.imports) {
      if (target.kind !== "file") continue;
      if (!file.isTest) files.add(target.target);
      for (const name of target.names) {
        byAnyone.add(`${target.target}#${name}`);
        if (!file.isTest) byProduct.add(`${target.target}#${name}`);
      }
    }
  }
  return { files, byAnyone, byProduct };
}

function deadExports(file: SourceFile, uses: Uses, allowed: Readonly<Record<string, string>>): readonly Finding[] {
  const code = withoutCommentLines(file.text);
  return exportsOf(code).flatMap(({ name, isType, line }) => {
    const id = `${file.path}#${name}`;
    const used = (set: ReadonlySet<string>) => set.has(id) || set.has(`${file.path}#*`);
    const inOwnFile = [...code.matchAll(new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`, "g"))].length > 1;
    if (used(uses.byProduct) || inOwnFile || isAllowed(allowed, id)) return [];
    if (!used(uses.byAnyone)) return [{ path: file.path, line, says: `nobody uses ${name}: connect it or remove it` }];
    return isType || file.path.startsWith("scripts/test/")
      ? []
      : [{ path: file.path, line, says: `only tests use ${name}: connect it, or remove it with its tests` }];
  });
}

const EXPORT = /^export\s+(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(function\*?|const|let|class|interface|type)\s+([\w$]+)/gm;

function exportsOf(code: string): readonly { readonly name: string; readonly isType: boolean; readonly line: number }[] {
  return [...code.matchAll(EXPORT)].map((match) => ({
    name: match[2] ?? "",
    isType: match[1] === "interface" || match[1] === "type",
    line: code.slice(0, match.index).split("\n").length,
  }));
}

function isAllowed(allowed: Readonly<Record<string, string>>, id: string): boolean {
  return id in allowed || (id.split("#")[0] ?? "") in allowed;
}

/** An allowance outlives its code easily, and would then hide the next dead thing of that name. */
function staleAllowances(tree: SourceTree, allowed: Readonly<Record<string, string>>): readonly Finding[] {
  const paths = new Set(tree.files.map((file) => file.path));
  return Object.keys(allowed).flatMap((id) =>
    paths.has(id.split("#")[0] ?? "") ? [] : [{ path: "scripts/tidy/allowed-unused.ts", says: `${id} is allowed but does not exist` }],
  );
}

import * as path from "node:path";

export interface ImportOf {
  /** A path from the root for a relative import, else the package's name without a sub-path (`node:fs`, `hono`, `@noble/hashes`). */
  readonly target: string;
  readonly kind: "file" | "package";
  /** A type import leaves nothing behind at run time. */
  readonly typeOnly: boolean;
  /** Names as the other file exports them; `*` for all. */
  readonly names: readonly string[];
  readonly line: number;
}

const STATIC = /^(?:import|export)\s+(type\s+)?([^"';()]*?)\s*(?:\bfrom\s+)?["']([^"'\n]+)["']/gm;
const DYNAMIC = /(typeof\s+)?\bimport\(\s*["']([^"'\n]+)["']\s*\)/g;
/** A worker or page script named by its address: `new URL("./x.ts", import.meta.url)`. */
const BY_ADDRESS = /\bnew URL\(\s*["'](\.{1,2}\/[^"'\n]+\.ts)["']/g;

/** Every import of a file: static, re-exports, dynamic, and workers. By form, not by a parser: our formatter fixes the form. */
export function importsOf(name: string, text: string): readonly ImportOf[] {
  const code = withoutCommentLines(text);
  const found: ImportOf[] = [];
  const add = (specifier: string, typeOnly: boolean, names: readonly string[], at: number) => {
    found.push({ ...targetOf(name, specifier), typeOnly, names, line: code.slice(0, at).split("\n").length });
  };
  for (const match of code.matchAll(STATIC)) {
    const clause = match[2] ?? "";
    // `export const x = "..."` has the same beginning; an export that re-exports has braces or a star.
    if (match[0].startsWith("export") && !/^[{*]/.test(clause)) continue;
    const specifiers =
      clause
        .match(/\{([^}]*)\}/)?.[1]
        ?.split(",")
        .map((part) => part.trim())
        .filter(Boolean) ?? [];
    const typeOnly =
      match[1] !== undefined || (specifiers.length > 0 && specifiers.every((part) => part.startsWith("type ")) && clause.startsWith("{"));
    add(match[3] ?? "", typeOnly, clause.includes("*") ? ["*"] : specifiers.map(importedName), match.index);
  }
  for (const match of code.matchAll(DYNAMIC)) add(match[2] ?? "", match[1] !== undefined, ["*"], match.index);
  for (const match of code.matchAll(BY_ADDRESS)) add(match[1] ?? "", false, ["*"], match.index);
  return found;
}

/** The text with comment lines emptied, line numbers kept. A comment behind code stays: it cannot begin a line with `import`. */
export function withoutCommentLines(text: string): string {
  return text.replace(/^\s*(\/\/|\/\*|\*).*$/gm, "");
}

function importedName(specifier: string): string {
  return (
    specifier
      .replace(/^type\s+/, "")
      .split(/\s+as\s+/)[0]
      ?.trim() ?? ""
  );
}

function targetOf(from: string, specifier: string): { readonly target: string; readonly kind: "file" | "package" } {
  if (specifier.startsWith(".")) return { kind: "file", target: path.posix.join(path.posix.dirname(from), specifier) };
  if (specifier.startsWith("node:")) return { kind: "package", target: specifier };
  const parts = specifier.split("/");
  return { kind: "package", target: parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/") };
}

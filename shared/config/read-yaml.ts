/** A small YAML text with its values and the line of each: for the edge's configuration, and for central before it sends one. */
import { type Document, isMap, isNode, isPair, isSeq, LineCounter, parseDocument } from "yaml";

export type Path = readonly (string | number)[];

export interface YamlText {
  readonly value: Record<string, unknown>;
  /** Line, from 1, of what stands at `path`; undefined when nothing does. */
  readonly lineOf: (path: Path) => number | undefined;
}

export type YamlOutcome =
  | { readonly kind: "yaml"; readonly yaml: YamlText }
  /** `line` null: of the text as a whole. */
  | { readonly kind: "bad"; readonly line: number | null; readonly words: string };

/** Reads a text that must hold keys and values, or nothing. Scalars stay text: plates and names that look like numbers are names. */
export function readYaml(text: string): YamlOutcome {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    return { kind: "bad", line: lines.linePos(error.pos[0]).line, words: error.message.split("\n")[0]?.replace(/ at line.*$/, "") ?? "" };
  }
  const value = valuesIn(document);
  if (value instanceof ReferenceError) {
    return { kind: "bad", line: null, words: `an alias (*name) cannot be followed: ${value.message}` };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { kind: "bad", line: 1, words: "must hold keys and values" };
  }
  return { kind: "yaml", yaml: { value: value as Record<string, unknown>, lineOf: (path) => lineOf(document, lines, path) } };
}

/** The values; or why they cannot be had, when aliases multiply without end. */
function valuesIn(document: Document): unknown {
  if (document.contents === null) return {};
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(step));
      if (pair === undefined) return undefined;
      offset = isNode(pair.key) ? pair.key.range?.[0] : undefined;
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number") {
      node = node.items[step];
      offset = isNode(node) ? node.range?.[0] : undefined;
    } else return undefined;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

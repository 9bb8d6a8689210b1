import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, isNode, isPair, isSeq, LineCounter, parseDocument } from "yaml";

/** The three layers, weakest first: the release's, central's, this site's. */
export const CONFIG_LAYERS = ["config/base-config.yaml", "config/central.yaml", "config/local.yaml"] as const;
export type ConfigLayer = (typeof CONFIG_LAYERS)[number];
export const LOCAL_LAYER: ConfigLayer = "config/local.yaml";

/** A config file is small; more is a mistake or an attack by aliases. */
const FILE_BYTES_MAX = 256 * 1024;

export type Path = readonly (string | number)[];

export interface Layer {
  readonly file: ConfigLayer;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

export type LayersOutcome =
  | { readonly kind: "layers"; readonly layers: readonly Layer[] }
  | { readonly kind: "bad"; readonly words: string };

/** Reads the layers that exist. Text stays text: plates and names that look like numbers are names. */
export function readLayers(home: string): LayersOutcome {
  const layers: Layer[] = [];
  for (const file of CONFIG_LAYERS) {
    const text = readText(join(home, file));
    if (text === null) continue;
    if (typeof text !== "string") return { kind: "bad", words: `${file}: cannot be read (${text.code})` };
    if (text.length > FILE_BYTES_MAX) return { kind: "bad", words: `${file}: larger than ${FILE_BYTES_MAX / 1024} KiB` };
    const lines = new LineCounter();
    const document = parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: true });
    const [error] = document.errors;
    if (error !== undefined) {
      return {
        kind: "bad",
        words: `${file}, line ${lines.linePos(error.pos[0]).line}: ${error.message.split("\n")[0]?.replace(/ at line.*$/, "")}`,
      };
    }
    const value = valuesIn(document);
    if (value instanceof ReferenceError) return { kind: "bad", words: `${file}: an alias (*name) cannot be followed: ${value.message}` };
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      return { kind: "bad", words: `${file}, line 1: must hold keys and values` };
    }
    layers.push({ file, document, lines, value });
  }
  return { kind: "layers", layers };
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

/** Null when there is none. */
function readText(path: string): string | null | { readonly code: string } {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    return code === "ENOENT" ? null : { code };
  }
}

/** Later layers win key by key; cameras are one camera per id; other lists replace each other as a whole. */
export function mergeLayers(layers: readonly Layer[]): Record<string, unknown> {
  let merged: Record<string, unknown> = {};
  for (const layer of layers) merged = mergeMaps(merged, layer.value as Record<string, unknown>);
  return merged;
}

function mergeMaps(below: Record<string, unknown>, above: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const held = merged[key];
    if (isRecord(held) && isRecord(value)) merged[key] = mergeMaps(held, value);
    else if (key === "cameras" && Array.isArray(held) && Array.isArray(value)) merged[key] = mergeCameras(held, value);
    else merged[key] = value;
  }
  return merged;
}

function mergeCameras(below: readonly unknown[], above: readonly unknown[]): unknown[] {
  const merged = [...below];
  for (const camera of above) {
    const at = isRecord(camera) ? merged.findIndex((held) => isRecord(held) && held.id === camera.id) : -1;
    const held = merged[at];
    if (at < 0) merged.push(camera);
    else merged[at] = mergeMaps(held as Record<string, unknown>, camera as Record<string, unknown>);
  }
  return merged;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** "config/local.yaml, line 12": where the strongest layer says what stands at `path` of the merged values, or the nearest above it. */
export function placeOf(layers: readonly Layer[], merged: Record<string, unknown>, path: Path): string {
  for (let length = path.length; length > 0; length--) {
    for (const layer of [...layers].reverse()) {
      const own = ownPath(layer, merged, path.slice(0, length));
      const line = own === undefined ? undefined : lineOf(layer, own);
      if (line !== undefined) return `${layer.file}, line ${line}`;
    }
  }
  return layers.at(-1)?.file ?? LOCAL_LAYER;
}

/** A camera stands at another position in its own file than among all of them: it is found by its id. */
function ownPath(layer: Layer, merged: Record<string, unknown>, path: Path): Path | undefined {
  const [first, at, ...rest] = path;
  const cameras = merged.cameras;
  if (first !== "cameras" || typeof at !== "number" || !Array.isArray(cameras)) return path;
  const own = (layer.value as Record<string, unknown>).cameras;
  const wanted: unknown = cameras[at];
  if (!Array.isArray(own) || !isRecord(wanted)) return undefined;
  const ownAt = own.findIndex((camera) => isRecord(camera) && camera.id === wanted.id);
  return ownAt < 0 ? undefined : [first, ownAt, ...rest];
}

function lineOf({ document, lines }: Layer, path: Path): number | undefined {
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

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Path, readYaml, type YamlText } from "../../shared/config/read-yaml.ts";

/** The three layers, weakest first: the release's, central's, this site's. */
export const CONFIG_LAYERS = ["config/base-config.yaml", "config/central.yaml", "config/local.yaml"] as const;
export type ConfigLayer = (typeof CONFIG_LAYERS)[number];
export const LOCAL_LAYER: ConfigLayer = "config/local.yaml";
export const CENTRAL_LAYER: ConfigLayer = "config/central.yaml";

/** A config file is small; more is a mistake or an attack by aliases. */
const FILE_BYTES_MAX = 256 * 1024;

export interface Layer extends YamlText {
  readonly file: ConfigLayer;
}

export type LayersOutcome =
  | { readonly kind: "layers"; readonly layers: readonly Layer[] }
  | { readonly kind: "bad"; readonly words: string };

/** Reads the layers that exist; `instead` stands for central's, to be checked before it is written. */
export function readLayers(home: string, instead?: string): LayersOutcome {
  const layers: Layer[] = [];
  for (const file of CONFIG_LAYERS) {
    const text = file === CENTRAL_LAYER && instead !== undefined ? instead : readText(join(home, file));
    if (text === null) continue;
    if (typeof text !== "string") return { kind: "bad", words: `${file}: cannot be read (${text.code})` };
    if (text.length > FILE_BYTES_MAX) return { kind: "bad", words: `${file}: larger than ${FILE_BYTES_MAX / 1024} KiB` };
    const read = readYaml(text);
    if (read.kind === "bad") return { kind: "bad", words: `${file}${read.line === null ? "" : `, line ${read.line}`}: ${read.words}` };
    layers.push({ file, ...read.yaml });
  }
  return { kind: "layers", layers };
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
  for (const layer of layers) merged = mergeMaps(merged, layer.value);
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
      const line = own === undefined ? undefined : layer.lineOf(own);
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
  const own = layer.value.cameras;
  const wanted: unknown = cameras[at];
  if (!Array.isArray(own) || !isRecord(wanted)) return undefined;
  const ownAt = own.findIndex((camera) => isRecord(camera) && camera.id === wanted.id);
  return ownAt < 0 ? undefined : [first, ownAt, ...rest];
}

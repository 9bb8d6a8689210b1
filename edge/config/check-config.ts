import { forbiddenKey, keyOf } from "../../shared/config/pushed-config.ts";
import type { Path } from "../../shared/config/read-yaml.ts";
import { CENTRAL_LAYER, LOCAL_LAYER, mergeLayers, placeOf, readLayers } from "./config-layers.ts";
import { type ConfigValues, configSchema } from "./config-schema.ts";

export type ParsedConfig = { readonly kind: "values"; readonly values: ConfigValues } | { readonly kind: "bad"; readonly words: string };

/** What is about to be written, to be checked together with what stands. */
export interface Planned {
  readonly addedCamera?: Readonly<Record<string, unknown>>;
  /** The text that central wants for its layer. */
  readonly pushed?: string;
}

/** The layers of a home as one checked whole, with what is planned. The words of a refusal name file, line and key. */
export function parseLayered(home: string, { addedCamera, pushed }: Planned = {}): ParsedConfig {
  const read = readLayers(home, pushed);
  if (read.kind === "bad") return read;
  const { layers } = read;
  const central = pushed === undefined ? undefined : layers.find(({ file }) => file === CENTRAL_LAYER);
  const forbidden = central === undefined ? undefined : forbiddenKey(central.value);
  if (central !== undefined && forbidden !== undefined) {
    return { kind: "bad", words: `${CENTRAL_LAYER}, line ${central.lineOf(forbidden.path) ?? 1}: ${forbidden.words}` };
  }
  if (layers.length === 0) {
    return {
      kind: "bad",
      words: `There is no configuration in ${home}. Make one: npm run edge -- init --home ${home} --central URL --collector ID`,
    };
  }
  const merged = mergeLayers(layers);
  const cameras = Array.isArray(merged.cameras) ? (merged.cameras as unknown[]) : [];
  if (addedCamera !== undefined) merged.cameras = [...cameras, addedCamera];
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = issue.path as Path;
    const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
    const full = unknown === undefined ? path : [...path, unknown];
    const words = wordsOf(issue, unknown, merged, full);
    if (addedCamera !== undefined && full[0] === "cameras" && full[1] === cameras.length) {
      return { kind: "bad", words: `The camera's ${String(full[2] ?? "entry")} ${words}.` };
    }
    return { kind: "bad", words: `${placeOf(layers, merged, full)}: ${keyOf(full)} ${words}` };
  }
  const twice = repeatedCamera(parsed.data);
  const mute = parsed.data.cameras.findIndex((camera) => camera.mode === "push" && camera.push_secret === "");
  if (mute >= 0) {
    const path: Path = ["cameras", mute, "push_secret"];
    return {
      kind: "bad",
      words: `${placeOf(layers, merged, path)}: ${keyOf(path)} is missing: it stands in the address that the camera pushes to`,
    };
  }
  if (twice !== undefined) return { kind: "bad", words: `${LOCAL_LAYER}: cameras: two cameras have the id ${twice}` };
  return { kind: "values", values: parsed.data };
}

const KINDS: Readonly<Record<string, string>> = { object: "hold keys and values", array: "be a list", string: "be text" };

function wordsOf(
  issue: { readonly code: string; readonly message: string },
  unknown: string | undefined,
  merged: unknown,
  path: Path,
): string {
  if (unknown !== undefined) return "is not a known key";
  if (valueAt(merged, path) === undefined) return "is missing";
  const allowed = issue.code === "invalid_value" ? (issue as { values?: readonly unknown[] }).values : undefined;
  if (allowed !== undefined) return `must be one of ${allowed.join(", ")}`;
  return issue.message.replace(
    /^Invalid input: expected (\w+), received \w+$/,
    (_all, type: string) => `must ${KINDS[type] ?? `be a ${type}`}`,
  );
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) at = (at as Record<string | number, unknown> | undefined)?.[step];
  return at;
}

function repeatedCamera({ cameras }: ConfigValues): string | undefined {
  const seen = new Set<string>();
  return cameras.find(({ id }) => seen.has(id) || !seen.add(id))?.id;
}

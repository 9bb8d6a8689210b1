import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, isSeq, parseDocument } from "yaml";
import { writeDurably } from "../write-durably.ts";
import { LOCAL_LAYER } from "./config-layers.ts";

/** What may be written at a key: text and numbers, nested. */
export type LocalValue = string | number | readonly LocalValue[] | { readonly [key: string]: LocalValue };

/**
 * Sets keys of config/local.yaml; comments and everything else in it stay. Throws one sentence when the file is not YAML.
 * Answers how to put back what stood there.
 */
export function setLocal(home: string, values: Readonly<Record<string, LocalValue>>): () => void {
  const path = join(home, LOCAL_LAYER);
  const before = existsSync(path) ? readFileSync(path, "utf8") : null;
  editLocal(home, (document) => {
    for (const [key, value] of Object.entries(values)) mergeInto(document, [key], value);
  });
  return () => {
    if (before === null) rmSync(path);
    else writeDurably(path, before, 0o640);
  };
}

/** Adds one camera at the end of the site's list. */
export function addLocalCamera(home: string, camera: Readonly<Record<string, LocalValue>>): void {
  editLocal(home, (document) => {
    if (!isSeq(document.get("cameras"))) document.set("cameras", document.createNode([]));
    document.addIn(["cameras"], document.createNode(camera));
  });
}

function mergeInto(document: Document, path: readonly string[], value: LocalValue): void {
  const held = document.getIn(path);
  if (typeof value === "object" && !Array.isArray(value) && isMap(held)) {
    for (const [key, inner] of Object.entries(value)) mergeInto(document, [...path, key], inner as LocalValue);
  } else document.setIn(path, document.createNode(value));
}

function editLocal(home: string, edit: (document: Document) => void): void {
  const path = join(home, LOCAL_LAYER);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new Error(`${LOCAL_LAYER} is not YAML and was left as it is: ${document.errors[0]!.message.split("\n")[0]}`);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  edit(document);
  writeDurably(path, document.toString({ lineWidth: 0 }), 0o640);
}

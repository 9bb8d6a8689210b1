/**
 * The layer of the configuration that central writes: config/central.yaml, its first line naming revision and digest. It is replaced as a
 * whole; the one before it stays in config/central.previous.yaml, and while a new one has to prove itself config/central.trial counts
 * the starts of the program since, and says whether there was a line to central before ("2", or "2 no-line").
 */
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stampConfig, stampOf } from "../../shared/config/pushed-config.ts";
import { writeDurably } from "../write-durably.ts";
import { parseLayered } from "./check-config.ts";
import { CENTRAL_LAYER } from "./config-layers.ts";

const PREVIOUS = "config/central.previous.yaml";
const TRIAL = "config/central.trial";
const NO_LINE = " no-line";
const MODE = 0o640;

export interface CentralLayer {
  /** Of the text that stands; 0 when central wrote none, or somebody changed it at the site. */
  readonly revision: () => number;
  /** SHA-256 of that text; null with revision 0. */
  readonly digest: () => string | null;
  /** Checks the text beside everything else of this home; the words name file, line and key. Null: it may be put in force. */
  readonly check: (yaml: string) => string | null;
  /** Puts the text in place, on trial. `no-line`: central had not been heard, so its silence afterwards says nothing. */
  readonly put: (revision: number, yaml: string, heard: "line" | "no-line") => void;
  /** What is on trial has to be heard of by central. */
  readonly needsLine: () => boolean;
  /** It has proved itself. */
  readonly keep: () => void;
  /** The one before it stands again. */
  readonly putBack: () => void;
  /** Starts of the program since the text was put in place, this one counted; 0 when none is on trial. */
  readonly noteStart: () => number;
}

export const digestOf = (yaml: string): string => createHash("sha256").update(yaml).digest("hex");

export function openCentralLayer(home: string): CentralLayer {
  const at = (file: string): string => join(home, file);
  const standing = (): { readonly revision: number; readonly digest: string } | null => {
    const stamp = stampOf(readText(at(CENTRAL_LAYER)) ?? "");
    return stamp === undefined || stamp.digest !== digestOf(stamp.yaml) ? null : stamp;
  };
  const keep = (): void => rmSync(at(TRIAL), { force: true });
  return {
    revision: () => standing()?.revision ?? 0,
    digest: () => standing()?.digest ?? null,
    check(yaml) {
      const parsed = parseLayered(home, { pushed: yaml });
      return parsed.kind === "bad" ? parsed.words : null;
    },
    put(revision, yaml, heard) {
      // An empty layer says nothing, as a missing one does.
      writeDurably(at(PREVIOUS), readText(at(CENTRAL_LAYER)) ?? "", MODE);
      writeDurably(at(TRIAL), `0${heard === "line" ? "" : NO_LINE}\n`, MODE);
      writeDurably(at(CENTRAL_LAYER), stampConfig(revision, digestOf(yaml), yaml), MODE);
    },
    needsLine: () => !(readText(at(TRIAL)) ?? "").trimEnd().endsWith(NO_LINE),
    keep,
    putBack() {
      writeDurably(at(CENTRAL_LAYER), readText(at(PREVIOUS)) ?? "", MODE);
      keep();
    },
    noteStart() {
      const counted = readText(at(TRIAL));
      if (counted === null) return 0;
      const starts = (Number.parseInt(counted, 10) || 0) + 1;
      writeDurably(at(TRIAL), `${starts}${counted.trimEnd().endsWith(NO_LINE) ? NO_LINE : ""}\n`, MODE);
      return starts;
    },
  };
}

/** Null when there is none. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw error;
  }
}

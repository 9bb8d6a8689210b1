/**
 * Whom this site trusts on its own network: the devices that central named for it, kept on the disk so that they are known when the uplink is
 * down. Without a list, with a damaged one, or with one of another central, nobody is trusted.
 */
import { readFileSync } from "node:fs";
import { sameBytes } from "../../shared/log/record.ts";
import { bytesToHex, type CentralId, type CollectorId, hexToBytes, parseUuid } from "../../shared/model/ids.ts";
import type { NeighbourKey } from "../../shared/protocol/frames.ts";
import { NEIGHBOURS_MAX } from "../../shared/protocol/limits.ts";

export interface KnownNeighbours {
  /** The neighbour whose collector and key these are, as `centralId` named them. */
  readonly find: (centralId: CentralId, collectorId: CollectorId, deviceKey: Uint8Array) => NeighbourKey | undefined;
  /** Its site's name, for people. */
  readonly nameOf: (collectorId: CollectorId) => string | undefined;
  /** How many collectors central named. */
  readonly count: () => number;
  /** Central's newest word; written only when it says something new. Throws when it cannot be written: then the old list stays. */
  readonly take: (centralId: CentralId, neighbours: readonly NeighbourKey[]) => void;
}

export interface KnownNeighboursDeps {
  readonly file: string;
  readonly writeDurably: (path: string, text: string, mode: number) => void;
}

interface Kept {
  readonly centralId: string;
  readonly neighbours: readonly { readonly collectorId: CollectorId; readonly deviceKey: string; readonly name: string }[];
}

const NOBODY: Kept = { centralId: "", neighbours: [] };

export function openKnownNeighbours({ file, writeDurably }: KnownNeighboursDeps): KnownNeighbours {
  let text = textOf(file);
  let kept = parse(text);
  return {
    find(centralId, collectorId, deviceKey) {
      if (kept.centralId !== centralId) return undefined;
      const found = kept.neighbours.find((one) => one.collectorId === collectorId && sameBytes(hexToBytes(one.deviceKey), deviceKey));
      return found === undefined ? undefined : { ...found, deviceKey: hexToBytes(found.deviceKey) };
    },
    nameOf: (collectorId) => kept.neighbours.find((one) => one.collectorId === collectorId)?.name,
    count: () => new Set(kept.neighbours.map((one) => one.collectorId)).size,
    take(centralId, neighbours) {
      const next: Kept = { centralId, neighbours: neighbours.map((one) => ({ ...one, deviceKey: bytesToHex(one.deviceKey) })) };
      const nextText = `${JSON.stringify(next)}\n`;
      if (nextText === text) return;
      writeDurably(file, nextText, 0o600);
      text = nextText;
      kept = next;
    },
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** A file that is not whole is no list: the next word of central replaces it. */
function parse(text: string): Kept {
  try {
    const { centralId, neighbours } = JSON.parse(text) as Kept;
    const isSound =
      typeof centralId === "string" &&
      neighbours.length <= NEIGHBOURS_MAX &&
      neighbours.every(
        (one) => parseUuid(one.collectorId) !== undefined && /^[0-9a-f]{64}$/.test(one.deviceKey) && typeof one.name === "string",
      );
    return isSound ? { centralId, neighbours } : NOBODY;
  } catch {
    return NOBODY;
  }
}

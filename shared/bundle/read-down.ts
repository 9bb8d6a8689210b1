/** A file of central's for one site, part by part, as its bytes come (`read-sealed.ts`). */
import type { ListId } from "../model/ids.ts";
import { DOWN_BYTES_MAX, DOWN_COMMANDS_MAX } from "./bundle-limits.ts";
import { type BoxKeys, DOWN_MAGIC } from "./bundle-seal.ts";
import { type DownManifest, type DownPart, decodeDownManifest, decodeDownPart, isOfCentral } from "./down-parts.ts";
import { type Refused, type SealedReader, sealedReader } from "./read-sealed.ts";

/** `isSigned`: by central's key. One that is not comes all the same, so that people can be told; nothing after it is to be believed. */
type Opened = { readonly kind: "manifest"; readonly manifest: DownManifest; readonly isSigned: boolean } | DownPart;
export type DownItem = Opened | Refused;

/** `keys`: X25519 of the site's device key. `centralKey`: ed25519, as pinned. */
export function downReader(keys: BoxKeys, centralKey: Uint8Array): SealedReader<Opened> {
  return sealedReader({ magic: DOWN_MAGIC, bytesMax: DOWN_BYTES_MAX, decode: partOrder(centralKey) }, keys);
}

/** Manifest first, end last and only there; pieces only behind their snapshot and without a hole, lists as the manifest names them. */
function partOrder(centralKey: Uint8Array): (bytes: Uint8Array, isLast: boolean, contentKey: Uint8Array) => Opened | undefined {
  let lists: ReadonlySet<ListId> | null = null;
  let missing = 0;
  let offset = 0;
  let commandsLeft = DOWN_COMMANDS_MAX;
  const isNamed = (list: ListId): boolean => lists?.has(list) === true;

  const inItsPlace = (part: DownPart): boolean => {
    if (part.kind === "piece") {
      if (part.offset !== offset || part.bytes.length > missing) return false;
      offset += part.bytes.length;
      missing -= part.bytes.length;
      return true;
    }
    if (missing > 0) return false;
    if (part.kind === "command") return --commandsLeft >= 0;
    if (part.kind === "delta") return isNamed(part.delta.list);
    if (part.kind !== "snapshot") return true;
    missing = part.snapshot.bytes;
    offset = 0;
    return isNamed(part.snapshot.list);
  };

  return (bytes, isLast, contentKey) => {
    if (lists === null) {
      const signed = isLast ? undefined : decodeDownManifest(bytes);
      if (signed === undefined) return undefined;
      lists = new Set(signed.manifest.lists.map((one) => one.list));
      return { kind: "manifest", manifest: signed.manifest, isSigned: isOfCentral(signed, contentKey, centralKey) };
    }
    const part = decodeDownPart(bytes);
    if (part === undefined || (part.kind === "end") !== isLast) return undefined;
    return inItsPlace(part) ? part : undefined;
  };
}

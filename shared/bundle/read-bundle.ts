/** A site's bundle, part by part, as its bytes come (`read-sealed.ts`). */
import type { LogId } from "../model/ids.ts";
import { BUNDLE_BYTES_MAX, IMAGES_PER_BUNDLE_MAX } from "./bundle-limits.ts";
import { type BundleManifest, type BundlePart, decodeManifest, decodePart } from "./bundle-parts.ts";
import { type BoxKeys, MAGIC } from "./bundle-seal.ts";
import { type Refused, type SealedReader, sealedReader } from "./read-sealed.ts";

type Opened = { readonly kind: "manifest"; readonly manifest: BundleManifest } | BundlePart;
export type BundleItem = Opened | Refused;

export function bundleReader(keys: BoxKeys): SealedReader<Opened> {
  return sealedReader({ magic: MAGIC, bytesMax: BUNDLE_BYTES_MAX, decode: partOrder() }, keys);
}

/** Manifest first, end last and only there, logs and pictures as the manifest names them: undefined for anything else. */
function partOrder(): (bytes: Uint8Array, isLast: boolean) => Opened | undefined {
  let logs: ReadonlySet<LogId> | null = null;
  let imagesLeft = 0;
  return (bytes, isLast) => {
    if (logs === null) {
      const manifest = isLast ? undefined : decodeManifest(bytes);
      if (manifest === undefined) return undefined;
      logs = new Set(manifest.logs.map((log) => log.logId));
      imagesLeft = Math.min(manifest.images, IMAGES_PER_BUNDLE_MAX);
      return { kind: "manifest", manifest };
    }
    const part = decodePart(bytes);
    if (part === undefined || (part.kind === "end") !== isLast) return undefined;
    if (part.kind === "append" && !logs.has(part.append.logId)) return undefined;
    if (part.kind === "image" && part.piece.offset === 0 && --imagesLeft < 0) return undefined;
    return part;
  };
}

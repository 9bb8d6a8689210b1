/** Writes a bundle part by part; whoever calls puts the bytes where they belong, so that nothing is ever whole in memory. */
import { type BundleManifest, type BundlePart, encodeManifest, encodePart } from "./bundle-parts.ts";
import { sealChunk, sealHead } from "./bundle-seal.ts";

export interface BundleWriter {
  /** The file's first bytes: its envelope and the manifest. */
  readonly begin: () => Uint8Array;
  readonly part: (part: Extract<BundlePart, { kind: "append" | "image" }>) => Uint8Array;
  /** The file's last bytes. */
  readonly end: (records: number, images: number) => Uint8Array;
}

/** `boxKey`: central's X25519 key. `contentKey`: 32 fresh random bytes, used for this file only. */
export function bundleWriter(boxKey: Uint8Array, contentKey: Uint8Array, manifest: BundleManifest): BundleWriter {
  let index = 0;
  const next = (part: Uint8Array, isLast = false): Uint8Array => sealChunk(contentKey, index++, part, isLast);
  return {
    begin: () => {
      const head = sealHead(boxKey, contentKey);
      const first = next(encodeManifest(manifest));
      const bytes = new Uint8Array(head.length + first.length);
      bytes.set(head);
      bytes.set(first, head.length);
      return bytes;
    },
    part: (part) => next(encodePart(part)),
    end: (records, images) => next(encodePart({ kind: "end", records, images }), true),
  };
}

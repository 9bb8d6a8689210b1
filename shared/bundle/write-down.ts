/** Writes a file for a site part by part, as `write-bundle.ts` does on the way up. */
import { boxPublicKey } from "../crypto/device-keys.ts";
import { joinBytes } from "../log/record.ts";
import { DOWN_MAGIC, sealChunk, sealHead } from "./bundle-seal.ts";
import { type DownManifest, type DownPart, encodeDownManifest, encodeDownPart } from "./down-parts.ts";

export interface DownWriter {
  /** The file's first bytes: its envelope and the manifest. */
  readonly begin: () => Uint8Array;
  readonly part: (part: Exclude<DownPart, { kind: "unknown" | "end" }>) => Uint8Array;
  /** The file's last bytes. */
  readonly end: () => Uint8Array;
}

/** `contentKey`: 32 fresh random bytes, used for this file only. `sign`: by central's key. */
export function downWriter(manifest: DownManifest, contentKey: Uint8Array, sign: (message: Uint8Array) => Uint8Array): DownWriter {
  let index = 0;
  const next = (part: Uint8Array, isLast = false): Uint8Array => sealChunk(contentKey, index++, part, isLast);
  return {
    begin: () =>
      joinBytes(sealHead(boxPublicKey(manifest.deviceKey), contentKey, DOWN_MAGIC), next(encodeDownManifest(manifest, contentKey, sign))),
    part: (part) => next(encodeDownPart(part)),
    end: () => next(encodeDownPart({ kind: "end" }), true),
  };
}

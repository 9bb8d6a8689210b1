import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Zstd } from "../../shared/protocol/append-body.ts";

/** zstd of Node's own zlib (RFC 8878), level 3; decompression stops at the declared size. */
export const nodeZstd: Zstd = {
  compress: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
  decompress: (bytes, bytesMax) => {
    try {
      return zstdDecompressSync(bytes, { maxOutputLength: bytesMax });
    } catch {
      return undefined;
    }
  },
};

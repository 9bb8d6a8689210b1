/** Every bound of a bundle, with its unit in its name. A file comes from a stick that anybody may have written: refused before anything is allocated. */
import { FRAME_BYTES_MAX } from "../protocol/limits.ts";

/** One part, unsealed: the largest is an APPEND. */
export const PART_BYTES_MAX = FRAME_BYTES_MAX;
/** One picture is carried in pieces of at most this. */
export const IMAGE_PIECE_BYTES_MAX = 64 * 1024;
/** No camera's picture is larger (an edge takes 8 MiB). */
export const IMAGE_BYTES_MAX = 32 * 1024 * 1024;
export const IMAGES_PER_BUNDLE_MAX = 1_000_000;
/** One file: a stick with FAT32 holds no larger one. */
export const BUNDLE_BYTES_MAX = 4 * 1024 ** 3 - 1;
/** A receipt: 32 logs and the digests of as many pictures as a bundle may hold in practice. */
export const RECEIPT_BYTES_MAX = 2 * 1024 * 1024;
/** Digests of pictures in one receipt; what is over is answered for by the next one. */
export const RECEIPT_IMAGES_MAX = 60_000;

/** A file on its way down: what a stick with FAT32 holds, as its way up. */
export const DOWN_BYTES_MAX = BUNDLE_BYTES_MAX;
/** One list's snapshot: about 250,000 entries. */
export const SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024;
export const SNAPSHOT_PIECE_BYTES_MAX = 64 * 1024;
/** Commands that may wait for one site. */
export const DOWN_COMMANDS_MAX = 32;
/** Digests of pictures in one receipt inside such a file, which fits one part. */
export const DOWN_RECEIPT_IMAGES_MAX = 4_096;

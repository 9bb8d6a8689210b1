/** Every bound of what two sites say to each other on a local network: whoever stands there may send anything. */
import { RECEIPT_BYTES_MAX } from "../bundle/bundle-limits.ts";

export const NONCE_BYTES = 32;
/** One piece of a bundle: small enough to arrive within a request's time over thin Wi-Fi, and to be held in memory by a Pi. */
export const BUNDLE_PIECE_BYTES_MAX = 256 * 1024;
/** A greeting, a challenge, an offer: some 200 bytes. */
export const MESSAGE_BYTES_MAX = 1_024;
export const PIECE_MESSAGE_BYTES_MAX: number = BUNDLE_PIECE_BYTES_MAX + MESSAGE_BYTES_MAX;
/** A standing, which may bring central's receipt. */
export const STANDING_BYTES_MAX: number = RECEIPT_BYTES_MAX + 4 * MESSAGE_BYTES_MAX;

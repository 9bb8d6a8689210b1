/**
 * What central answers to a bundle, for the way back on the stick. The origin's site believes nothing of it but central's signatures:
 *
 *   ["alpr-receipt-1", bundle id (16), centralId (16), logs [[log (16), next, head (32), durable, signature (64)]],
 *    pictures (32 bytes each), signature (64)]
 *
 * A log's signature is an ACK's (`ackSignedBytes`); the last one covers which of the bundle's pictures central keeps.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { verifySignature } from "../crypto/device-keys.ts";
import type { LogHead } from "../log/chain.ts";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional } from "../log/positional.ts";
import { bytesToHex, type CentralId, hexId, hexToBytes, type LogId, type SessionId, type Sha256 } from "../model/ids.ts";
import { LOGS_PER_HELLO_MAX, TEXT_MAX } from "../protocol/limits.ts";
import { ackSignedBytes, centralIdOf } from "../protocol/signed-bytes.ts";
import { RECEIPT_BYTES_MAX, RECEIPT_IMAGES_MAX } from "./bundle-limits.ts";

const RECEIPT_DOMAIN = "alpr-receipt-1";
const IMAGES_DOMAIN = "alpr-receipt-images-1";
const DIGEST_BYTES = 32;

export interface ReceiptLog extends LogHead {
  readonly logId: LogId;
  readonly durable: number;
}

export interface BundleReceipt {
  readonly bundleId: SessionId;
  readonly centralId: CentralId;
  readonly logs: readonly ReceiptLog[];
  /** Pictures of the bundle that need not be sent again. */
  readonly images: readonly Sha256[];
}

/** The receipt as a file. Of more than RECEIPT_IMAGES_MAX pictures the first ones. */
export function signReceipt(receipt: BundleReceipt, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const images = hexToBytes(receipt.images.slice(0, RECEIPT_IMAGES_MAX).join(""));
  return encodePositional([
    RECEIPT_DOMAIN,
    hexToBytes(receipt.bundleId),
    hexToBytes(receipt.centralId),
    receipt.logs.map(({ logId, next, head, durable }) => [
      hexToBytes(logId),
      next,
      head,
      durable,
      sign(ackSignedBytes(logId, next, head, durable)),
    ]),
    images,
    sign(imagesSignedBytes(receipt.bundleId, images)),
  ]);
}

export type OpenedReceipt =
  | { readonly kind: "receipt"; readonly receipt: BundleReceipt }
  | { readonly kind: "refused"; readonly why: "malformed" | "another-central" | "not-signed" };

/** Checks every signature by `centralKey` (ed25519); one that does not hold refuses the whole. */
export function openReceipt(bytes: Uint8Array, centralKey: Uint8Array): OpenedReceipt {
  const decoded = bytes.length > RECEIPT_BYTES_MAX ? undefined : decodePositional(bytes);
  if (decoded?.kind !== "ok") return { kind: "refused", why: "malformed" };
  const r = new FieldReader(decoded.value);
  r.must(r.text(TEXT_MAX) === RECEIPT_DOMAIN ? true : undefined, true);
  const bundleId = hexId<SessionId>(r.bytes(16));
  const centralId = hexId<CentralId>(r.bytes(16));
  const signed = r.list(LOGS_PER_HELLO_MAX, (one) => ({
    log: { logId: hexId<LogId>(one.bytes(16)), next: one.count(), head: one.bytes(32), durable: one.count() },
    signature: one.bytes(64),
  }));
  const images = r.blob(RECEIPT_IMAGES_MAX * DIGEST_BYTES);
  const signature = r.bytes(64);
  if (!r.ok() || images.length % DIGEST_BYTES !== 0) return { kind: "refused", why: "malformed" };
  if (centralId !== centralIdOf(centralKey)) return { kind: "refused", why: "another-central" };
  const isSigned =
    verifySignature(centralKey, imagesSignedBytes(bundleId, images), signature) &&
    signed.every(({ log, signature: own }) => verifySignature(centralKey, ackSignedBytes(log.logId, log.next, log.head, log.durable), own));
  if (!isSigned) return { kind: "refused", why: "not-signed" };
  return { kind: "receipt", receipt: { bundleId, centralId, logs: signed.map(({ log }) => log), images: digestsOf(images) } };
}

const imagesSignedBytes = (bundleId: SessionId, images: Uint8Array): Uint8Array =>
  encodePositional([IMAGES_DOMAIN, hexToBytes(bundleId), sha256(images)]);

function digestsOf(images: Uint8Array): Sha256[] {
  const digests: Sha256[] = [];
  for (let at = 0; at < images.length; at += DIGEST_BYTES) digests.push(bytesToHex(images.subarray(at, at + DIGEST_BYTES)) as Sha256);
  return digests;
}

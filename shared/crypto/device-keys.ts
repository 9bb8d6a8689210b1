/**
 * Ed25519 (RFC 8032) signatures of devices and of central. The domain is part of every message that is signed, so that a signature
 * for one purpose can never be shown for another.
 */
import { loadedSodium } from "./load-sodium.ts";

export interface SigningKeys {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32-byte seed: the private part, which never leaves the machine that made it. */
  readonly seed: Uint8Array;
}

/** Signs bytes; made once from a seed, so that the expanded key is not computed for each signature. */
export type Signer = (message: Uint8Array) => Uint8Array;

export function signingKeysFromSeed(seed: Uint8Array): SigningKeys {
  return { publicKey: loadedSodium().crypto_sign_seed_keypair(seed).publicKey, seed };
}

export function makeSigner(keys: SigningKeys): Signer {
  const sodium = loadedSodium();
  const { privateKey } = sodium.crypto_sign_seed_keypair(keys.seed);
  return (message) => sodium.crypto_sign_detached(message, privateKey);
}

/** False for a wrong signature and for a key or signature of the wrong length alike. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return loadedSodium().crypto_sign_verify_detached(signature, message, publicKey);
  } catch {
    return false;
  }
}

/** The X25519 key that belongs to an Ed25519 key: what sealed boxes are addressed to. */
export function boxPublicKey(signingPublicKey: Uint8Array): Uint8Array {
  return loadedSodium().crypto_sign_ed25519_pk_to_curve25519(signingPublicKey);
}

/** Both X25519 keys that belong to an Ed25519 seed: what opens sealed boxes. */
export function boxKeysFromSeed(seed: Uint8Array): { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array } {
  const sodium = loadedSodium();
  const { publicKey, privateKey } = sodium.crypto_sign_seed_keypair(seed);
  return { publicKey: boxPublicKey(publicKey), privateKey: sodium.crypto_sign_ed25519_sk_to_curve25519(privateKey) };
}

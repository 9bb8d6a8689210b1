import { loadedSodium } from "../../shared/crypto/load-sodium.ts";
import type { Db } from "../db/open-db.ts";
import { findSetting, insertSettingOnce } from "./setting-rows.ts";

export interface SealedKeysDeps {
  readonly db: Db;
  /** 32 bytes. */
  readonly secretKey: Uint8Array;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly nowMs: () => number;
}

/**
 * A key that is made once and kept in the database, sealed (XSalsa20-Poly1305, nonce first) with the secret key. Another secret key than
 * the one it was sealed with stops the start with a sentence.
 */
export async function ensureSealedKey(deps: SealedKeysDeps, name: string, bytes: number): Promise<Uint8Array> {
  const known = await findSetting(deps.db, name);
  if (known === undefined) {
    const sealed = seal(deps.randomBytes(bytes), deps.secretKey, deps.randomBytes);
    await insertSettingOnce(deps.db, name, sealed, true, deps.nowMs());
  }
  const stored = known ?? (await findSetting(deps.db, name));
  const opened = stored === undefined ? null : unseal(stored.value, deps.secretKey);
  if (opened === null || opened.length !== bytes) {
    throw new Error("CHAVERIM_SECRET_KEY: this is not the key that this database was sealed with");
  }
  return opened;
}

export function seal(plain: Uint8Array, key: Uint8Array, randomBytes: (count: number) => Uint8Array): Uint8Array {
  const sodium = loadedSodium();
  const nonce = randomBytes(sodium.crypto_secretbox_NONCEBYTES);
  return new Uint8Array(Buffer.concat([nonce, sodium.crypto_secretbox_easy(plain, nonce, key)]));
}

/** Null for a wrong key and for damage alike. */
export function unseal(sealed: Uint8Array, key: Uint8Array): Uint8Array | null {
  const sodium = loadedSodium();
  const nonceBytes = sodium.crypto_secretbox_NONCEBYTES;
  if (sealed.length < nonceBytes + sodium.crypto_secretbox_MACBYTES) return null;
  try {
    const bytes = new Uint8Array(sealed);
    return sodium.crypto_secretbox_open_easy(bytes.subarray(nonceBytes), bytes.subarray(0, nonceBytes), key);
  } catch {
    return null;
  }
}

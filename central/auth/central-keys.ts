import { boxPublicKey, type SigningKeys, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { ensureSealedKey, type SealedKeysDeps } from "./sealed-keys.ts";

export interface CentralKeys {
  /** Signs tree heads, deltas, commands and central's own log. */
  readonly signing: SigningKeys;
  /** What bundles are sealed to: the X25519 form of the signing key. */
  readonly boxPublicKey: Uint8Array;
  /** HMAC key of session tokens, base64url. */
  readonly tokenKey: string;
}

/** Central's keys, made at the first start. */
export async function loadCentralKeys(deps: SealedKeysDeps): Promise<CentralKeys> {
  const signing = signingKeysFromSeed(await ensureSealedKey(deps, "signing-seed", 32));
  const token = await ensureSealedKey(deps, "token-key", 32);
  return { signing, boxPublicKey: boxPublicKey(signing.publicKey), tokenKey: Buffer.from(token).toString("base64url") };
}

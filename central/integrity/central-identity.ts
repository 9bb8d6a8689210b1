import { boxKeysFromSeed, boxPublicKey, makeSigner, type SigningKeys } from "../../shared/crypto/device-keys.ts";
import type { CentralId } from "../../shared/model/ids.ts";
import { centralIdOf } from "../../shared/protocol/signed-bytes.ts";

/** Who central is to its edges: the keys that they pin, and the one signer of feeds, tree heads and central's own log. */
export interface CentralIdentity {
  readonly centralId: CentralId;
  /** 32 bytes, ed25519. */
  readonly publicKey: Uint8Array;
  /** 32 bytes, X25519: what sealed bundles are addressed to. */
  readonly boxKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Opens what was sealed to `boxKey`. */
  readonly boxKeys: () => { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array };
}

export function identityOf(signing: SigningKeys): CentralIdentity {
  return {
    centralId: centralIdOf(signing.publicKey),
    publicKey: signing.publicKey,
    boxKey: boxPublicKey(signing.publicKey),
    sign: makeSigner(signing),
    boxKeys: () => boxKeysFromSeed(signing.seed),
  };
}

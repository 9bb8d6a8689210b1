/**
 * How two devices prove their keys to each other. Each adds a nonce; the session is the digest of who talks to whom for which central with
 * which nonces, and every signature covers it: nothing that was signed once is worth anything in another session, to another device, or for
 * another purpose.
 *
 *   session  = SHA-256(["alpr-neighbour-session-1", centralId, origin (16), origin's key, origin's nonce, carrier (16), carrier's key, carrier's nonce])
 *   carrier  signs ["alpr-neighbour-carrier-1", session], once, in its challenge
 *   origin   signs ["alpr-neighbour-request-1", session, verb, SHA-256(body)] for each request
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { encodePositional } from "../log/positional.ts";
import { type CentralId, type CollectorId, hexToBytes, uuidToBytes } from "../model/ids.ts";

export interface NeighbourParty {
  readonly collectorId: CollectorId;
  readonly deviceKey: Uint8Array;
  /** NONCE_BYTES, random, of this session alone. */
  readonly nonce: Uint8Array;
}

export type NeighbourVerb = "offer" | "piece";

/** 32 bytes. `origin` hands over, `carrier` takes. */
export function neighbourSession(centralId: CentralId, origin: NeighbourParty, carrier: NeighbourParty): Uint8Array {
  const partyFields = ({ collectorId, deviceKey, nonce }: NeighbourParty) => [uuidToBytes(collectorId), deviceKey, nonce];
  return sha256(encodePositional(["alpr-neighbour-session-1", hexToBytes(centralId), ...partyFields(origin), ...partyFields(carrier)]));
}

export const carrierSignedBytes = (session: Uint8Array): Uint8Array => encodePositional(["alpr-neighbour-carrier-1", session]);

export const requestSignedBytes = (session: Uint8Array, verb: NeighbourVerb, body: Uint8Array): Uint8Array =>
  encodePositional(["alpr-neighbour-request-1", session, verb, sha256(body)]);

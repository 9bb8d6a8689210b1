/**
 * One round with one neighbour: prove each other's key, offer the bundle, send what it lacks of it. Cut anywhere, the next round goes on
 * where the neighbour stands. An answer is believed as far as it can be checked: the carrier's key by its signature, the receipt by central's.
 */
import { makeSigner, type SigningKeys, verifySignature } from "../../shared/crypto/device-keys.ts";
import { bytesToHex, type CentralId, type CollectorId } from "../../shared/model/ids.ts";
import { BUNDLE_PIECE_BYTES_MAX, MESSAGE_BYTES_MAX, NONCE_BYTES, STANDING_BYTES_MAX } from "../../shared/neighbour/neighbour-limits.ts";
import {
  decodeChallenge,
  decodeStanding,
  encodeGreeting,
  encodeOffer,
  encodePiece,
  type Standing,
} from "../../shared/neighbour/neighbour-messages.ts";
import { carrierSignedBytes, type NeighbourVerb, neighbourSession, requestSignedBytes } from "../../shared/neighbour/neighbour-proof.ts";
import type { NeighbourKey } from "../../shared/protocol/frames.ts";
import type { KnownNeighbours } from "./known-neighbours.ts";
import type { LanAnswer, LanPost } from "./lan-post.ts";
import type { Outgoing, OutgoingBundle } from "./outgoing-bundle.ts";

export interface HandOverDeps {
  readonly collectorId: CollectorId;
  readonly deviceKeys: SigningKeys;
  readonly centralId: () => CentralId;
  readonly known: Pick<KnownNeighbours, "find">;
  readonly outgoing: Pick<OutgoingBundle, "read">;
  readonly post: LanPost;
  readonly randomBytes: (count: number) => Uint8Array;
}

export type HandedOver =
  | { readonly kind: "standing"; readonly carrier: NeighbourKey; readonly standing: Standing }
  /** `carrier`: who it was, when that was proved. `isSpoiled`: it came whole and was not what was offered; one of the two files has changed. */
  | { readonly kind: "failed"; readonly why: string; readonly carrier: NeighbourKey | null; readonly isSpoiled?: true };

/** What the neighbour did not keep of so many pieces in a row is not sent for ever. */
const STANDING_STILL_MAX = 3;

/** `address`: http(s)://host:port of the neighbour's page. */
export async function handOver(deps: HandOverDeps, address: string, bundle: Outgoing, signal: AbortSignal): Promise<HandedOver> {
  const greeted = await greet(deps, address, signal);
  if (greeted.kind === "failed") return greeted;
  const { carrier, ask } = greeted;
  const failed = (why: string): HandedOver => ({ kind: "failed", why, carrier });
  let answer = await ask("offer", encodeOffer(bundle));
  for (let stillFor = 0; ; ) {
    if (answer.kind === "failed") return failed(answer.why);
    const { standing } = answer;
    if (standing.sha256 !== bundle.sha256) return failed("it answered for another bundle");
    if (standing.state !== "wanted") return { kind: "standing", carrier, standing };
    if (standing.offset >= bundle.bytes) return failed("it wants more than there is");
    const bytes = await deps.outgoing.read(standing.offset, Math.min(BUNDLE_PIECE_BYTES_MAX, bundle.bytes - standing.offset));
    if (bytes.length === 0) return failed("the bundle's file is not there");
    answer = await ask("piece", encodePiece({ sha256: bundle.sha256, offset: standing.offset, bytes }));
    const refusedPiece = (why: string): HandedOver =>
      standing.offset + bytes.length === bundle.bytes ? { kind: "failed", why, carrier, isSpoiled: true } : failed(why);
    if (answer.kind === "standing" && hasFallen(answer.standing, standing)) {
      return refusedPiece("it began again: what came was not what was offered");
    }
    const isForward = answer.kind === "failed" || answer.standing.state !== "wanted" || answer.standing.offset > standing.offset;
    stillFor = isForward ? 0 : stillFor + 1;
    if (stillFor >= STANDING_STILL_MAX) return refusedPiece("it does not keep what it is sent");
  }
}

const hasFallen = (now: Standing, before: Standing): boolean => now.state === "wanted" && now.offset < before.offset;

type Asked = { readonly kind: "standing"; readonly standing: Standing } | { readonly kind: "failed"; readonly why: string };
type Ask = (verb: NeighbourVerb, body: Uint8Array) => Promise<Asked>;

async function greet(
  deps: HandOverDeps,
  address: string,
  signal: AbortSignal,
): Promise<{ readonly kind: "greeted"; readonly carrier: NeighbourKey; readonly ask: Ask } | Extract<HandedOver, { kind: "failed" }>> {
  const stranger = (why: string) => ({ kind: "failed", why, carrier: null }) as const;
  const centralId = deps.centralId();
  const own = { collectorId: deps.collectorId, deviceKey: deps.deviceKeys.publicKey, nonce: deps.randomBytes(NONCE_BYTES) };
  const url = `${address}/neighbour/v1`;
  const answered = await deps.post(`${url}/greeting`, encodeGreeting({ centralId, ...own }), {}, MESSAGE_BYTES_MAX, signal);
  if (answered.kind === "failed") return stranger(answered.why);
  const challenge = decodeChallenge(answered.bytes);
  if (challenge === undefined) return stranger("its answer is not a neighbour's");
  const carrier = deps.known.find(centralId, challenge.collectorId, challenge.deviceKey);
  if (carrier === undefined) return stranger("central has not named it as a neighbour");
  const session = neighbourSession(centralId, own, challenge);
  if (!verifySignature(challenge.deviceKey, carrierSignedBytes(session), challenge.signature)) return stranger("it has not proved its key");
  const sign = makeSigner(deps.deviceKeys);
  const ask: Ask = async (verb, body) => {
    const headers = {
      "x-alpr-session": bytesToHex(session),
      "x-alpr-signature": bytesToHex(sign(requestSignedBytes(session, verb, body))),
    };
    return standingOf(await deps.post(`${url}/${verb}`, body, headers, STANDING_BYTES_MAX, signal));
  };
  return { kind: "greeted", carrier, ask };
}

function standingOf(answer: LanAnswer): Asked {
  if (answer.kind === "failed") return answer;
  const standing = decodeStanding(answer.bytes);
  return standing === undefined ? { kind: "failed", why: "its answer cannot be read" } : { kind: "standing", standing };
}

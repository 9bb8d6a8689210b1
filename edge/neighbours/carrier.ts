/**
 * The side that takes: a neighbour without an uplink proves its key, hands over its sealed bundle piece by piece, and asks what became of it.
 * What is in a bundle cannot be read here; whether it is worth anything is for central to say. Nothing is signed or kept for anybody whose
 * key central did not name.
 */
import { makeSigner, type SigningKeys, verifySignature } from "../../shared/crypto/device-keys.ts";
import { admit, newAdmission } from "../../shared/flow/admission.ts";
import type { CentralId, CollectorId } from "../../shared/model/ids.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { NONCE_BYTES } from "../../shared/neighbour/neighbour-limits.ts";
import { decodeGreeting, decodeOffer, decodePiece, encodeChallenge, encodeStanding } from "../../shared/neighbour/neighbour-messages.ts";
import { carrierSignedBytes, type NeighbourVerb, neighbourSession, requestSignedBytes } from "../../shared/neighbour/neighbour-proof.ts";
import type { NeighbourKey } from "../../shared/protocol/frames.ts";
import { makeCarrierSessions } from "./carrier-sessions.ts";
import type { CarrySpool, Taken } from "./carry-spool.ts";
import type { KnownNeighbours } from "./known-neighbours.ts";

export interface CarrierDeps {
  readonly collectorId: CollectorId;
  readonly deviceKeys: SigningKeys;
  readonly centralId: () => CentralId;
  readonly known: Pick<KnownNeighbours, "find">;
  readonly spool: CarrySpool;
  /** This site reaches central now. */
  readonly hasUplink: () => boolean;
  /** A bundle is here whole. */
  readonly onHeld: () => void;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly monoMs: () => number;
  readonly random: () => number;
  readonly log: { readonly info: (facts: object, words: string) => void };
}

export type CarrierRefusal = "bad_request" | "not_allowed" | "conflict" | "busy" | "not_stored";

export type CarrierAnswer =
  | { readonly kind: "ok"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly code: CarrierRefusal; readonly words: string };

export interface Carrier {
  readonly greet: (body: Uint8Array) => CarrierAnswer;
  /** Asked before a body is read. */
  readonly isSession: (session: string) => boolean;
  /** `session` and `signature`: hex, as they came. */
  readonly request: (verb: NeighbourVerb, session: string, signature: string, body: Uint8Array) => Promise<CarrierAnswer>;
}

/** Signing costs a Pi some 100 µs; 30 neighbours that ask every quarter of a minute are 2 a second. */
const GREETINGS = { perSecond: 4, burst: 20 };

const refused = (code: CarrierRefusal, words: string): CarrierAnswer => ({ kind: "refused", code, words });
const NO_SESSION = refused("conflict", "This session is over. Greet again.");

export function makeCarrier(deps: CarrierDeps): Carrier {
  const { known, spool } = deps;
  const sign = makeSigner(deps.deviceKeys);
  const sessions = makeCarrierSessions(deps.monoMs);
  const greetings = newAdmission(GREETINGS, deps.monoMs());
  /** One request at a time for each neighbour: two pieces at once would write into each other. */
  const busy = new Set<CollectorId>();

  const act = async (verb: NeighbourVerb, origin: NeighbourKey, body: Uint8Array): Promise<CarrierAnswer> => {
    if (verb === "piece") {
      const piece = decodePiece(body);
      if (piece === undefined) return refused("bad_request", "This is no piece of a bundle.");
      const taken = await spool.append(origin.collectorId, piece.sha256, piece.offset, piece.bytes);
      if (taken.kind === "standing" && taken.standing.state === "held") {
        deps.log.info({ collector: origin.collectorId, bytes: taken.standing.offset }, "a neighbour handed over a bundle");
        deps.onHeld();
      }
      return answerOf(taken);
    }
    const offer = decodeOffer(body);
    if (offer === undefined || offer.bytes === 0) return refused("bad_request", "This is no offer of a bundle.");
    const isKnown = spool.standing(origin.collectorId, offer.sha256) !== undefined;
    // Two sites that lost the same line would else fill each other's disks for nothing.
    if (!isKnown && !deps.hasUplink()) return refused("not_stored", "This site has no uplink now either.");
    return answerOf(spool.offer(origin.collectorId, offer));
  };

  return {
    greet(body) {
      const greeting = decodeGreeting(body);
      if (greeting === undefined) return refused("bad_request", "This is no greeting of a neighbour.");
      const centralId = deps.centralId();
      const origin = greeting.centralId === centralId ? known.find(centralId, greeting.collectorId, greeting.deviceKey) : undefined;
      if (origin === undefined) return refused("not_allowed", "Central has not named this device as a neighbour of this site.");
      if (admit(greetings, deps.monoMs(), deps.random).kind === "later") return refused("busy", "Too many greetings. Come again later.");
      const own = { collectorId: deps.collectorId, deviceKey: deps.deviceKeys.publicKey, nonce: deps.randomBytes(NONCE_BYTES) };
      const session = neighbourSession(centralId, greeting, own);
      sessions.begin(session, origin);
      return { kind: "ok", bytes: encodeChallenge({ ...own, signature: sign(carrierSignedBytes(session)) }) };
    },
    isSession: (session) => sessions.find(session) !== undefined,
    async request(verb, session, signature, body) {
      const origin = sessions.find(session);
      if (origin === undefined) return NO_SESSION;
      const isSigned = verifySignature(origin.deviceKey, requestSignedBytes(hexToBytes(session), verb, body), hexToBytes(signature));
      if (!isSigned) return refused("not_allowed", "This request is not signed by the device that began the session.");
      // Central may have taken it off the list since.
      if (known.find(deps.centralId(), origin.collectorId, origin.deviceKey) === undefined) return NO_SESSION;
      sessions.proved(session);
      if (busy.has(origin.collectorId)) return refused("busy", "The piece before this one is still being written.");
      busy.add(origin.collectorId);
      try {
        return await act(verb, origin, body);
      } catch (error) {
        return refused("not_stored", `The bundle could not be kept (${(error as NodeJS.ErrnoException).code ?? "unknown"}).`);
      } finally {
        busy.delete(origin.collectorId);
      }
    },
  };
}

const answerOf = (taken: Taken): CarrierAnswer =>
  taken.kind === "standing" ? { kind: "ok", bytes: encodeStanding(taken.standing) } : refused("not_stored", taken.words);

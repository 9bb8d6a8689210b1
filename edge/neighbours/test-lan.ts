/** A local network of one carrier, in memory: what it answers may be changed or cut on its way. */
import type { Carrier, CarrierAnswer } from "./carrier.ts";
import type { LanPost } from "./lan-post.ts";

type Verb = "greeting" | "offer" | "piece";
export type LanTamper = Partial<Record<Verb, (answer: Uint8Array) => Uint8Array>>;

export interface TestLan {
  readonly post: LanPost;
  /** What was asked since the last look. */
  readonly asked: () => Verb[];
  /** After so many requests each one is cut, after the carrier has done it; null: never. */
  readonly cutAfter: (requests: number | null) => void;
}

export function makeCarrierAnswers(carrier: Carrier, tamper: LanTamper): TestLan {
  let asked: Verb[] = [];
  let cut: number | null = null;
  const ask = async (verb: Verb, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<CarrierAnswer> =>
    verb === "greeting" ? carrier.greet(body) : carrier.request(verb, headers["x-alpr-session"]!, headers["x-alpr-signature"]!, body);
  return {
    async post(url, body, headers) {
      const verb = url.split("/").at(-1) as Verb;
      asked.push(verb);
      const answer = await ask(verb, body, headers);
      if (cut !== null && asked.length >= cut) return { kind: "failed", why: "ECONNRESET" };
      if (answer.kind === "refused") return { kind: "failed", why: answer.words };
      return { kind: "ok", bytes: tamper[verb]?.(answer.bytes) ?? answer.bytes };
    },
    asked() {
      const seen = asked;
      asked = [];
      return seen;
    },
    cutAfter: (requests) => {
      cut = requests;
    },
  };
}

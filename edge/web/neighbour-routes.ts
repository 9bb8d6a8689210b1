import { type Context, Hono } from "hono";
import { MESSAGE_BYTES_MAX, PIECE_MESSAGE_BYTES_MAX } from "../../shared/neighbour/neighbour-limits.ts";
import type { NeighbourVerb } from "../../shared/neighbour/neighbour-proof.ts";
import type { Carrier, CarrierAnswer } from "../neighbours/carrier.ts";
import { readBytes } from "./read-bytes.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

/** Null: this site takes nothing from neighbours. */
export type NeighbourRoutesDeps = Carrier | null;

const BYTES_MAX: Readonly<Record<NeighbourVerb, number>> = { offer: MESSAGE_BYTES_MAX, piece: PIECE_MESSAGE_BYTES_MAX };

/** Where a neighbouring site hands over its bundle. It brings proofs of its own (shared/neighbour), no session of a person. */
export function neighbourRoutes(carrier: NeighbourRoutesDeps): Hono<SiteEnv> {
  const app = new Hono<SiteEnv>();
  if (carrier === null) return app;
  app.post("/v1/greeting", async (c) => {
    const body = await readBytes(c, MESSAGE_BYTES_MAX);
    return body === undefined ? tooLong(c) : answer(c, carrier.greet(body));
  });
  for (const verb of ["offer", "piece"] as const) {
    app.post(`/v1/${verb}`, async (c) => {
      const session = hexHeader(c, "x-alpr-session", 32);
      const signature = hexHeader(c, "x-alpr-signature", 64);
      if (session === undefined || signature === undefined) return refuse(c, "bad_request", "A neighbour names its session and signs.");
      // Before anything of the body is read.
      if (!carrier.isSession(session)) return refuse(c, "conflict", "This session is over. Greet again.");
      const body = await readBytes(c, BYTES_MAX[verb]);
      return body === undefined ? tooLong(c) : answer(c, await carrier.request(verb, session, signature, body));
    });
  }
  return app;
}

const tooLong = (c: Context<SiteEnv>): Response => refuse(c, "bad_request", "That is longer than what neighbours say.");

function answer(c: Context<SiteEnv>, answered: CarrierAnswer): Response {
  if (answered.kind === "refused") return refuse(c, answered.code, answered.words);
  return c.body(answered.bytes as Uint8Array<ArrayBuffer>, 200, { "content-type": "application/octet-stream" });
}

function hexHeader(c: Context<SiteEnv>, name: string, bytes: number): string | undefined {
  const value = c.req.header(name) ?? "";
  return value.length === bytes * 2 && /^[0-9a-f]+$/.test(value) ? value : undefined;
}

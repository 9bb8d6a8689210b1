import type { Role } from "../../shared/api/central-api.ts";
import type { Actor, CollectorCaller, HttpContext } from "./http-context.ts";
import type { Refusal } from "./refusal.ts";
import type { Access } from "./route.ts";
import { refuseForeign } from "./same-origin.ts";

/** Who is asking: given by auth and collectors, so that http knows neither. */
export interface Guards {
  /** The person of the session cookie, checked against the session's row; null for nobody. */
  readonly readActor: (c: HttpContext) => Promise<Actor | null>;
  /** The collector of the API key in Authorization or X-API-Key. */
  readonly readCollector: (c: HttpContext) => Promise<CollectorCaller | null>;
  readonly publicUrl: string | null;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Null when the request may go on; sets `actor` or `collector`. */
export async function refuseUnlessAllowed(c: HttpContext, access: Access, guards: Guards): Promise<Refusal | null> {
  if (access === "collector") {
    const collector = await guards.readCollector(c);
    if (collector === null) return { kind: "unknown_api_key", message: "The API key is missing, unknown or revoked." };
    c.set("collector", collector);
    return null;
  }
  if (!SAFE.has(c.req.method)) {
    const foreign = refuseForeign(c.req.raw.headers, guards.publicUrl);
    if (foreign !== null) return foreign;
  }
  if (access === "public") return null;
  const actor = await guards.readActor(c);
  if (actor === null) return { kind: "not_signed_in", message: "Please sign in." };
  if (RANK[actor.role] < RANK[access]) return { kind: "forbidden", message: "Your role does not allow this." };
  c.set("actor", actor);
  return null;
}

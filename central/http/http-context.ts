import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Role } from "../../shared/api/central-api.ts";

/** The signed-in person of a request. */
export interface Actor {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Sites they may see; empty: all. */
  readonly sites: readonly string[];
  readonly sid: string;
}

/** The collector whose live API key came with a request. */
export interface CollectorCaller {
  readonly collectorId: string;
  readonly apiKeyId: string;
}

export interface HttpEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Where the request came from, for the audit log and for locks on sign-in. */
    address: string;
    actor?: Actor;
    collector?: CollectorCaller;
  };
}
export type HttpContext = Context<HttpEnv>;

/** The person of a route that demands one; throws on a route that does not (a bug). */
export function actorOf(c: HttpContext): Actor {
  const actor = c.get("actor");
  if (actor === undefined) throw new Error("this route has no signed-in person");
  return actor;
}

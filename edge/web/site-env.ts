import type { HttpBindings } from "@hono/node-server";

/** Who asks: a person of the site with a session, or a program on this machine with the local token (which only reads). */
export type Asker = { readonly kind: "person"; readonly name: string; readonly session: string } | { readonly kind: "local-token" };

export interface SiteEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; asker: Asker };
}

import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { Logger } from "pino";
import { type Guards, refuseUnlessAllowed } from "./guard.ts";
import type { HttpContext, HttpEnv } from "./http-context.ts";
import { readJson } from "./read-body.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import { errorResponse, refusalToResponse } from "./refusal-to-response.ts";
import type { Route } from "./route.ts";
import { securityHeaders } from "./security-headers.ts";

export interface HttpDeps {
  readonly routes: readonly Route[];
  readonly guards: Guards;
  readonly log: Logger;
  /** Browsers reach us by https: cookies and headers say so. */
  readonly secure: boolean;
  /** Called after each answer, with the pattern (never the values) of its route. */
  readonly observe: (seen: { method: string; pattern: string; status: number; ms: number }) => void;
  readonly nowMs: () => number;
  /** Pages for whatever is no route; null while they are not built. */
  readonly pages: ((c: HttpContext) => Promise<Response | null>) | null;
}

export type HttpApp = Hono<HttpEnv>;

/** The HTTP application: every route behind its access rule, one error form, one set of headers. */
export function createHttp(deps: HttpDeps): HttpApp {
  const app = new Hono<HttpEnv>();
  app.use("*", async (c, next) => {
    const startMs = deps.nowMs();
    c.set("requestId", randomUUID());
    c.set("address", addressOf(c, deps.guards.publicUrl !== null));
    await next();
    c.res.headers.set("X-Request-Id", c.get("requestId"));
    const pattern = patternOf(c);
    const ms = deps.nowMs() - startMs;
    deps.observe({ method: c.req.method, pattern, status: c.res.status, ms });
    // The pattern only: addresses hold ids, digests and plates.
    deps.log.info(
      { request: c.get("requestId"), method: c.req.method, route: pattern, status: c.res.status, ms, user: c.get("actor")?.id },
      "request",
    );
  });
  app.use("*", securityHeaders(deps.secure));
  // Hono answers HEAD by running the GET handler without its body; a route registered for HEAD itself is never found.
  for (const route of deps.routes) {
    app.on(route.method === "HEAD" ? "GET" : route.method, route.path, (c) => runRoute(c, route, deps.guards));
  }
  app.notFound(async (c) => {
    const page = await deps.pages?.(c);
    return page ?? errorResponse(c, 404, "not_found", "There is nothing at this address.");
  });
  app.onError((error, c) => {
    // An act that could not be recorded was undone: the database is there but not as it should be.
    if (error.name === "AuditFailed") {
      deps.log.error(
        { request: c.get("requestId"), error: (error.cause as Error | undefined)?.message },
        "the audit log could not be written",
      );
      return errorResponse(c, 503, "unavailable", "Nothing was done: it could not be recorded.");
    }
    deps.log.error({ request: c.get("requestId"), route: patternOf(c), error: error.message, stack: error.stack }, "request failed");
    return errorResponse(c, 500, "internal", "Something broke here. The request id finds it in the log.");
  });
  return app;
}

async function runRoute(c: HttpContext, route: Route, guards: Guards): Promise<Response> {
  const refusal = await refuseUnlessAllowed(c, route.access, guards);
  if (refusal !== null) return refusalToResponse(c, refusal);
  const query = route.query === null ? undefined : parse(route.query, c.req.query(), "query");
  if (isRefusal(query)) return refusalToResponse(c, query);
  const body = await readRouteBody(c, route);
  if (isRefusal(body)) return refusalToResponse(c, body);
  const answer = await route.handle(c, body?.value, query?.value);
  return answer instanceof Response ? answer : refusalToResponse(c, answer);
}

async function readRouteBody(c: HttpContext, route: Route): Promise<{ readonly value: unknown } | Refusal | undefined> {
  if (route.body === null) return undefined;
  const json = await readJson(c.req.raw, route.bodyMaxBytes);
  return isRefusal(json) ? json : parse(route.body, json.value ?? {}, "body");
}

function parse(schema: NonNullable<Route["body"]>, value: unknown, where: string): { readonly value: unknown } | Refusal {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const details = parsed.error.issues.slice(0, 20).map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  const first = details[0];
  return {
    kind: "invalid",
    message: `The ${where} is not right: ${first?.path ? `${first.path}: ` : ""}${first?.message ?? ""}`.slice(0, 300),
    details,
  };
}

/** The registered pattern; "page" for what is no route. */
function patternOf(c: HttpContext): string {
  const matched = c.req.routePath;
  return matched === "*" || matched === "/*" ? "page" : matched;
}

/** The peer's address; behind our own proxy (public address set, peer on loopback) the last one that it named. */
function addressOf(c: HttpContext, behindProxy: boolean): string {
  const peer = c.env?.incoming?.socket.remoteAddress ?? "unknown";
  if (!behindProxy || !/^(::1|127\.|::ffff:127\.)/.test(peer)) return peer;
  return c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim().slice(0, 64) || peer;
}

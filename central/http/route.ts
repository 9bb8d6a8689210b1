import type { z } from "zod";
import type { HttpContext } from "./http-context.ts";
import type { Refusal } from "./refusal.ts";

/**
 * A route is a value that names who may call it. There is no other way to add one, so a route without an access rule cannot exist:
 * this is the deny-by-default table, and the test that walks it compares every route and role with a committed list.
 *
 * public: anyone · viewer, operator, admin: that role or a higher one · collector: a live API key
 */
export type Access = "public" | "viewer" | "operator" | "admin" | "collector";
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Route {
  readonly method: Method;
  /** Hono's pattern from the root, e.g. `/api/v1/alerts/:id`. */
  readonly path: string;
  readonly access: Access;
  /** One sentence for the API description. */
  readonly summary: string;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  readonly bodyMaxBytes: number;
  readonly handle: (c: HttpContext, body: unknown, query: unknown) => Promise<Response | Refusal> | Response | Refusal;
}

/** JSON bodies: the largest is an imported list. */
export const JSON_BODY_BYTES_MAX = 64 * 1024;

interface RouteDraft<Body extends z.ZodType, Query extends z.ZodType> {
  readonly method: Method;
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  readonly bodyMaxBytes?: number;
  readonly handle: (c: HttpContext, body: z.output<Body>, query: z.output<Query>) => Promise<Response | Refusal> | Response | Refusal;
}

/** Gives a route its types: body and query arrive parsed, unknown fields stripped. */
export function route<Body extends z.ZodType, Query extends z.ZodType>(draft: RouteDraft<Body, Query>): Route {
  return {
    method: draft.method,
    path: draft.path,
    access: draft.access,
    summary: draft.summary,
    query: draft.query ?? null,
    body: draft.body ?? null,
    bodyMaxBytes: draft.bodyMaxBytes ?? JSON_BODY_BYTES_MAX,
    handle: draft.handle as Route["handle"],
  };
}

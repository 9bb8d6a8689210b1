import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ErrorBody } from "../../shared/api/views.ts";
import type { SiteEnv } from "./site-env.ts";

/** One table: what is refused, and with which status. The message is for people and names no plate. */
const STATUS = {
  bad_request: 400,
  not_signed_in: 401,
  wrong_secret: 401,
  wrong_pin: 401,
  not_allowed: 403,
  foreign_origin: 403,
  not_found: 404,
  verify_first: 409,
  conflict: 409,
  not_json: 415,
  wrong_host: 421,
  invalid: 422,
  locked: 429,
  busy: 429,
  internal: 500,
  not_stored: 503,
} as const satisfies Record<string, ContentfulStatusCode>;
export type RefusalCode = keyof typeof STATUS;

export function refuse(c: Context<SiteEnv>, code: RefusalCode, message: string, details: unknown = null): Response {
  const body: ErrorBody = { error: { code, message, details, request_id: c.get("requestId") ?? "" } };
  return c.json(body, STATUS[code]);
}

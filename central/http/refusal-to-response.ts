import type { ErrorBody } from "../../shared/api/views.ts";
import type { HttpContext } from "./http-context.ts";
import { REFUSAL_STATUS, type Refusal } from "./refusal.ts";

/** The one error form: `{"error":{code,message,details,request_id}}`. */
export function refusalToResponse(c: HttpContext, refusal: Refusal): Response {
  if (refusal.retryAfterSeconds !== undefined) c.header("Retry-After", String(refusal.retryAfterSeconds));
  return errorResponse(c, REFUSAL_STATUS[refusal.kind], refusal.kind, refusal.message, refusal.details);
}

export function errorResponse(c: HttpContext, status: number, code: string, message: string, details: unknown = null): Response {
  const body: ErrorBody = { error: { code, message, details, request_id: c.get("requestId") } };
  return c.json(body, status as 400);
}

import type { AuditWho } from "../db/audit-rows.ts";
import type { HttpContext } from "./http-context.ts";

/** The author of a request, for the audit log. */
export function auditWho(c: HttpContext): AuditWho {
  const actor = c.get("actor");
  return { userId: actor?.id ?? null, userName: actor?.name ?? "", address: c.get("address"), requestId: c.get("requestId") };
}

import type { Refusal } from "./refusal.ts";

/**
 * Keeps foreign pages from changing anything with a visitor's cookie. A browser sends Origin with every change; a request without
 * Origin and without Sec-Fetch-Site is a script, which has no one else's cookie. Bodies must be JSON, or a file's plain bytes
 * (application/octet-stream): a form can send neither, and a script of another page not without a preflight, which is never granted.
 */
export function refuseForeign(headers: Headers, publicUrl: string | null): Refusal | null {
  const foreign: Refusal = { kind: "foreign_origin", message: "This request came from another site." };
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return foreign;
  const origin = headers.get("origin");
  if (origin !== null && !isOwnOrigin(origin, headers.get("host"), publicUrl)) return foreign;
  const type = headers.get("content-type");
  const hasBody = headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0;
  if (type === null ? hasBody || origin === null : !/^application\/(json|octet-stream)\s*(;|$)/i.test(type)) {
    return { kind: "not_json", message: "Send Content-Type: application/json." };
  }
  return null;
}

/** Whether an Origin header names this server: the public address, or the host that was asked. "null" is nobody. */
export function isOwnOrigin(origin: string, host: string | null, publicUrl: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const parsed = new URL(origin);
  if (parsed.origin !== origin || !/^https?:$/.test(parsed.protocol)) return false;
  return origin === publicUrl || (host !== null && parsed.host === host.toLowerCase());
}

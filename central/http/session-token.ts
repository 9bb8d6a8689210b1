import { sign, verify } from "hono/jwt";

/** How long a sign-in lasts. */
export const SESSION_SECONDS = 24 * 3600;

/** The cookie's value: a JWT that names the session's row, which decides. */
export async function makeSessionToken(key: string, sid: string, nowMs: number): Promise<string> {
  const iat = Math.floor(nowMs / 1000);
  return sign({ sid, iat, exp: iat + SESSION_SECONDS }, key, "HS256");
}

/** The session id of a good token; null for a forged, expired or unsigned one. Only HS256 is read, whatever the header says. */
export async function readSessionToken(key: string, token: string): Promise<string | null> {
  if (token.length > 1024) return null;
  try {
    const claims = await verify(token, key, { alg: "HS256", exp: true, iat: true });
    const { sid, iat, exp } = claims;
    if (typeof sid !== "string" || typeof iat !== "number" || typeof exp !== "number" || exp - iat > SESSION_SECONDS) return null;
    return /^[0-9a-f-]{36}$/.test(sid) ? sid : null;
  } catch {
    return null;
  }
}

import type { Db } from "../db/open-db.ts";
import type { Actor } from "../http/http-context.ts";
import { readSessionToken } from "../http/session-token.ts";
import { findSessionPerson } from "./session-rows.ts";

/** The person of a cookie's token; null for nobody. The session's row decides, so that a disabled person is out at once. */
export async function readActor(
  deps: { readonly db: Db; readonly tokenKey: string; readonly nowMs: () => number },
  token: string | null,
): Promise<Actor | null> {
  const sid = token === null ? null : await readSessionToken(deps.tokenKey, token);
  if (sid === null) return null;
  const person = await findSessionPerson(deps.db, sid, deps.nowMs());
  return person === undefined ? null : { ...person, sid };
}

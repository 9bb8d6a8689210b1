import type { Db } from "../db/open-db.ts";
import { apiKeyOf, hashApiKey } from "./api-key.ts";
import { findApiKey, noteApiKeyUsed } from "./api-key-rows.ts";

export interface AuthenticatedCollector {
  readonly collectorId: string;
  readonly apiKeyId: string;
  /** SHA-256 of the key: the edge signs it in HELLO. */
  readonly apiKeyHash: Uint8Array;
}

/** The collector of a request's live API key; null for none, an unknown, a revoked one, or a retired collector. */
export async function authenticateCollector(
  deps: { readonly db: Db; readonly nowMs: () => number },
  headers: { readonly authorization?: string | undefined; readonly xApiKey?: string | undefined },
): Promise<AuthenticatedCollector | null> {
  const key = apiKeyOf(headers);
  if (key === null) return null;
  const apiKeyHash = hashApiKey(key);
  const known = await findApiKey(deps.db, apiKeyHash);
  if (known === undefined) return null;
  await noteApiKeyUsed(deps.db, known.apiKeyId, deps.nowMs());
  return { ...known, apiKeyHash };
}

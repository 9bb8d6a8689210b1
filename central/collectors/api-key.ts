import { createHash } from "node:crypto";

/** `alpr_` and base64url of 32 random bytes: shown once, kept as SHA-256, its beginning kept for display. */
export const API_KEY = /^alpr_[A-Za-z0-9_-]{43}$/;
const SHOWN_CHARACTERS = 11;

export interface MadeApiKey {
  readonly key: string;
  readonly hash: Uint8Array;
  readonly prefix: string;
}

export function makeApiKey(randomBytes: (count: number) => Uint8Array): MadeApiKey {
  const key = `alpr_${Buffer.from(randomBytes(32)).toString("base64url")}`;
  return { key, hash: hashApiKey(key), prefix: key.slice(0, SHOWN_CHARACTERS) };
}

/** SHA-256 of the key's text: what the database holds, and what HELLO's signature names. */
export function hashApiKey(key: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(key).digest());
}

/** The key of an `Authorization: Bearer` or `X-API-Key` header; null when neither holds one. */
export function apiKeyOf(headers: { readonly authorization?: string | undefined; readonly xApiKey?: string | undefined }): string | null {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const key = bearer ?? headers.xApiKey ?? "";
  return API_KEY.test(key) ? key : null;
}

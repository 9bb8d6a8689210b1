/** A collector whose live API key came with a request; checked by the collectors slice. */
export interface SyncCaller {
  readonly collectorId: string;
  readonly apiKeyId: string;
  /** SHA-256 of the key's text: the edge signs it in HELLO. */
  readonly apiKeyHash: Uint8Array;
}

/** Null for no key, an unknown or revoked one, a retired collector. Throws when the database is away. */
export type Authenticate = (headers: {
  readonly authorization?: string | undefined;
  readonly xApiKey?: string | undefined;
}) => Promise<SyncCaller | null>;

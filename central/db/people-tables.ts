import type { Generated } from "kysely";
import type { Role } from "../../shared/api/central-api.ts";
import type { Json } from "./registry-tables.ts";

export interface UsersTable {
  id: string;
  /** Lower case, unique. */
  email: string;
  name: string;
  role: Role;
  /** Argon2id in PHC form. */
  password_hash: string;
  disabled: Generated<boolean>;
  created_at: Date;
  last_sign_in_at: Date | null;
}

/** The sites a user may see; no row means all sites. */
export interface UserSitesTable {
  user_id: string;
  site_id: string;
}

export interface SessionsTable {
  sid: string;
  user_id: string;
  created_at: Date;
  expires_at: Date;
  ended_at: Date | null;
  address: string;
}

export interface SignInFailuresTable {
  email: string;
  address: string;
  at: Date;
}

/** One-use links for the first administrator; the token is kept as SHA-256. */
export interface SetupTokensTable {
  token_hash: Uint8Array;
  expires_at: Date;
  used_at: Date | null;
}

/** Every act of a person, in the same transaction as the act. INSERT-only. */
export interface AuditLogTable {
  seq: Generated<number>;
  at: Date;
  user_id: string | null;
  user_name: string;
  action: string;
  subject: string | null;
  /** Only for look-ups of plates: the weekly report counts repeats of one plate. */
  plate: string | null;
  reason: string | null;
  case_number: string | null;
  outcome: string;
  address: string | null;
  request_id: string | null;
  details: Json<unknown>;
}

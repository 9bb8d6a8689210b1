/**
 * What a verb answers when it does not do what was asked: a value, never a throw. One table says which status each becomes; a verb in
 * a slice only needs the type.
 */
export const REFUSAL_STATUS = {
  bad_request: 400,
  not_signed_in: 401,
  wrong_credentials: 401,
  unknown_api_key: 401,
  forbidden: 403,
  foreign_origin: 403,
  not_found: 404,
  already_there: 409,
  changed_meanwhile: 409,
  verify_first: 409,
  last_administrator: 409,
  wrong_offset: 409,
  image_not_expected: 409,
  image_not_here: 409,
  image_gone: 410,
  setup_link_used: 410,
  too_large: 413,
  not_json: 415,
  reason_required: 422,
  invalid: 422,
  hash_mismatch: 422,
  too_many_attempts: 429,
  busy: 429,
  unavailable: 503,
} as const;

export type RefusalKind = keyof typeof REFUSAL_STATUS;

export interface Refusal {
  readonly kind: RefusalKind;
  /** One sentence for a person. Never a plate, never a secret. */
  readonly message: string;
  readonly details?: unknown;
  /** Seconds; sent as Retry-After. */
  readonly retryAfterSeconds?: number;
}

/** Whether a verb's answer is a refusal. */
export function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== "object" || value === null) return false;
  const { kind, message } = value as Partial<Refusal>;
  return typeof message === "string" && typeof kind === "string" && Object.hasOwn(REFUSAL_STATUS, kind);
}

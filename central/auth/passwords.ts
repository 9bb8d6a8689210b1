import { hash, verify } from "@node-rs/argon2";

/** At once: each takes 19 MiB and a core, so 500 sign-ins at once must not take the machine. */
export const HASHES_AT_ONCE_MAX = 2;
export const HASHES_WAITING_MAX = 20;
export const PASSWORD_CHARACTERS_MIN = 8;
export const PASSWORD_CHARACTERS_MAX = 200;

// OWASP's parameters for Argon2id; 2 is Argon2id (its enum is ambient and cannot be imported).
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export type Hashed = { readonly kind: "hashed"; readonly hash: string } | { readonly kind: "busy" };
export type Verified = { readonly kind: "right" } | { readonly kind: "wrong" } | { readonly kind: "busy" };

/** Argon2id off the main thread, bounded. */
export interface Passwords {
  readonly hash: (password: string) => Promise<Hashed>;
  /** `stored` null: nobody has that name; the same work is done, so that nobody can tell by the time. */
  readonly verify: (stored: string | null, password: string) => Promise<Verified>;
  /**
   * A place for one sign-in from its first statement on: without it hundreds at once would each ask the database before any reached the
   * queue. The answer gives the place back; null: there is none.
   */
  readonly enter: () => (() => void) | null;
}

export function createPasswords(): Passwords {
  let running = 0;
  let inside = 0;
  const waiting: (() => void)[] = [];
  let dummy: Promise<string> | undefined;

  const isFull = (): boolean => running >= HASHES_AT_ONCE_MAX && waiting.length >= HASHES_WAITING_MAX;
  async function inTurn<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (isFull()) return undefined;
    if (running >= HASHES_AT_ONCE_MAX) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await work();
    } finally {
      // The place is handed over, not given back: a newcomer cannot slip in before those that wait.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  return {
    enter: () => {
      if (inside >= HASHES_AT_ONCE_MAX + HASHES_WAITING_MAX) return null;
      inside++;
      return () => {
        inside--;
      };
    },
    hash: async (password) => {
      const made = await inTurn(() => hash(password, ARGON2ID as never));
      return made === undefined ? { kind: "busy" } : { kind: "hashed", hash: made };
    },
    verify: async (stored, password) => {
      dummy ??= hash("nobody has this password", ARGON2ID as never);
      const against = stored ?? (await dummy);
      const right = await inTurn(() => verify(against, password).catch(() => false));
      if (right === undefined) return { kind: "busy" };
      return right && stored !== null ? { kind: "right" } : { kind: "wrong" };
    },
  };
}

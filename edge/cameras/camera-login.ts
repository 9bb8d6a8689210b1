import type { Challenge } from "./digest-challenge.ts";

/** After a refused login: Hikvision locks an address for 30 minutes after about five wrong ones, and other programs share the address. */
export const LOGIN_BACK_OFF_MS = 30 * 60_000;
const CHALLENGES_MAX = 16;

/** Why a login is not tried. */
export interface LoginRefusal {
  readonly why: "wrong-password" | "locked" | "no-known-scheme" | "no-credentials";
  /** Body of the 401: some vendors tell what is left. */
  readonly body: Uint8Array;
}

/**
 * What connections to one camera share: the challenges that worked, and the refusal that stops every further try. Side requests (clock,
 * pictures) have a login of their own below the main one: they stop with it, but a picture that the account may not see does not stop
 * the stream.
 */
export interface CameraLogin {
  readonly username: string;
  readonly password: string;
  /** The refusal that holds now, or null. */
  readonly refusal: () => LoginRefusal | null;
  /** ms until the next login may be tried; 0 when it may. */
  readonly refusedForMs: () => number;
  /** `lockMs`: for how long the camera says it has locked us out; 0 when it does not. */
  readonly refuse: (refusal: LoginRefusal, lockMs: number) => void;
  /** A cached challenge for this path (newer firmware binds a nonce to its path) with its next use count, or null. */
  readonly recall: (path: string) => { readonly challenge: Challenge; readonly count: number } | null;
  readonly remember: (path: string, challenge: Challenge) => void;
  readonly forget: (path: string) => void;
  /** A camera that once offered a digest is never again given the password in the clear. */
  readonly allowsBasic: () => boolean;
}

export interface CameraLoginOptions {
  readonly username: string;
  readonly password: string;
  readonly monotonicMs: () => number;
  readonly backOffMs?: number;
  /** A login whose refusal holds here too (but not the other way round). */
  readonly parent?: CameraLogin;
}

export function createCameraLogin(options: CameraLoginOptions): CameraLogin {
  const { username, password, monotonicMs, backOffMs = LOGIN_BACK_OFF_MS, parent } = options;
  const challenges = new Map<string, { challenge: Challenge; count: number }>();
  let refused: { readonly refusal: LoginRefusal; readonly untilMs: number } | null = null;
  let sawDigest = false;
  return {
    username,
    password,
    refusal: () => parent?.refusal() ?? (refused !== null && monotonicMs() < refused.untilMs ? refused.refusal : null),
    refusedForMs: () => (refused === null ? 0 : Math.max(0, refused.untilMs - monotonicMs())),
    refuse: (refusal, lockMs) => {
      refused = { refusal, untilMs: monotonicMs() + Math.max(backOffMs, lockMs) };
      challenges.clear();
    },
    recall: (path) => {
      const known = challenges.get(path);
      if (known === undefined) return null;
      known.count += 1;
      return known;
    },
    remember: (path, challenge) => {
      if (challenge.scheme === "digest") sawDigest = true;
      const known = challenges.get(path);
      const same = known?.challenge.scheme === "digest" && challenge.scheme === "digest" && known.challenge.nonce === challenge.nonce;
      challenges.delete(path);
      challenges.set(path, { challenge, count: same ? known.count : 0 });
      if (challenges.size > CHALLENGES_MAX) challenges.delete(challenges.keys().next().value!);
    },
    forget: (path) => {
      challenges.delete(path);
    },
    allowsBasic: () => !sawDigest,
  };
}

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
 * What all connections to one camera share: the challenges that worked, and the refusal that stops every further try. Shared so that a
 * stream, its clock check and its picture requests together make one wrong login, not one each.
 */
export interface CameraLogin {
  readonly username: string;
  readonly password: string;
  /** The refusal that holds now, or null. */
  readonly refusal: () => LoginRefusal | null;
  readonly refuse: (refusal: LoginRefusal, backOffMs?: number) => void;
  /** A cached challenge for this path (newer firmware binds a nonce to its path) with its next use count, or null. */
  readonly recall: (path: string) => { readonly challenge: Challenge; readonly count: number } | null;
  readonly remember: (path: string, challenge: Challenge) => void;
  readonly forget: (path: string) => void;
  /** A camera that once offered a digest is never again given the password in the clear. */
  readonly allowsBasic: () => boolean;
}

export function createCameraLogin(username: string, password: string, now: () => number): CameraLogin {
  const challenges = new Map<string, { challenge: Challenge; count: number }>();
  let refused: { readonly refusal: LoginRefusal; readonly untilMs: number } | null = null;
  let sawDigest = false;
  return {
    username,
    password,
    refusal: () => (refused !== null && now() < refused.untilMs ? refused.refusal : null),
    refuse: (refusal, backOffMs = LOGIN_BACK_OFF_MS) => {
      refused = { refusal, untilMs: now() + Math.max(backOffMs, LOGIN_BACK_OFF_MS) };
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

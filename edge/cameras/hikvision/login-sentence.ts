import type { LoginRefusal } from "../camera-login.ts";
import { parseLoginLock } from "./isapi-answers.ts";

const LOCK_DEFAULT_MS = 30 * 60_000;

/** For how long the camera has locked this address out; null when it has not. */
export function lockedForMs(body: Uint8Array): number | null {
  const lock = parseLoginLock(body);
  return lock?.locked === true ? (lock.unlockMs ?? LOCK_DEFAULT_MS) : null;
}

/** What to tell people about a refused login: what is wrong, what is left, what to do. Never the password. */
export function loginSentence(refusal: LoginRefusal, username: string, backOffMs: number): string {
  const lock = parseLoginLock(refusal.body);
  const again = `The next try is in ${minutes(backOffMs)} or when the settings change.`;
  switch (refusal.why) {
    case "locked": {
      const rest = lock?.unlockMs == null ? "" : ` for another ${minutes(lock.unlockMs)}`;
      return `The camera has locked this edge out${rest} after wrong logins. Check the name and password in the camera's settings here. ${again}`;
    }
    case "no-credentials":
      return `The camera wants a user name and a password, and none is set. Enter them in the camera's settings. ${again}`;
    case "no-known-scheme":
      return `The camera offers no login that is safe to use. Switch its web authentication to digest. ${again}`;
    case "wrong-password": {
      const left = lock?.attemptsLeft == null ? "" : ` It allows ${lock.attemptsLeft} more wrong logins before it locks this edge out.`;
      return `The camera refuses the user "${username}": the name or the password is wrong.${left} Correct them in the camera's settings. ${again}`;
    }
  }
}

/** An answer that is neither yes nor no. */
export function statusWords(status: number): string {
  return status >= 300 && status < 400
    ? `it redirects (status ${status}); if it wants https, begin its address with https://`
    : `it answers with status ${status}`;
}

function minutes(ms: number): string {
  const count = Math.max(1, Math.round(ms / 60_000));
  return count === 1 ? "1 minute" : `${count} minutes`;
}

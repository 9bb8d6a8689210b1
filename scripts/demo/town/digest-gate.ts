/**
 * A camera's door: HTTP Digest (RFC 7616) as this vendor speaks it. Values are quoted, `stale` is upper case, an answer
 * on an expired nonce gets `stale="TRUE"` and is no wrong login, five wrong logins lock the address out.
 */
import { createHash, timingSafeEqual } from "node:crypto";

export type DigestAlgorithm = "MD5" | "SHA-256";

export interface DigestGateOptions {
  readonly realm: string;
  readonly username: string;
  readonly password: string;
  /** One challenge line per algorithm, in this order. */
  readonly algorithms: readonly DigestAlgorithm[];
  /** `recorder`: realm first, domain, opaque and algorithm; `camera`: qop first, no algorithm when it is MD5 alone. */
  readonly form: "recorder" | "camera";
  readonly nonceLifeMs: number;
  /** Newer firmware accepts a nonce only for the path it was given for. */
  readonly bindNonceToPath: boolean;
  readonly lockMs: number;
  readonly nowMs: () => number;
  readonly nonceHex: () => string;
}

export interface DigestRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly address: string;
}

export type DigestVerdict =
  | { readonly kind: "accepted" }
  | {
      readonly kind: "refused";
      readonly why: "no-login" | "stale" | "wrong" | "locked";
      readonly challenges: readonly string[];
      readonly body: string;
    };

export interface DigestGate {
  check(request: DigestRequest): DigestVerdict;
}

const WRONG_LOGINS_MAX = 5;
const NONCES_KEPT_MAX = 256;
const ADDRESSES_KEPT_MAX = 256;

interface Nonce {
  readonly algorithm: DigestAlgorithm;
  readonly path: string;
  readonly givenMs: number;
  lastCount: number;
}

/** Opens the door with no login counted yet. */
export function openDigestGate(options: DigestGateOptions): DigestGate {
  const nonces = new Map<string, Nonce>();
  const wrong = new Map<string, { count: number; lockedUntilMs: number }>();

  const challenge = (request: DigestRequest, stale: boolean): string[] =>
    options.algorithms.map((algorithm) => {
      const nonce = `${options.nonceHex()}${options.form === "recorder" ? `:${options.nowMs()}` : ""}`;
      remember(nonces, nonce, { algorithm, path: pathOf(request.url), givenMs: options.nowMs(), lastCount: 0 }, NONCES_KEPT_MAX);
      const flag = stale ? "TRUE" : "FALSE";
      if (options.form === "recorder")
        return `Digest realm="${options.realm}", domain="::", qop="auth", nonce="${nonce}", opaque="", algorithm="${algorithm}", stale="${flag}"`;
      const named = options.algorithms.length > 1 || algorithm !== "MD5" ? ` algorithm="${algorithm}",` : "";
      return `Digest qop="auth", realm="${options.realm}", nonce="${nonce}",${named} stale="${flag}"`;
    });

  const refuse = (request: DigestRequest, why: "no-login" | "stale" | "wrong" | "locked", extra = ""): DigestVerdict => ({
    kind: "refused",
    why,
    challenges: challenge(request, why === "stale"),
    body: `<?xml version="1.0" encoding="UTF-8" ?>\n<userCheck>\n<statusValue>401</statusValue>\n<statusString>Unauthorized</statusString>\n${extra}</userCheck>\n`,
  });

  const locked = (request: DigestRequest, untilMs: number): DigestVerdict =>
    refuse(
      request,
      "locked",
      `<lockStatus>lock</lockStatus>\n<unlockTime>${Math.ceil((untilMs - options.nowMs()) / 1000)}</unlockTime>\n<retryLoginTime>0</retryLoginTime>\n`,
    );

  return {
    check(request) {
      const state = wrong.get(request.address) ?? { count: 0, lockedUntilMs: 0 };
      if (state.lockedUntilMs > options.nowMs()) return locked(request, state.lockedUntilMs);
      if (request.authorization === undefined) return refuse(request, "no-login");
      const given = parseDigest(request.authorization);
      const nonce = given === null ? undefined : nonces.get(given.nonce ?? "");
      if (given !== null && answersFor(options, request, given, nonce?.algorithm)) {
        if (nonce === undefined || options.nowMs() - nonce.givenMs > options.nonceLifeMs) return refuse(request, "stale");
        if (options.bindNonceToPath && nonce.path !== pathOf(request.url)) return refuse(request, "stale");
        const count = Number.parseInt(given.nc ?? "0", 16);
        if (given.qop !== undefined && !(count > nonce.lastCount)) return refuse(request, "stale");
        nonce.lastCount = count;
        wrong.delete(request.address);
        return { kind: "accepted" };
      }
      const count = (state.lockedUntilMs > 0 ? 0 : state.count) + 1;
      const lockedUntilMs = count >= WRONG_LOGINS_MAX ? options.nowMs() + options.lockMs : 0;
      remember(wrong, request.address, { count, lockedUntilMs }, ADDRESSES_KEPT_MAX);
      if (lockedUntilMs > 0) return locked(request, lockedUntilMs);
      return refuse(request, "wrong", `<lockStatus>unlock</lockStatus>\n<retryLoginTime>${WRONG_LOGINS_MAX - count}</retryLoginTime>\n`);
    },
  };
}

/** Whether the answer proves the password for this very method and address; says nothing of the nonce's age. */
function answersFor(
  options: DigestGateOptions,
  request: DigestRequest,
  given: Readonly<Record<string, string>>,
  issuedFor: DigestAlgorithm | undefined,
): boolean {
  const algorithm = (given.algorithm ?? "MD5").toUpperCase();
  if (algorithm !== "MD5" && algorithm !== "SHA-256") return false;
  if (!options.algorithms.includes(algorithm) || (issuedFor !== undefined && issuedFor !== algorithm)) return false;
  if (given.username !== options.username || given.realm !== options.realm || given.uri !== request.url) return false;
  const hash = (text: string): string =>
    createHash(algorithm === "MD5" ? "md5" : "sha256")
      .update(text)
      .digest("hex");
  const ha1 = hash(`${options.username}:${options.realm}:${options.password}`);
  const ha2 = hash(`${request.method}:${request.url}`);
  const nonce = given.nonce ?? "";
  const wanted =
    given.qop === undefined
      ? hash(`${ha1}:${nonce}:${ha2}`)
      : hash(`${ha1}:${nonce}:${given.nc ?? ""}:${given.cnonce ?? ""}:${given.qop}:${ha2}`);
  const answer = given.response ?? "";
  return answer.length === wanted.length && timingSafeEqual(Buffer.from(answer.toLowerCase()), Buffer.from(wanted));
}

function parseDigest(header: string): Record<string, string> | null {
  if (!/^digest\s/i.test(header)) return null;
  const fields: Record<string, string> = {};
  for (const [, name, quoted, bare] of header.slice(7).matchAll(/([a-z0-9]+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/gi)) {
    if (name !== undefined) fields[name.toLowerCase()] = quoted ?? bare ?? "";
  }
  return fields;
}

function pathOf(url: string): string {
  return url.split("?")[0] ?? url;
}

function remember<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > max) map.delete(map.keys().next().value!);
}

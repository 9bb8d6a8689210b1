import { createHash } from "node:crypto";

/** What a 401 offers. Source of the rules: RFC 7616 and RFC 2617; the tolerance is for cameras (quoted tokens, any order, empty opaque). */
export interface DigestChallenge {
  readonly scheme: "digest";
  readonly realm: string;
  readonly nonce: string;
  /** Null when the challenge has none; an empty one is echoed. */
  readonly opaque: string | null;
  /** As written, to be echoed; null when missing, which means MD5. */
  readonly algorithm: string | null;
  readonly hash: "md5" | "sha256" | "sha512-256";
  readonly session: boolean;
  readonly qop: "auth" | "auth-int" | null;
  readonly stale: boolean;
}
export interface BasicChallenge {
  readonly scheme: "basic";
}
export type Challenge = DigestChallenge | BasicChallenge;

const HASHES: Readonly<Record<string, DigestChallenge["hash"]>> = { md5: "md5", "sha-256": "sha256", "sha-512-256": "sha512-256" };

/**
 * The challenge to answer out of all WWW-Authenticate lines: the first digest that is understood (the server's order is its preference),
 * else Basic, else null. Basic never wins over a digest.
 */
export function chooseChallenge(lines: readonly string[]): Challenge | null {
  const offered = lines.flatMap(splitChallenges);
  for (const { scheme, parameters } of offered) {
    if (scheme !== "digest") continue;
    const digest = readDigest(parameters);
    if (digest !== null) return digest;
  }
  return offered.some(({ scheme }) => scheme === "basic") ? { scheme: "basic" } : null;
}

/** One header line may hold several challenges: a word followed by a space and not by `=` begins the next one. */
function splitChallenges(line: string): { scheme: string; parameters: ReadonlyMap<string, string> }[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const token = /([A-Za-z][\w-]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+)))?/g;
  for (const [, name, quoted, plain] of line.slice(0, 4096).matchAll(token)) {
    const value = quoted?.replace(/\\(.)/g, "$1") ?? plain;
    if (value === undefined) challenges.push({ scheme: name!.toLowerCase(), parameters: new Map() });
    else challenges.at(-1)?.parameters.set(name!.toLowerCase(), value);
  }
  return challenges;
}

function readDigest(parameters: ReadonlyMap<string, string>): DigestChallenge | null {
  const nonce = parameters.get("nonce");
  if (nonce === undefined) return null;
  const algorithm = parameters.get("algorithm") ?? null;
  const [, base, session] = /^(.*?)(-sess)?$/i.exec((algorithm ?? "MD5").toLowerCase())!;
  const hash = HASHES[base!];
  const qops = (parameters.get("qop") ?? "").toLowerCase().split(/[\s,]+/);
  const qop = qops.includes("auth") ? "auth" : qops.includes("auth-int") ? "auth-int" : null;
  if (hash === undefined) return null;
  return {
    scheme: "digest",
    realm: parameters.get("realm") ?? "",
    nonce,
    opaque: parameters.get("opaque") ?? null,
    algorithm,
    hash,
    session: session !== undefined,
    qop,
    stale: parameters.get("stale")?.toLowerCase() === "true",
  };
}

export interface AuthorisedRequest {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  /** Path and query exactly as in the request line. */
  readonly uri: string;
  readonly body: Uint8Array;
  readonly clientNonce: string;
  /** How often this nonce was used, this time included. */
  readonly count: number;
}

/** The Authorization header that answers the challenge. */
export function authorisation(challenge: Challenge, request: AuthorisedRequest): string {
  if (challenge.scheme === "basic") return `Basic ${Buffer.from(`${request.username}:${request.password}`, "utf8").toString("base64")}`;
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  const hash = (data: string | Uint8Array): string => createHash(challenge.hash).update(data).digest("hex");
  const cnonce = request.clientNonce;
  const nc = request.count.toString(16).padStart(8, "0");
  const user = hash(`${request.username}:${realm}:${request.password}`);
  const ha1 = challenge.session ? hash(`${user}:${nonce}:${cnonce}`) : user;
  const ha2 = hash(`${request.method}:${request.uri}${qop === "auth-int" ? `:${hash(request.body)}` : ""}`);
  const response = hash(qop === null ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`);
  const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
  return [
    `Digest username=${quote(request.username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(request.uri)}`,
    `response="${response}"`,
    ...(algorithm === null ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === null ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop === null && !challenge.session ? [] : [`cnonce="${cnonce}"`]),
    ...(qop === null ? [] : [`qop=${qop}`, `nc=${nc}`]),
  ].join(", ");
}

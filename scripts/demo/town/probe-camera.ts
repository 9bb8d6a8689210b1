/** A bare ISAPI client for the tests of the cameras: node:http and a digest of its own, nothing of the camera's code. */
import { createHash, randomBytes } from "node:crypto";
import { type IncomingMessage, request } from "node:http";

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Probe {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly challenges: readonly string[];
  readonly body: Buffer;
}

/** One request as it stands; the whole body. */
export async function askOnce(
  base: string,
  method: string,
  path: string,
  options: { authorization?: string; body?: string } = {},
): Promise<Probe> {
  const response = await open(base, method, path, options);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return probe(response, Buffer.concat(chunks));
}

/** Asks, is challenged, signs in and asks again. */
export async function ask(base: string, login: Login, method: string, path: string, body?: string): Promise<Probe> {
  const first = await askOnce(base, method, path, body === undefined ? {} : { body });
  if (first.status !== 401) return first;
  const authorization = signIn(first.challenges[0]!, login, method, path);
  return askOnce(base, method, path, body === undefined ? { authorization } : { authorization, body });
}

export interface Listening {
  readonly status: number;
  readonly contentType: string;
  /** Everything received so far. */
  bytes(): Buffer;
  /** Resolves when the bytes satisfy the test; rejects after the time. */
  until(test: (bytes: Buffer) => boolean, ms?: number): Promise<Buffer>;
  readonly ended: Promise<void>;
  close(): void;
}

/** Signs in on a long-lived answer and collects it. */
export async function listenTo(base: string, login: Login, method: string, path: string, body?: string): Promise<Listening> {
  const first = await askOnce(base, method, path, body === undefined ? {} : { body });
  const response = await open(base, method, path, {
    authorization: signIn(first.challenges[0]!, login, method, path),
    ...(body === undefined ? {} : { body }),
  });
  const chunks: Buffer[] = [];
  const waiting = new Set<() => void>();
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    for (const look of waiting) look();
  });
  const ended = new Promise<void>((resolve) => {
    response.on("close", resolve);
    response.on("error", () => resolve());
  });
  const bytes = (): Buffer => Buffer.concat(chunks);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers["content-type"] ?? "",
    bytes,
    ended,
    until: (test, ms = 8_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`after ${ms} ms the stream has ${bytes().length} bytes and not what was waited for`));
        }, ms);
        const look = (): void => {
          const all = bytes();
          if (!test(all)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(all);
        };
        waiting.add(look);
        look();
      }),
    close: () => response.destroy(),
  };
}

/** Answers one digest challenge (RFC 7616, qop auth). */
export function signIn(challenge: string, login: Login, method: string, path: string, count = 1): string {
  const field = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
  const algorithm = field("algorithm") || "MD5";
  const hash = (text: string): string =>
    createHash(algorithm === "SHA-256" ? "sha256" : "md5")
      .update(text)
      .digest("hex");
  const nc = count.toString(16).padStart(8, "0");
  const cnonce = randomBytes(8).toString("hex");
  const response = hash(
    `${hash(`${login.username}:${field("realm")}:${login.password}`)}:${field("nonce")}:${nc}:${cnonce}:auth:${hash(`${method}:${path}`)}`,
  );
  return `Digest username="${login.username}", realm="${field("realm")}", nonce="${field("nonce")}", uri="${path}", algorithm=${algorithm}, qop=auth, nc=${nc}, cnonce="${cnonce}", response="${response}"`;
}

export interface SplitPart {
  readonly head: string;
  readonly body: Buffer;
}

/**
 * Splits a multipart body at line-anchored delimiters, by boundary alone, so that lengths can be checked against it.
 * The last part of an unfinished stream may be incomplete.
 */
export function splitParts(bytes: Buffer, boundary: string): SplitPart[] {
  const text = bytes.toString("latin1");
  const pieces = `\r\n${text}`.split(new RegExp(`\\r\\n--${boundary.replace(/[-]/g, "\\-")}(?:--)?(?=\\r?\\n)`));
  return pieces.slice(1).flatMap((piece) => {
    const found = /^\r?\n([\s\S]*?)(\r\n\r\n|\n\n)([\s\S]*)$/.exec(piece);
    if (found === null) return [];
    return [{ head: found[1]!, body: Buffer.from(found[3]!.replace(/\r\n$/, ""), "latin1") }];
  });
}

function open(base: string, method: string, path: string, options: { authorization?: string; body?: string }): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const url = new URL(base);
    const headers: Record<string, string | number> = options.authorization === undefined ? {} : { Authorization: options.authorization };
    if (options.body !== undefined) headers["Content-Length"] = Buffer.byteLength(options.body);
    const sent = request({ host: url.hostname, port: url.port, method, path, headers, agent: false }, resolve);
    sent.on("error", reject);
    sent.end(options.body);
  });
}

function probe(response: IncomingMessage, body: Buffer): Probe {
  const challenges = response.rawHeaders.flatMap((name, i) =>
    i % 2 === 0 && name.toLowerCase() === "www-authenticate" ? [response.rawHeaders[i + 1]!] : [],
  );
  return { status: response.statusCode ?? 0, headers: response.headers, challenges, body };
}

import { createHash } from "node:crypto";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

/** What the test's camera heard. */
export interface HeardRequest {
  readonly method: string;
  readonly path: string;
  /** Scheme of its Authorization header; empty without one. */
  readonly scheme: string;
  /** 1 for the first connection, and so on. */
  readonly socket: number;
  readonly body: string;
}
export interface TestCameraOptions {
  readonly password?: string;
  readonly algorithms?: readonly string[];
  /** `auth` unless told; empty: the old digest without. */
  readonly qop?: string;
  readonly scheme?: "digest" | "basic" | "none" | "strange";
  /** A nonce is good for so many requests; the next gets a stale="TRUE". */
  readonly nonceUses?: number;
  /** Forgets nonces without saying stale. */
  readonly nonceForgotten?: boolean;
  readonly body401?: string;
  readonly certificate?: { readonly key: string; readonly cert: string };
  /** Answers an authorised request. */
  readonly answer: (request: HeardRequest, response: ServerResponse) => void;
}
export interface TestCamera {
  readonly url: string;
  readonly requests: readonly HeardRequest[];
  readonly close: () => Promise<void>;
}

const REALM = "IP Camera(TEST1)";
export const TEST_USER = "alpr";

/** A camera for tests: a real HTTP server on loopback that checks digests by itself, each nonce bound to its path. */
export async function startTestCamera(options: TestCameraOptions): Promise<TestCamera> {
  const requests: HeardRequest[] = [];
  const sockets = new Map<unknown, number>();
  const nonces = new Map<string, { path: string; uses: number }>();
  let made = 0;
  const challenge = (path: string, stale: boolean): string[] => {
    if (options.scheme === "basic") return ['Basic realm="camera"'];
    if (options.scheme === "strange") return ["Negotiate abc"];
    return (options.algorithms ?? ["MD5"]).map((algorithm) => {
      made += 1;
      const nonce = createHash("md5").update(`${made}`).digest("hex");
      nonces.set(nonce, { path, uses: 0 });
      const qop = options.qop ?? "auth";
      return `Digest realm="${REALM}", domain="::", ${qop === "" ? "" : `qop="${qop}", `}nonce="${nonce}:16850", opaque="", algorithm="${algorithm}", stale="${stale ? "TRUE" : "FALSE"}"`;
    });
  };
  const verdict = (request: IncomingMessage, body: string): "ok" | "no" | "stale" => {
    const header = request.headers.authorization ?? "";
    const password = options.password ?? "right password";
    if (options.scheme === "none") return "ok";
    if (options.scheme === "basic") return header === `Basic ${Buffer.from(`${TEST_USER}:${password}`).toString("base64")}` ? "ok" : "no";
    const field = (name: string): string =>
      new RegExp(`[ ,]${name}=(?:"([^"]*)"|([^, ]+))`)
        .exec(header)
        ?.slice(1)
        .find((value) => value !== undefined) ?? "";
    if (!header.startsWith("Digest ") || !header.includes('opaque=""') || field("realm") !== REALM) return "no";
    const algorithm = field("algorithm").toLowerCase();
    const hash = (text: string): string =>
      createHash(algorithm.startsWith("sha-256") ? "sha256" : algorithm.startsWith("sha-512-256") ? "sha512-256" : "md5")
        .update(text)
        .digest("hex");
    const user = hash(`${TEST_USER}:${REALM}:${password}`);
    const ha1 = algorithm.endsWith("-sess") ? hash(`${user}:${field("nonce")}:${field("cnonce")}`) : user;
    const ha2 = hash(`${request.method}:${request.url}${field("qop") === "auth-int" ? `:${hash(body)}` : ""}`);
    const middle = field("qop") === "" ? "" : `${field("nc")}:${field("cnonce")}:${field("qop")}:`;
    const nonce = nonces.get(field("nonce").replace(":16850", ""));
    if (nonce === undefined || nonce.path !== request.url || hash(`${ha1}:${field("nonce")}:${middle}${ha2}`) !== field("response"))
      return "no";
    nonce.uses += 1;
    if (field("qop") !== "" && Number.parseInt(field("nc"), 16) !== nonce.uses) return "no";
    if (nonce.uses > (options.nonceUses ?? 1000)) return options.nonceForgotten ? "no" : "stale";
    return "ok";
  };
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    if (!sockets.has(request.socket)) sockets.set(request.socket, sockets.size + 1);
    const heard: HeardRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      scheme: (request.headers.authorization ?? "").split(" ")[0]!,
      socket: sockets.get(request.socket)!,
      body,
    };
    requests.push(heard);
    const decided = verdict(request, body);
    if (decided === "ok") return options.answer(heard, response);
    // The body comes late and in two pieces: a client that does not read it to its end cannot use this socket again.
    response.writeHead(401, { "WWW-Authenticate": challenge(heard.path, decided === "stale"), "Content-Type": "application/xml" });
    response.write("<userCheck>");
    setTimeout(() => response.end(`${options.body401 ?? "<statusValue>401</statusValue>"}</userCheck>`), 5);
  };
  const handler = (request: IncomingMessage, response: ServerResponse): void =>
    void listener(request, response).catch(() => response.destroy());
  const server = options.certificate === undefined ? http.createServer(handler) : https.createServer(options.certificate, handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.certificate === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

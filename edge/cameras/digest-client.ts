import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { CameraLogin, LoginRefusal } from "./camera-login.ts";
import type { CameraWorld } from "./camera-world.ts";
import { authorisation, type Challenge, chooseChallenge } from "./digest-challenge.ts";

/**
 * HTTP to a camera as cameras want it: the first request without credentials; the 401 read to its end; the answer on the same kept
 * socket (some firmware goes silent on another one); a streaming POST authorised on its first send. A refused login is final for
 * half an hour: cameras lock the address after about five.
 *
 * HTTPS certificates are not checked: cameras sign their own. That hides the traffic from listeners and does not prove the camera.
 * Redirects are not followed: credentials stay with the configured host.
 */
export interface CameraRequest {
  readonly method: "GET" | "POST";
  /** Path and query. */
  readonly path: string;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Until the whole answer is there; for a stream, until its head is. */
  readonly timeoutMs: number;
}
export type CameraFailure =
  | { readonly kind: "refused"; readonly refusal: LoginRefusal }
  | { readonly kind: "unreachable"; readonly message: string }
  | { readonly kind: "too-large" };
export type CameraAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly contentType: string; readonly body: Uint8Array }
  | CameraFailure;
export type CameraStream =
  | { readonly kind: "stream"; readonly contentType: string; readonly bytes: AsyncIterable<Uint8Array>; readonly close: () => void }
  | CameraAnswer;

export interface CameraClient {
  readonly request: (request: CameraRequest) => Promise<CameraAnswer>;
  /** As `request`, but a 200 is given as its bytes while they come. */
  readonly open: (request: CameraRequest) => Promise<CameraStream>;
  readonly close: () => void;
}
export interface CameraClientOptions {
  readonly url: URL;
  readonly login: CameraLogin;
  readonly world: Pick<CameraWorld, "sleep" | "clientNonce">;
  /** Reads from a 401's body for how long the camera has locked us out, in ms; null when it has not. */
  readonly lockedForMs: (body: Uint8Array) => number | null;
}

export const ANSWER_BYTES_MAX = 12 << 20;
const REFUSAL_BODY_BYTES_MAX = 64 * 1024;
const EXCHANGES_MAX = 4;

export function createCameraClient(options: CameraClientOptions): CameraClient {
  const secure = options.url.protocol === "https:";
  // One kept socket: the authorised request must travel where the 401 came from.
  const pool = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
  const agent = secure ? new https.Agent({ ...pool, rejectUnauthorized: false, ciphers: "DEFAULT@SECLEVEL=0" }) : new http.Agent(pool);
  const { login, world } = options;

  const send = (request: CameraRequest, authorization: string | null, signal: AbortSignal): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const body = Buffer.from(request.body ?? "", "utf8");
      const headers: Record<string, string> = { Accept: "*/*" };
      if (authorization !== null) headers.Authorization = authorization;
      if (request.method === "POST") {
        headers["Content-Type"] = 'application/xml; charset="UTF-8"';
        headers["Content-Length"] = String(body.length);
      }
      // Header text travels as bytes: a user name may have any letters.
      if (headers.Authorization !== undefined) headers.Authorization = Buffer.from(headers.Authorization, "utf8").toString("latin1");
      // The path is an option, never parsed as an address: one that begins with two slashes would name another host.
      const call = (secure ? https : http).request(
        options.url,
        { agent, method: request.method, path: request.path, headers, signal },
        resolve,
      );
      call.on("error", (error: NodeJS.ErrnoException) => {
        // A kept socket that the camera closed meanwhile says nothing about the camera.
        if (call.reusedSocket && error.code === "ECONNRESET" && !signal.aborted) send(request, authorization, signal).then(resolve, reject);
        else reject(error);
      });
      call.end(request.method === "POST" ? body : undefined);
    });

  const header = (request: CameraRequest, known: { readonly challenge: Challenge; readonly count: number }): string =>
    authorisation(known.challenge, {
      username: login.username,
      password: login.password,
      method: request.method,
      uri: request.path,
      body: Buffer.from(request.body ?? "", "utf8"),
      clientNonce: world.clientNonce(),
      count: known.count,
    });

  const refuse = (why: LoginRefusal["why"], body: Uint8Array, lockMs = 0): { kind: "refused"; refusal: LoginRefusal } => {
    const refusal: LoginRefusal = { why, body };
    login.refuse(refusal, lockMs);
    return { kind: "refused", refusal };
  };

  const exchange = async (request: CameraRequest, signal: AbortSignal, primed: boolean): Promise<IncomingMessage | CameraFailure> => {
    const held = login.refusal();
    if (held !== null) return { kind: "refused", refusal: held };
    let known = login.recall(request.path);
    let challengedNow = false;
    let staleSeen = false;
    for (let turn = 0; turn < EXCHANGES_MAX; turn++) {
      // A streaming POST must be authorised on its first send: the challenge is fetched by a GET of the same path.
      const ask = known === null && primed && turn === 0 ? ({ ...request, method: "GET" } as const) : request;
      const answer = await send(ask, known === null ? null : header(ask, known), signal);
      if (answer.statusCode !== 401) {
        if (ask === request) return answer;
        await readBody(answer, REFUSAL_BODY_BYTES_MAX);
        continue;
      }
      const body = (await readBody(answer, REFUSAL_BODY_BYTES_MAX)) ?? new Uint8Array();
      const lockMs = options.lockedForMs(body);
      if (lockMs !== null) return refuse("locked", body, lockMs);
      const challenge = chooseChallenge(answer.headersDistinct["www-authenticate"] ?? []);
      if (challenge === null || (challenge.scheme === "basic" && !login.allowsBasic())) return refuse("no-known-scheme", body);
      if (login.username === "") return refuse("no-credentials", body);
      if (known !== null && challengedNow) {
        // Right password, nonce too old: the camera says so itself, and it does not count as a wrong login.
        const stale: boolean = challenge.scheme === "digest" && challenge.stale && !staleSeen;
        if (!stale) return refuse("wrong-password", body);
        staleSeen = true;
      }
      // A challenge from an earlier request may have expired without the camera saying so: one try with a fresh one.
      challengedNow = true;
      login.remember(request.path, challenge);
      known = login.recall(request.path);
    }
    return refuse("wrong-password", new Uint8Array());
  };

  const guarded = async <Result>(
    request: CameraRequest,
    run: (signal: AbortSignal, headArrived: () => void) => Promise<Result>,
  ): Promise<Result | CameraFailure> => {
    const timer = new AbortController();
    const late = new AbortController();
    void world.sleep(request.timeoutMs, timer.signal).then(() => {
      if (!timer.signal.aborted) late.abort(new Error(`no answer within ${request.timeoutMs} ms`));
    });
    try {
      return await run(AbortSignal.any([request.signal, late.signal]), () => timer.abort());
    } catch (error) {
      return { kind: "unreachable", message: late.signal.aborted ? `no answer within ${request.timeoutMs} ms` : explain(error) };
    } finally {
      timer.abort();
    }
  };

  const whole = async (answer: IncomingMessage | CameraFailure): Promise<CameraAnswer> => {
    if ("kind" in answer) return answer;
    const body = await readBody(answer, ANSWER_BYTES_MAX);
    if (body === null) return { kind: "too-large" };
    return { kind: "answer", status: answer.statusCode ?? 0, contentType: answer.headers["content-type"] ?? "", body };
  };

  return {
    request: (request) => guarded(request, async (signal) => whole(await exchange(request, signal, false))),
    open: (request) =>
      guarded(request, async (signal, headArrived): Promise<CameraStream> => {
        // Long after the last one: an old nonce could count as a wrong login where a request without credentials does not.
        login.forget(request.path);
        const answer = await exchange(request, signal, request.method === "POST");
        if ("kind" in answer || answer.statusCode !== 200) return whole(answer);
        headArrived();
        return { kind: "stream", contentType: answer.headers["content-type"] ?? "", bytes: answer, close: () => answer.destroy() };
      }),
    close: () => agent.destroy(),
  };
}

/** The whole body, so that the socket is free for the next request; null (and the socket gone) when it is longer than `bytesMax`. */
async function readBody(answer: IncomingMessage, bytesMax: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    total += chunk.length;
    if (total > bytesMax) {
      answer.destroy();
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  switch (code) {
    case "ECONNREFUSED":
      return "nothing answers at this address and port";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "there is no way to this address";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host name is not known";
    case "ETIMEDOUT":
      return "the address does not answer";
    case "ECONNRESET":
    case "EPIPE":
      return "the connection was cut";
    case "EPROTO":
      return "it does not speak https there; its address may have to begin with http://";
    default:
      if (code?.startsWith("HPE_")) return "what answers there is not a web server";
      return code ?? "the connection failed";
  }
}

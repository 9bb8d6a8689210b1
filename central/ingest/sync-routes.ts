import { parseSha256, type Sha256 } from "../../shared/model/ids.ts";
import { joinFrames, splitFrames } from "../../shared/protocol/exchange-body.ts";
import { EXCHANGE_BYTES_MAX, EXCHANGE_FRAMES_MAX } from "../../shared/protocol/limits.ts";
import type { HttpContext } from "../http/http-context.ts";
import { readBytes } from "../http/read-body.ts";
import type { Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import type { Authenticate, SyncCaller } from "./caller.ts";
import { runExchange } from "./exchange.ts";
import { imageStanding, type ReceiveImageDeps, receiveImage } from "./receive-image.ts";
import type { SyncDeps } from "./sync-deps.ts";
import type { ImageAnswer } from "./take-image.ts";

export interface SyncRouteDeps {
  readonly sync: SyncDeps;
  readonly images: ReceiveImageDeps;
  readonly authenticate: Authenticate;
  /** Bytes of a snapshot whose list names the collector's site. */
  readonly findSnapshot: (sha256: Sha256, collectorId: string) => Promise<Uint8Array | undefined>;
}

const UNKNOWN_KEY: Refusal = { kind: "unknown_api_key", message: "The API key is missing, unknown or revoked." };

/** What edges ask by plain HTTP. */
export function syncRoutes(deps: SyncRouteDeps): Route[] {
  return [
    route({
      method: "POST",
      path: "/sync/v1/exchange",
      access: "collector",
      summary: "Length-prefixed frames in and out, where WebSockets are blocked",
      handle: (c) => withCaller(deps, c, (caller) => exchange(deps, c, caller)),
    }),
    route({
      method: "GET",
      path: "/sync/v1/snapshots/:sha256",
      access: "collector",
      summary: "A watchlist snapshot by its digest, in ranges",
      handle: (c) => withCaller(deps, c, (caller) => snapshot(deps, c, caller)),
    }),
    route({
      method: "HEAD",
      path: "/sync/v1/images/:sha256",
      access: "collector",
      summary: "Where the upload of a picture stands",
      handle: (c) => withDigest(c, async (sha256) => imageAnswer(c, await imageStanding(deps.images, sha256))),
    }),
    route({
      method: "PUT",
      path: "/sync/v1/images/:sha256",
      access: "collector",
      summary: "A picture, or the rest of one from Upload-Offset on",
      handle: (c) => withDigest(c, (sha256) => putImage(deps, c, sha256)),
    }),
  ];
}

type Answer = Promise<Response | Refusal>;

/** The route's access rule has checked the key; the digest of it is wanted too, because HELLO signs it. */
async function withCaller(deps: SyncRouteDeps, c: HttpContext, handle: (caller: SyncCaller) => Answer): Answer {
  const caller = await deps.authenticate({ authorization: c.req.header("authorization"), xApiKey: c.req.header("x-api-key") });
  return caller === null ? UNKNOWN_KEY : handle(caller);
}

async function exchange(deps: SyncRouteDeps, c: HttpContext, caller: SyncCaller): Answer {
  const bytes = await readBytes(c.req.raw, EXCHANGE_BYTES_MAX);
  if (!(bytes instanceof Uint8Array)) return bytes;
  const frames = splitFrames(bytes, EXCHANGE_FRAMES_MAX);
  if (frames === null) return { kind: "bad_request", message: "The body is not a row of length-prefixed frames." };
  const answers = await runExchange(deps.sync, caller, frames);
  return c.body(joinFrames(answers), 200, { "Content-Type": "application/octet-stream" });
}

async function snapshot(deps: SyncRouteDeps, c: HttpContext, caller: SyncCaller): Answer {
  const sha256 = parseSha256(c.req.param("sha256"));
  const bytes = sha256 === undefined ? undefined : await deps.findSnapshot(sha256, caller.collectorId);
  if (bytes === undefined) return { kind: "not_found", message: "There is no such snapshot for this site." };
  const range = readRange(c.req.header("range"), bytes.length);
  const headers = { "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes" };
  if (range === "unsatisfiable") return c.body(null, 416, { "Content-Range": `bytes */${bytes.length}` });
  if (range === null) return c.body(new Uint8Array(bytes), 200, headers);
  const part = new Uint8Array(bytes.subarray(range.from, range.to));
  return c.body(part, 206, { ...headers, "Content-Range": `bytes ${range.from}-${range.to - 1}/${bytes.length}` });
}

/** `bytes=N-` or `bytes=N-M` (RFC 9110); anything else is answered whole. */
function readRange(header: string | undefined, size: number): { readonly from: number; readonly to: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d{1,12})-(\d{0,12})$/.exec(header ?? "");
  if (match === null) return null;
  const from = Number(match[1]);
  const to = match[2] === "" ? size : Math.min(Number(match[2]) + 1, size);
  return from < size && to > from ? { from, to } : "unsatisfiable";
}

async function withDigest(c: HttpContext, handle: (sha256: Sha256) => Answer): Answer {
  const sha256 = parseSha256(c.req.param("sha256"));
  return sha256 === undefined ? { kind: "bad_request", message: "The address does not end in 64 hex digits." } : handle(sha256);
}

async function putImage(deps: SyncRouteDeps, c: HttpContext, sha256: Sha256): Answer {
  const text = c.req.header("upload-offset") ?? "0";
  if (!/^\d{1,9}$/.test(text)) return { kind: "bad_request", message: "Upload-Offset is not a whole number." };
  const { body } = c.req.raw;
  const answer = await receiveImage(deps.images, sha256, Number(text), body ?? emptyBody());
  if (answer.kind === "hash_mismatch") deps.sync.log.warn({ sha256 }, "a picture's bytes do not match its name; none of them were kept");
  return imageAnswer(c, answer);
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

function imageAnswer(c: HttpContext, answer: ImageAnswer): Response | Refusal {
  switch (answer.kind) {
    case "at":
      return c.body(null, 204, { "Upload-Offset": String(answer.offset) });
    case "wrong_offset":
      c.header("Upload-Offset", String(answer.offset));
      return { kind: "wrong_offset", message: "The upload stands at another offset.", details: { offset: answer.offset } };
    case "image_not_expected":
      return { kind: "image_not_expected", message: "No record that names this picture has come yet." };
    case "image_gone":
      return { kind: "image_gone", message: "This picture is not kept any more." };
    case "too_large":
      return { kind: "too_large", message: "More came than the record names." };
    case "hash_mismatch":
      return { kind: "hash_mismatch", message: "The bytes do not match the picture's name." };
    case "unavailable":
      return { kind: "unavailable", message: `The picture store is not available: ${answer.reason}`, retryAfterSeconds: 10 };
  }
}

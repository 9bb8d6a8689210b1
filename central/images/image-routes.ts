import { parseSha256, type Sha256 } from "../../shared/model/ids.ts";
import { insertAudit } from "../db/audit-rows.ts";
import { imageState } from "../db/detection-view-rows.ts";
import type { Db } from "../db/open-db.ts";
import { auditWho } from "../http/audit-who.ts";
import { actorOf, type HttpContext } from "../http/http-context.ts";
import type { Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { findImage } from "./image-rows.ts";
import { type ImageStore, parseImageKey } from "./image-store.ts";

export interface ImageRoutesDeps {
  readonly db: Db;
  readonly store: ImageStore;
  readonly nowMs: () => number;
}

const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such picture." };

export function imageRoutes(deps: ImageRoutesDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/images/:sha256",
      access: "viewer",
      summary: "A picture, to those who may see the site of a detection that names it",
      handle: (c) => sendImage(deps, c),
    }),
  ];
}

/** Authorised on each fetch, by the site of the detections that name it: a browser may keep the bytes but has to ask every time. */
async function sendImage(deps: ImageRoutesDeps, c: HttpContext): Promise<Response | Refusal> {
  const sha256 = parseSha256(c.req.param("sha256"));
  const image = sha256 === undefined ? undefined : await findImage(deps.db, sha256);
  if (sha256 === undefined || image === undefined) return UNKNOWN;
  const { sites } = actorOf(c);
  if (sites.length > 0 && !image.sites.some((site) => sites.includes(site))) return deny(deps, c, sha256);
  const state = imageState(image.lastEvent, image.objectKey !== null);
  if (state === "expired" || state === "dropped")
    return { kind: "image_gone", message: `This picture is gone: ${state}.`, details: { state } };
  if (state === "mismatch")
    return { kind: "hash_mismatch", message: "The stored bytes are not the picture that the record names.", details: { state } };
  const key = parseImageKey(image.objectKey);
  if (key === undefined) return { kind: "image_not_here", message: "This picture is still on its edge.", details: { state } };
  const tag = `"${sha256}"`;
  if (c.req.header("if-none-match") === tag) return c.body(null, 304, { ETag: tag, "Cache-Control": "private, no-cache" });
  const found = await deps.store.get(key);
  if (found.kind === "tampered")
    return {
      kind: "hash_mismatch",
      message: "The stored bytes are not the picture that the record names.",
      details: { state: "mismatch" },
    };
  if (found.kind === "missing") return { kind: "image_gone", message: "The stored object is missing.", details: { state: "dropped" } };
  if (found.kind === "unavailable") return { kind: "unavailable", message: "The image store does not answer.", retryAfterSeconds: 5 };
  return c.body(found.bytes as Uint8Array<ArrayBuffer>, 200, {
    "Content-Type": "image/jpeg",
    "Content-Length": String(found.bytes.byteLength),
    "Content-Disposition": "inline",
    "Cache-Control": "private, no-cache",
    ETag: tag,
  });
}

/** Answers as if it were not there, and says so in the audit log: someone walks digests that are not theirs. */
async function deny(deps: ImageRoutesDeps, c: HttpContext, sha256: Sha256): Promise<Refusal> {
  await deps.db
    .transaction()
    .execute((tx) => insertAudit(tx, auditWho(c), { action: "image.read", subject: sha256, outcome: "not_found" }, deps.nowMs()));
  return UNKNOWN;
}

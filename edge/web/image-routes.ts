import { Hono } from "hono";
import { parseSha256, type Sha256 } from "../../shared/model/ids.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

export interface ImageRoutesDeps {
  /** Is it a picture that a record of this site names? Nothing else in the folder is handed out. */
  readonly isNamed: (sha256: Sha256) => boolean;
  readonly get: (sha256: Sha256) => Promise<Uint8Array | null | "mismatch">;
}

/** A picture never changes under its name: a browser may keep it as long as it likes, for itself. */
const KEEP = "private, max-age=31536000, immutable";

export function imageRoutes({ isNamed, get }: ImageRoutesDeps): Hono<SiteEnv> {
  return new Hono<SiteEnv>().get("/:sha256", async (c) => {
    const sha256 = parseSha256(c.req.param("sha256"));
    if (sha256 === undefined || !isNamed(sha256)) return refuse(c, "not_found", "No record here names such a picture.");
    const bytes = await get(sha256);
    if (bytes === null) return refuse(c, "not_found", "The picture is not on this disk (any more).");
    if (bytes === "mismatch") return refuse(c, "internal", "The picture on the disk is not the one that was recorded. It is not shown.");
    return c.body(Buffer.from(bytes), 200, {
      // Whatever a camera put into the bytes, a browser shall take it for nothing but a picture.
      "content-type": "image/jpeg",
      "content-security-policy": "default-src 'none'; sandbox",
      "content-disposition": `inline; filename="${sha256.slice(0, 16)}.jpg"`,
      "cache-control": KEEP,
      etag: `"${sha256}"`,
    });
  });
}

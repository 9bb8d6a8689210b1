import { Hono } from "hono";
import type { CameraConfig } from "../../shared/model/camera.ts";
import { type CameraId, parseUuid } from "../../shared/model/ids.ts";
import type { Camera } from "../cameras/camera.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";
import { isSameSecret } from "./who-asks.ts";

export interface PushRoutesDeps {
  readonly find: (id: CameraId) => Camera | undefined;
  /** The disk is full: cameras keep what they have and come again. */
  readonly isFull: () => boolean;
  /** A push with a wrong secret, or to no camera (null): counted and said, never stored. */
  readonly onWrongSecret: (camera: CameraConfig | null) => void;
}

const FULL_RETRY_SECONDS = 60;

/** Where cameras push to. The secret in the path is all that most of them can send; the body streams to the camera's adapter, which bounds it. */
export function pushRoutes({ find, isFull, onWrongSecret }: PushRoutesDeps): Hono<SiteEnv> {
  return new Hono<SiteEnv>().post("/:adapter/:camera/:secret", async (c) => {
    const id = parseUuid<CameraId>(c.req.param("camera"));
    const camera = id === undefined ? undefined : find(id);
    if (!isRight(camera?.config, c.req.param("adapter"), c.req.param("secret"))) {
      onWrongSecret(camera?.config ?? null);
      return refuse(c, "wrong_secret", "No camera of this site has this address.");
    }
    if (camera?.push == null) return refuse(c, "conflict", "This camera is not set up to push.");
    // Before anything of it is read: it could not be stored.
    if (isFull()) return c.body(null, 503, { "retry-after": String(FULL_RETRY_SECONDS) });
    const stated = c.req.header("content-length");
    const answer = await camera.push({
      contentType: c.req.header("content-type") ?? "",
      contentLength: stated === undefined ? null : Number(stated),
      body: c.env.incoming as AsyncIterable<Uint8Array>,
    });
    return c.body(answer.body, answer.status as 200, { "content-type": answer.contentType });
  });
}

/** An unknown camera takes as long as a wrong secret. */
function isRight(config: CameraConfig | undefined, adapter: string, secret: string): boolean {
  const isSecret = isSameSecret(secret, config?.pushSecret ?? "no camera has an empty secret");
  return config !== undefined && config.adapter === adapter && isSecret;
}

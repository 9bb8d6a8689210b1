import { Hono } from "hono";
import type { CameraView } from "../../shared/api/views.ts";
import type { CameraConfig } from "../../shared/model/camera.ts";
import { type CameraId, parseUuid } from "../../shared/model/ids.ts";
import type { DetectionStored } from "../log/store-port.ts";
import { readJson, textField } from "./read-json.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

/** A camera as its page shows it. The password never leaves; the push address does, for whoever sets the camera up. */
export interface SiteCamera extends CameraView {
  url: string;
  username: string;
  has_password: boolean;
  channel: number;
  facing: string;
  traffic: string;
  push_path: string | null;
}

export interface CameraRoutesDeps {
  readonly views: () => readonly { readonly view: CameraView; readonly config: CameraConfig }[];
  /** Adds a camera to config/local.yaml and starts it. */
  readonly add: (
    values: Readonly<Record<string, unknown>>,
  ) => Promise<{ readonly kind: "added"; readonly id: CameraId } | { readonly kind: "refused"; readonly words: string }>;
  readonly test: (camera: CameraId, plate: string) => Promise<DetectionStored>;
}

export function cameraRoutes(deps: CameraRoutesDeps): Hono<SiteEnv> {
  const list = (): SiteCamera[] => deps.views().map(({ view, config }) => siteCamera(view, config));
  return new Hono<SiteEnv>()
    .get("/", (c) => c.json({ cameras: list() }))
    .post("/", async (c) => {
      const body = await readJson(c);
      if (body === undefined) return refuse(c, "bad_request", "The request is not JSON.");
      const outcome = await deps.add(body);
      if (outcome.kind === "refused") return refuse(c, "invalid", outcome.words);
      return c.json({ camera: list().find((camera) => camera.id === outcome.id) }, 201);
    })
    .post("/:id/test", async (c) => {
      const id = parseUuid<CameraId>(c.req.param("id"));
      if (id === undefined || !deps.views().some(({ config }) => config.id === id)) {
        return refuse(c, "not_found", "There is no such camera here.");
      }
      const body = await readJson(c);
      if (body === undefined) return refuse(c, "bad_request", "The request is not JSON.");
      const stored = await deps.test(id, textField(body, "plate", 16) || "TEST");
      return c.json({ detection_id: stored.rid, pass: stored.pass, alerts: stored.raised.map(({ alert }) => alert) }, 201);
    });
}

function siteCamera(view: CameraView, config: CameraConfig): SiteCamera {
  return {
    ...view,
    url: config.url,
    username: config.username,
    has_password: config.passwordRef !== "",
    channel: config.channel,
    facing: config.facing,
    traffic: config.traffic,
    push_path: config.mode === "push" && config.pushSecret !== "" ? `/push/${config.adapter}/${config.id}/${config.pushSecret}` : null,
  };
}

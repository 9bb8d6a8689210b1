import { Hono } from "hono";
import type { SiteDetectionsAnswer } from "../../shared/api/site-api.ts";
import { parseUuid, type Rid } from "../../shared/model/ids.ts";
import type { DetectionViews } from "./detection-views.ts";
import { cursorOf, limitOf } from "./read-json.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

export function detectionRoutes(views: DetectionViews): Hono<SiteEnv> {
  return new Hono<SiteEnv>()
    .get("/", (c) => {
      const cursor = cursorOf(c);
      if (cursor === undefined) return refuse(c, "bad_request", "That cursor is not one of ours.");
      const page = views.page(cursor, limitOf(c, 50, 200));
      const answer: SiteDetectionsAnswer = { detections: page.views, next_cursor: page.next === null ? null : String(page.next) };
      return c.json(answer);
    })
    .get("/:id", (c) => {
      const id = parseUuid<Rid>(c.req.param("id"));
      const view = id === undefined ? null : views.view(id);
      return view === null ? refuse(c, "not_found", "There is no such detection here.") : c.json(view);
    });
}

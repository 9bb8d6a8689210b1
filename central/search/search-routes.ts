import { z } from "zod";
import { detectionViewsById } from "../db/detection-view-rows.ts";
import { auditWho } from "../http/audit-who.ts";
import { actorOf, type HttpContext } from "../http/http-context.ts";
import { pathId } from "../http/path-id.ts";
import { isRefusal, type Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { companionsOfPlate, type PlateQuestion, routeOfPlate, summarisePlate } from "./look-at-plate.ts";
import { decodeCursor } from "./search-cursor.ts";
import { SEARCH_LIMIT_MAX, type SearchDeps, type SearchQuestion, searchDetections } from "./search-detections.ts";

const TIME = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const UUID = z.uuid().toLowerCase();
const REASON = z.string().trim().max(200);
const common = {
  plate: z.string().trim().min(1).max(64).optional(),
  match: z.enum(["exact", "confusable", "wildcard", "fuzzy"]).default("exact"),
  from: TIME.optional(),
  to: TIME.optional(),
  camera: UUID.optional(),
  site: UUID.optional(),
  colour: z.string().max(40).optional(),
  vehicle_type: z.string().max(40).optional(),
  cursor: z.string().max(200).optional(),
  reason: REASON.optional(),
  case: z.string().trim().max(100).optional(),
};
const BODY = z.object({
  ...common,
  include: z.array(z.literal("test")).optional(),
  limit: z.number().int().min(1).max(SEARCH_LIMIT_MAX).default(50),
});
const QUERY = z.object({
  ...common,
  include: z
    .literal("test")
    .transform(() => ["test"])
    .optional(),
  limit: z.coerce.number().int().min(1).max(SEARCH_LIMIT_MAX).default(50),
});
const PLATE_QUERY = z.object({
  reason: REASON.optional(),
  case: z.string().trim().max(100).optional(),
  from: TIME.optional(),
  to: TIME.optional(),
});
const ROUTE_DEFAULT_MS = 30 * 86_400_000;

export function searchRoutes(deps: SearchDeps): Route[] {
  const search = async (c: HttpContext, asked: z.output<typeof BODY> | z.output<typeof QUERY>): Promise<Response | Refusal> => {
    const after = asked.cursor === undefined ? null : decodeCursor(asked.cursor);
    if (after === undefined) return { kind: "invalid", message: "The cursor is not one of ours." };
    const question: SearchQuestion = {
      plate: asked.plate ?? null,
      match: asked.match,
      filter: {
        sees: actorOf(c).sites,
        fromMs: asked.from ?? null,
        toMs: asked.to ?? null,
        camera: asked.camera ?? null,
        site: asked.site ?? null,
        colour: asked.colour ?? null,
        vehicleType: asked.vehicle_type ?? null,
        test: asked.include?.includes("test") ? "include" : "leave-out",
      },
      after,
      limit: asked.limit,
      reason: asked.reason ?? null,
      caseNumber: asked.case ?? null,
    };
    const found = await searchDetections(deps, question, auditWho(c));
    return isRefusal(found) ? found : c.json(found.answer);
  };
  const plateOf = (c: HttpContext, query: z.output<typeof PLATE_QUERY>): PlateQuestion => ({
    plate: c.req.param("plate") ?? "",
    sees: actorOf(c).sites,
    reason: query.reason ?? null,
    caseNumber: query.case ?? null,
  });
  return [
    route({
      method: "POST",
      path: "/api/v1/detections/search",
      access: "viewer",
      summary: "Find detections by plate (a reason is required), time, place and vehicle, newest first",
      body: BODY,
      handle: (c, body) => search(c, body),
    }),
    route({
      method: "GET",
      path: "/api/v1/detections",
      access: "viewer",
      summary: "The same for scripts; the plate stands in the address, so prefer the POST",
      query: QUERY,
      handle: (c, _body, query) => search(c, query),
    }),
    route({
      method: "GET",
      path: "/api/v1/detections/:id",
      access: "viewer",
      summary: "One detection",
      handle: async (c) => {
        const id = pathId(c);
        const [view] = id === undefined ? [] : await detectionViewsById(deps.db, [id]);
        const { sites } = actorOf(c);
        const sees = view !== undefined && (sites.length === 0 || sites.includes(view.site_id));
        return sees ? c.json(view) : { kind: "not_found", message: "There is no such detection." };
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/plates/:plate",
      access: "viewer",
      summary: "When and where a plate was seen (a reason is required)",
      query: PLATE_QUERY,
      handle: async (c, _body, query) => {
        const summary = await summarisePlate(deps, plateOf(c, query), auditWho(c));
        return isRefusal(summary) ? summary : c.json(summary);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/plates/:plate/route",
      access: "viewer",
      summary: "The stops of a plate in order of time (a reason is required); the last 30 days unless asked otherwise",
      query: PLATE_QUERY,
      handle: async (c, _body, query) => {
        const toMs = query.to ?? deps.nowMs() + 60_000;
        const stops = await routeOfPlate(deps, plateOf(c, query), { fromMs: query.from ?? toMs - ROUTE_DEFAULT_MS, toMs }, auditWho(c));
        return isRefusal(stops) ? stops : c.json(stops);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/plates/:plate/companions",
      access: "viewer",
      summary: "Plates that passed the same places within 2 minutes, at least twice (a reason is required)",
      query: PLATE_QUERY,
      handle: async (c, _body, query) => {
        const companions = await companionsOfPlate(deps, plateOf(c, query), auditWho(c));
        return isRefusal(companions) ? companions : c.json(companions);
      },
    }),
  ];
}

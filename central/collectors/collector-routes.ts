import { z } from "zod";
import type { CollectorView } from "../../shared/api/central-api.ts";
import { auditWho } from "../http/audit-who.ts";
import { type Actor, actorOf, type HttpContext } from "../http/http-context.ts";
import { pathId } from "../http/path-id.ts";
import { isRefusal, type Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { type AddCollectorDeps, addCollector } from "./add-collector.ts";
import { addApiKey, changeCollector, dropApiKey } from "./change-collector.ts";
import { listSites } from "./collector-rows.ts";
import { listCollectorViews } from "./collector-view-rows.ts";

const NAME = z.string().trim().min(1).max(100);
const TIME_ZONE = z.string().max(64).refine(isTimeZone, "is not an IANA time zone");
const LATITUDE = z.number().min(-90).max(90).nullable();
const LONGITUDE = z.number().min(-180).max(180).nullable();
const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such collector." };

export interface CollectorRoutesDeps extends AddCollectorDeps {
  /** Central's public keys as base64url, for `edge -- init --central-key`. */
  readonly publicKeys: { readonly ed25519: string; readonly x25519: string };
  /** Tells the sync side that a key is no longer good (it looks for itself now and then as well, which is enough for a retirement). */
  readonly onKeyRevoked: (apiKeyId: string) => void;
}

export function collectorRoutes(deps: CollectorRoutesDeps): Route[] {
  const views = (actor: Actor, ids?: readonly string[]) =>
    listCollectorViews(deps.db, { sites: actor.sites, ...(ids === undefined ? {} : { ids }) }, deps.nowMs(), {
      withKeys: actor.role === "admin",
    });
  /** The collector of the path, as this person may see it; a retired one has no view. */
  const viewOf = async (c: HttpContext): Promise<CollectorView | undefined> => {
    const id = pathId(c);
    return id === undefined ? undefined : (await views(actorOf(c), [id]))[0];
  };
  return [
    route({
      method: "GET",
      path: "/api/v1/collectors",
      access: "viewer",
      summary: "All collectors with link, clock, disk and cameras",
      handle: async (c) => c.json({ collectors: await views(actorOf(c)) }),
    }),
    route({
      method: "POST",
      path: "/api/v1/collectors",
      access: "admin",
      summary: "Add a collector; its API key is in this answer only",
      body: z.object({
        name: NAME,
        site_id: z.uuid().toLowerCase().optional(),
        site: z
          .object({ name: NAME, latitude: LATITUDE.default(null), longitude: LONGITUDE.default(null), time_zone: TIME_ZONE.default("UTC") })
          .optional(),
      }),
      handle: async (c, body) => {
        const facts = body.site ?? { name: body.name, latitude: null, longitude: null, time_zone: "UTC" };
        const site =
          body.site_id === undefined
            ? { name: facts.name, latitude: facts.latitude, longitude: facts.longitude, timeZone: facts.time_zone }
            : { id: body.site_id };
        const added = await addCollector(deps, { name: body.name, site }, auditWho(c));
        if (isRefusal(added)) return added;
        const [collector] = await views(actorOf(c), [added.collectorId]);
        return c.json({ collector, api_key: added.apiKey, central_public_keys: deps.publicKeys }, 201);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/collectors/:id",
      access: "viewer",
      summary: "One collector",
      handle: async (c) => {
        const collector = await viewOf(c);
        return collector === undefined ? UNKNOWN : c.json(collector);
      },
    }),
    route({
      method: "PATCH",
      path: "/api/v1/collectors/:id",
      access: "admin",
      summary: "Rename a collector, correct its site's facts, confirm a new device key, or retire it",
      body: z.object({
        name: NAME.optional(),
        site: z
          .object({
            name: NAME.optional(),
            latitude: LATITUDE.optional(),
            longitude: LONGITUDE.optional(),
            time_zone: TIME_ZONE.optional(),
          })
          .optional(),
        retired: z.boolean().optional(),
        confirm_keys: z.boolean().optional(),
      }),
      handle: async (c, body) => {
        const id = pathId(c);
        if (id === undefined) return UNKNOWN;
        const site = body.site && {
          name: body.site.name,
          latitude: body.site.latitude,
          longitude: body.site.longitude,
          timeZone: body.site.time_zone,
        };
        const done = await changeCollector(
          deps,
          id,
          { name: body.name, site, retired: body.retired, confirmKeys: body.confirm_keys },
          auditWho(c),
        );
        if (isRefusal(done)) return done;
        return c.json((await viewOf(c)) ?? { id, retired: true });
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/collectors/:id/cameras",
      access: "viewer",
      summary: "The cameras of a collector",
      handle: async (c) => {
        const collector = await viewOf(c);
        return collector === undefined ? UNKNOWN : c.json({ cameras: collector.cameras });
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/collectors/:id/api-keys",
      access: "admin",
      summary: "One more API key; it is in this answer only",
      handle: async (c) => {
        const id = pathId(c);
        const added = id === undefined ? UNKNOWN : await addApiKey(deps, id, auditWho(c));
        return isRefusal(added) ? added : c.json({ id: added.id, prefix: added.prefix, key: added.key }, 201);
      },
    }),
    route({
      method: "DELETE",
      path: "/api/v1/collectors/:id/api-keys/:key",
      access: "admin",
      summary: "Revoke an API key",
      handle: async (c) => {
        const id = pathId(c);
        const key = pathId(c, "key");
        const done = id === undefined || key === undefined ? UNKNOWN : await dropApiKey(deps, id, key, auditWho(c));
        if (isRefusal(done)) return done;
        deps.onKeyRevoked(key!);
        return c.body(null, 204);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/sites",
      access: "viewer",
      summary: "The sites one may see",
      handle: async (c) => c.json({ sites: await listSites(deps.db, actorOf(c).sites) }),
    }),
    route({
      method: "GET",
      path: "/api/v1/cameras",
      access: "viewer",
      summary: "All cameras, each with its collector and site",
      handle: async (c) => {
        const collectors = await views(actorOf(c));
        return c.json({
          cameras: collectors.flatMap(({ id, site_id, site, cameras }) =>
            cameras.map((camera) => ({ ...camera, collector_id: id, site_id, site })),
          ),
        });
      },
    }),
  ];
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

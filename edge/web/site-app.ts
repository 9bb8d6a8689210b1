import { upgradeWebSocket } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { StoreRefusal } from "../log/open-writer.ts";
import { type AlertRoutesDeps, alertRoutes } from "./alert-routes.ts";
import { type BundleRoutesDeps, bundleRoutes } from "./bundle-routes.ts";
import { type CameraRoutesDeps, cameraRoutes } from "./camera-routes.ts";
import { detectionRoutes } from "./detection-routes.ts";
import type { DetectionViews } from "./detection-views.ts";
import { type ImageRoutesDeps, imageRoutes } from "./image-routes.ts";
import type { LiveHub, LiveSocket } from "./live-hub.ts";
import { type NeighbourRoutesDeps, neighbourRoutes } from "./neighbour-routes.ts";
import { type PushRoutesDeps, pushRoutes } from "./push-routes.ts";
import { refuse } from "./refusal.ts";
import { isOwnOrigin, knownHost, ownOrigin, securityHeaders } from "./request-guard.ts";
import { type SignInRoutesDeps, signInRoutes } from "./sign-in-routes.ts";
import type { SiteEnv } from "./site-env.ts";
import { type StatusDeps, siteStatus } from "./site-status.ts";
import { staticPages } from "./static-pages.ts";
import { type WatchlistRoutesDeps, watchlistRoutes } from "./watchlist-routes.ts";
import { whoAsks } from "./who-asks.ts";

export interface SiteAppDeps {
  readonly hosts: readonly string[];
  readonly localToken: string;
  readonly signIn: SignInRoutesDeps;
  readonly detections: DetectionViews;
  readonly alerts: AlertRoutesDeps;
  readonly watchlists: WatchlistRoutesDeps;
  readonly images: ImageRoutesDeps;
  readonly cameras: CameraRoutesDeps;
  readonly push: PushRoutesDeps;
  readonly bundles: BundleRoutesDeps;
  readonly neighbours: NeighbourRoutesDeps;
  readonly status: StatusDeps;
  readonly live: LiveHub;
  readonly metrics: { readonly text: () => Promise<string>; readonly contentType: string };
  /** True while the store answers. */
  readonly isHealthy: () => boolean;
  readonly onError: (error: unknown, requestId: string) => void;
}

/** The site's page and API. Every route but those named in `isOpen` asks who is there. */
export function siteApp(deps: SiteAppDeps): Hono<SiteEnv> {
  const app = new Hono<SiteEnv>();
  app.use(securityHeaders(), knownHost(deps.hosts), ownOrigin());
  app.use(whoAsks({ signIn: deps.signIn.signIn, localToken: deps.localToken, isOpen }));
  app.get("/healthz", (c) => (deps.isHealthy() ? c.json({ status: "ok" }) : c.json({ status: "failing" }, 503)));
  app.get("/metrics", async (c) => c.body(await deps.metrics.text(), 200, { "content-type": deps.metrics.contentType }));
  app.route("/push", pushRoutes(deps.push));
  app.route("/neighbour", neighbourRoutes(deps.neighbours));
  app.route("/api", signInRoutes(deps.signIn));
  app.get("/api/status", (c) => c.json(siteStatus(deps.status, personOf(c))));
  app.route("/api/detections", detectionRoutes(deps.detections));
  app.route("/api/alerts", alertRoutes(deps.alerts));
  app.route("/api/watchlists", watchlistRoutes(deps.watchlists));
  app.route("/api/images", imageRoutes(deps.images));
  app.route("/api/cameras", cameraRoutes(deps.cameras));
  app.route("/api/bundle", bundleRoutes(deps.bundles));
  app.get("/api/live", ownSocket(), live(deps));
  app.all("/api/*", (c) => refuse(c, "not_found", "There is no such address here."));
  app.route("/", staticPages());
  app.notFound((c) => refuse(c, "not_found", "There is no such address here."));
  app.onError((error, c) => {
    // What the store could not do is said in its own words; anything else is a bug, named only in the log.
    if (error instanceof StoreRefusal) return refuse(c, "not_stored", error.message);
    deps.onError(error, c.get("requestId"));
    return refuse(c, "internal", "Something failed inside this program. What was stored before is safe.");
  });
  return app;
}

/** What a signed-out browser needs: the page's own files, the sign-in, a sign of life; and cameras and neighbours, which bring proofs of their own. */
function isOpen(method: string, path: string): boolean {
  if (path === "/healthz" || path.startsWith("/push/") || path.startsWith("/neighbour/")) return true;
  if (path === "/api/sign-in" || path === "/api/sign-out") return method === "POST";
  return !path.startsWith("/api/") && path !== "/metrics" && path !== "/api" && (method === "GET" || method === "HEAD");
}

const personOf = (c: Context<SiteEnv>): string | null => {
  const asker = c.get("asker");
  return asker.kind === "person" ? asker.name : null;
};

/** A foreign page's script may open a WebSocket anywhere; the browser at least says whose it is. */
function ownSocket() {
  return async (c: Context<SiteEnv>, next: () => Promise<void>): Promise<Response | undefined> => {
    if (!isOwnOrigin(c.req.header("origin"), c.req.header("host"), c.req.header("sec-fetch-site"))) {
      return refuse(c, "foreign_origin", "Another web page tried to listen here.");
    }
    await next();
    return undefined;
  };
}

function live(deps: SiteAppDeps) {
  return upgradeWebSocket((c) => {
    const context = c as Context<SiteEnv>;
    const asker = context.get("asker");
    const session = asker.kind === "person" ? asker.session : null;
    const isStillIn = (): boolean => session === null || deps.signIn.signIn.personOf(session) !== null;
    const person = personOf(context);
    return {
      onOpen(_event, ws) {
        const socket = ws.raw as unknown as LiveSocket;
        const hello = { type: "hello" as const, status: siteStatus(deps.status, person) };
        if (!deps.live.add(socket, { person, session, isStillIn }, hello)) ws.close(1013, "too many pages are open");
      },
    };
  });
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import type { SiteEnv } from "./site-env.ts";

/** The built page: beside the built program, or in dist/ when run from source. */
const PLACES = ["./ui/edge", "../../dist/ui/edge", "../dist/ui/edge"].map((place) => fileURLToPath(new URL(place, import.meta.url)));

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>Chaverim ALPR</title>
<p>This edge is running, but its page was not built. Build it with <code>npm run build</code> and load this page again.</p>`;

/** The page's own files: the only thing besides the sign-in that a stranger on the network can fetch. */
export function staticPages(): Hono<SiteEnv> {
  const pages = new Hono<SiteEnv>();
  const folder = (): string | undefined => PLACES.find((place) => existsSync(join(place, "index.html")));
  pages.use("*", async (c, next) => {
    const root = folder();
    if (root === undefined) return c.req.path === "/" ? c.html(NOT_BUILT, 503) : next();
    const isHashed = c.req.path.startsWith("/assets/");
    return serveStatic<SiteEnv>({
      root,
      onFound: (_path, context) => context.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache"),
    })(c, next);
  });
  return pages;
}

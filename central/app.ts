/** The only composition root: connects the slices, opens the port, and closes everything in the opposite order. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { auditRoutes } from "./audit/audit-routes.ts";
import { authRoutes } from "./auth/auth-routes.ts";
import { ensureFirstAdministrator } from "./auth/first-administrator.ts";
import { readActor } from "./auth/read-actor.ts";
import { readSessionCookie } from "./auth/session-cookie.ts";
import { userRoutes } from "./auth/user-routes.ts";
import type { CentralConfig } from "./config.ts";
import { type Foundation, openFoundation } from "./foundation.ts";
import { healthRoutes } from "./health/health-routes.ts";
import { createMetrics } from "./health/metrics.ts";
import { createHttp } from "./http/create-http.ts";
import { listen } from "./http/listen.ts";
import { openApiRoute } from "./http/openapi.ts";
import type { Route } from "./http/route.ts";
import { staticPages } from "./http/static-pages.ts";
import { serveUpgrades, type UpgradeRoute } from "./http/upgrades.ts";

export interface CentralApp {
  readonly url: string;
  readonly port: number;
  readonly foundation: Foundation;
  readonly stop: () => Promise<void>;
}

/** Starts central. `print` writes a line for the person at the console. */
export async function startCentral(config: CentralConfig, print: (line: string) => void): Promise<CentralApp> {
  const foundation = await openFoundation(config);
  try {
    return await startOn(foundation, print);
  } catch (error) {
    await foundation.close();
    throw error;
  }
}

async function startOn(base: Foundation, print: (line: string) => void): Promise<CentralApp> {
  const { config, db, log, nowMs, newId, randomBytes, passwords, keys } = base;
  const secure = config.tls !== null || (config.publicUrl?.startsWith("https:") ?? false);
  const version = programVersion();
  const metrics = createMetrics();
  const auth = { db, passwords, tokenKey: keys.tokenKey, newId, randomBytes, nowMs, secure };

  const readiness = [{ name: "database", check: async () => ({ ok: (await sql`select 1`.execute(db)).rows.length === 1, words: "" }) }];
  const routes: Route[] = [
    ...authRoutes(auth),
    ...userRoutes(auth),
    ...auditRoutes({ db }),
    ...healthRoutes({ metrics, readiness, version }),
  ];
  routes.push(openApiRoute(routes, version));
  const upgrades: UpgradeRoute[] = [];

  const pagesFolder = builtPages();
  const http = createHttp({
    routes,
    guards: {
      readActor: (c) => readActor(auth, readSessionCookie(c, secure)),
      readCollector: async () => null,
      publicUrl: config.publicUrl,
    },
    log,
    secure,
    observe: metrics.observeRequest,
    nowMs,
    pages: pagesFolder === null ? null : staticPages(pagesFolder),
  });
  const first = await ensureFirstAdministrator(auth, config.adminEmail, config.adminPassword);
  const listening = await listen(http, { host: config.host, port: config.port, tls: config.tls });
  serveUpgrades(listening.server, upgrades, log);
  const url = config.publicUrl ?? `${config.tls === null ? "http" : "https"}://${shownHost(config.host)}:${listening.port}`;
  print(`Central listens on ${url}`);
  if (first.kind === "link") print(`First administrator: open ${url}/setup#${first.token} (works once, for 30 minutes)`);
  if (pagesFolder === null) print("The pages are not built yet: npm run build");

  const stop = async (): Promise<void> => {
    for (const upgrade of upgrades) upgrade.close();
    await listening.close();
    await base.close();
  };
  return { url, port: listening.port, foundation: base, stop };
}

/** Where the built dashboard lies: beside the built program, or in dist/ when run from source. */
function builtPages(): string | null {
  for (const relative of ["./ui/central", "../dist/ui/central"]) {
    const folder = fileURLToPath(new URL(relative, import.meta.url));
    if (existsSync(`${folder}/index.html`)) return folder;
  }
  return null;
}

function programVersion(): string {
  for (const relative of ["../package.json", "./package.json"]) {
    const file = fileURLToPath(new URL(relative, import.meta.url));
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
  return "unknown";
}

function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

import { type Route, route } from "../http/route.ts";
import type { Metrics } from "./metrics.ts";

/** One thing that must be so before central can do its work; `words` say what is wrong. */
export interface Readiness {
  readonly name: string;
  readonly check: () => Promise<{ readonly ok: boolean; readonly words: string }>;
}

/** `healthz`: the process answers. `readyz`: it can work; 503 names what it cannot. */
export function healthRoutes(deps: {
  readonly metrics: Metrics;
  readonly readiness: readonly Readiness[];
  readonly version: string;
}): Route[] {
  const healthz = (path: string): Route =>
    route({
      method: "GET",
      path,
      access: "public",
      summary: "Whether the process answers",
      handle: (c) => c.json({ status: "ok", version: deps.version }),
    });
  return [
    healthz("/healthz"),
    healthz("/api/v1/healthz"),
    route({
      method: "GET",
      path: "/readyz",
      access: "public",
      summary: "Whether central can do its work",
      handle: async (c) => {
        const checks = await Promise.all(deps.readiness.map(async (each) => ({ name: each.name, ...(await checkOnce(each)) })));
        const ok = checks.every((check) => check.ok);
        return c.json({ status: ok ? "ready" : "not-ready", checks }, ok ? 200 : 503);
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      access: "public",
      summary: "Figures for Prometheus",
      handle: async (c) => c.body(await deps.metrics.text(), 200, { "Content-Type": deps.metrics.contentType }),
    }),
  ];
}

async function checkOnce(readiness: Readiness): Promise<{ ok: boolean; words: string }> {
  try {
    return await readiness.check();
  } catch {
    return { ok: false, words: "The check itself failed." };
  }
}

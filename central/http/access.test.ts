import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb } from "../db/test-db.ts";
import { type Person, withCentral } from "../test-central.ts";

test.after(closeTestDb);

/** Who may call what: the committed list. A new route without a line here fails. */
const EXPECTED: Readonly<Record<string, string>> = {
  "POST /api/v1/auth/login": "public",
  "POST /api/v1/auth/logout": "viewer",
  "GET /api/v1/auth/me": "viewer",
  "POST /api/v1/auth/setup": "public",
  "GET /api/v1/users": "admin",
  "POST /api/v1/users": "admin",
  "PATCH /api/v1/users/:id": "admin",
  "GET /api/v1/audit": "admin",
  "POST /api/v1/detections/search": "viewer",
  "GET /api/v1/detections": "viewer",
  "GET /api/v1/detections/:id": "viewer",
  "GET /api/v1/plates/:plate": "viewer",
  "GET /api/v1/plates/:plate/route": "viewer",
  "GET /api/v1/plates/:plate/companions": "viewer",
  "GET /api/v1/alerts": "viewer",
  "GET /api/v1/alerts/:id": "viewer",
  "POST /api/v1/alerts/:id/acknowledge": "operator",
  "POST /api/v1/alerts/:id/verify": "operator",
  "POST /api/v1/alerts/:id/escalate": "operator",
  "POST /api/v1/alerts/:id/dismiss": "operator",
  "POST /api/v1/alerts/:id/note": "operator",
  "GET /api/v1/watchlists": "viewer",
  "POST /api/v1/watchlists": "operator",
  "PATCH /api/v1/watchlists/:id": "operator",
  "DELETE /api/v1/watchlists/:id": "admin",
  "GET /api/v1/watchlists/:id/entries": "viewer",
  "POST /api/v1/watchlists/:id/entries": "operator",
  "PATCH /api/v1/watchlists/:id/entries/:entry": "operator",
  "DELETE /api/v1/watchlists/:id/entries/:entry": "operator",
  "POST /api/v1/watchlists/:id/import": "operator",
  "GET /api/v1/watchlists/decisions": "admin",
  "POST /api/v1/watchlists/decisions/:id": "admin",
  "GET /api/v1/collectors": "viewer",
  "POST /api/v1/collectors": "admin",
  "GET /api/v1/collectors/:id": "viewer",
  "PATCH /api/v1/collectors/:id": "admin",
  "GET /api/v1/collectors/:id/cameras": "viewer",
  "POST /api/v1/collectors/:id/api-keys": "admin",
  "DELETE /api/v1/collectors/:id/api-keys/:key": "admin",
  "GET /api/v1/collectors/:id/commands": "viewer",
  "POST /api/v1/collectors/:id/commands": "operator",
  "GET /api/v1/collectors/:id/config": "admin",
  "GET /api/v1/sites": "viewer",
  "GET /api/v1/cameras": "viewer",
  "GET /api/v1/health/backups": "admin",
  "GET /api/v1/notices": "viewer",
  "POST /api/v1/notices/:id/acknowledge": "operator",
  "GET /api/v1/unread-records": "admin",
  "POST /api/v1/unread-records/retry": "admin",
  "GET /api/v1/images/:sha256": "viewer",
  "POST /api/v1/bundles": "operator",
  "POST /api/v1/collectors/:id/down": "operator",
  "GET /healthz": "public",
  "GET /api/v1/healthz": "public",
  "GET /readyz": "public",
  "GET /metrics": "public",
  "GET /api/v1/openapi.json": "public",
};
const RANK: Readonly<Record<string, number>> = { nobody: 0, public: 0, viewer: 1, operator: 2, admin: 3 };
const SOME_ID = "01900000-0000-7000-8000-000000000009";
const pathOf = (pattern: string): string => pattern.replace(/:\w+/g, SOME_ID);

test("the routes and who may call them are those of the committed list", () =>
  withCentral(async ({ parts }) => {
    const actual = Object.fromEntries(parts.routes.map((route) => [`${route.method} ${route.path}`, route.access]));
    const ours = Object.fromEntries(Object.entries(actual).filter(([, access]) => access !== "collector"));
    assert.equal(ours, EXPECTED);
    const registered = new Set(parts.http.routes.filter((route) => route.path !== "/*").map((route) => `${route.method} ${route.path}`));
    for (const name of registered) assert.ok(name in actual || name.replace("GET", "HEAD") in actual, `${name} is behind an access rule`);
  }));

test("T-33 every route answers each role as its rule says", () =>
  withCentral(async (central) => {
    const people: Record<string, Person | null> = {
      nobody: null,
      viewer: await central.signIn("viewer"),
      operator: await central.signIn("operator"),
      admin: await central.signIn("admin"),
    };
    for (const route of central.parts.routes) {
      for (const [role, person] of Object.entries(people)) {
        // Signing out would end the session that the rest of the walk needs.
        if (route.path.endsWith("/auth/logout") && person !== null) continue;
        const body = route.method === "GET" || route.method === "HEAD" ? {} : { body: {} };
        const answer = await central.request(route.method, pathOf(route.path), {
          ...body,
          ...(person === null ? {} : { cookie: person.cookie }),
        });
        const what = `${route.method} ${route.path} as ${role}: ${answer.status}`;
        if (route.access === "collector") assert.is(answer.status, 401, what);
        else if (route.access === "public") assert.not.equal(answer.status, 403, what);
        else if (person === null) assert.is(answer.status, 401, what);
        else if (RANK[role]! < RANK[route.access]!) assert.is(answer.status, 403, what);
        else assert.ok(![401, 403, 500].includes(answer.status), what);
      }
    }
  }));

test("T-27 a change is taken from our own pages and from scripts only, and only as JSON or plain bytes", () =>
  withCentral(async (central) => {
    const { cookie } = await central.signIn("admin");
    const types = [
      undefined,
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/xml",
      "application/jsonp",
      "text/json",
      "application/json",
      "application/octet-stream",
      "application/octet-streams",
    ];
    // A form can send neither of these, and another page's script not without a preflight.
    const taken = ["application/json", "application/octet-stream"];
    const origins = [undefined, "null", "https://evil.example", "http://central.test"];
    for (const route of central.parts.routes) {
      if (route.method === "GET" || route.method === "HEAD" || route.access === "collector") continue;
      for (const type of types) {
        for (const origin of origins) {
          const headers = {
            host: "central.test",
            cookie,
            "content-length": "2",
            ...(type ? { "content-type": type } : {}),
            ...(origin ? { origin } : {}),
          };
          if (route.path.endsWith("/auth/logout") && taken.includes(type ?? "") && (origin === undefined || origin.endsWith(".test")))
            continue;
          const answer = await central.parts.http.request(pathOf(route.path), { method: route.method, headers, body: "{}" });
          const passes = taken.includes(type ?? "") && (origin === undefined || origin === "http://central.test");
          const what = `${route.method} ${route.path} ${type} from ${origin}: ${answer.status}`;
          if (passes) assert.ok(![403, 415].includes(answer.status), what);
          else assert.ok([403, 415].includes(answer.status), what);
        }
      }
    }
  }));

test("T-31 every answer carries the security headers, refusals and unknown addresses too", () =>
  withCentral(async (central) => {
    for (const path of ["/", "/healthz", "/api/v1/auth/me", "/api/v1/nothing", "/api/v1/alerts", "/../etc/passwd"]) {
      const { headers } = await central.request("GET", path);
      assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/, path);
      assert.is(headers.get("referrer-policy"), "no-referrer", path);
      assert.is(headers.get("x-content-type-options"), "nosniff", path);
      assert.ok(headers.get("x-request-id"), path);
    }
  }));

test("T-40 a body beyond its bound is refused, with a length or without one", () =>
  withCentral(async (central) => {
    const large = "x".repeat(200_000);
    const said = await central.request("POST", "/api/v1/auth/login", { body: { email: large, password: "x" } });
    assert.is(said.status, 413);
    let read = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        read += 16_384;
        controller.enqueue(new Uint8Array(16_384));
      },
    });
    const unsaid = await central.parts.http.request("/api/v1/auth/login", {
      method: "POST",
      headers: { "content-type": "application/json", "transfer-encoding": "chunked" },
      body: endless,
      duplex: "half",
    } as RequestInit);
    assert.is(unsaid.status, 413);
    assert.ok(read < 2 * 64 * 1024 + 5 * 16_384);
  }));

test("an error has the one form, with the id that finds it in the log", () =>
  withCentral(async (central) => {
    const answer = await central.request("GET", "/api/v1/auth/me");
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    assert.equal(Object.keys(error).sort(), ["code", "details", "message", "request_id"]);
    assert.is(error.request_id, answer.headers.get("x-request-id"));
  }));

test.run();

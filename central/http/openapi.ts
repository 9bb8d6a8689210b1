import { z } from "zod";
import { type Route, route } from "./route.ts";

/** The description of the API, made from the routes themselves: it cannot name one that does not exist. */
export function openApi(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const each of routes) {
    const path = each.path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");
    paths[path] ??= {};
    paths[path][each.method.toLowerCase()] = {
      summary: each.summary,
      "x-access": each.access,
      security: each.access === "public" ? [] : [each.access === "collector" ? { apiKey: [] } : { session: [] }],
      parameters: [...pathParameters(each.path), ...queryParameters(each)],
      ...(each.body === null
        ? {}
        : { requestBody: { required: true, content: { "application/json": { schema: jsonSchema(each.body) } } } }),
      responses: {
        "200": { description: "Done" },
        default: { description: "Refused", content: { "application/json": { schema: ERROR_SCHEMA } } },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Chaverim ALPR central", version },
    components: {
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: "chaverim_session" },
        apiKey: { type: "http", scheme: "bearer" },
      },
    },
    paths,
  };
}

/** `GET /api/v1/openapi.json`, describing the routes given and itself. */
export function openApiRoute(routes: readonly Route[], version: string): Route {
  const own: Route = route({
    method: "GET",
    path: "/api/v1/openapi.json",
    access: "public",
    summary: "This description",
    handle: (c) => c.json(openApi([...routes, own], version) as object),
  });
  return own;
}

const ERROR_SCHEMA = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "details", "request_id"],
      properties: { code: { type: "string" }, message: { type: "string" }, details: {}, request_id: { type: "string" } },
    },
  },
};

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/:(\w+)/g)].map((found) => ({ name: found[1], in: "path", required: true, schema: { type: "string" } }));
}

function queryParameters(each: Route): unknown[] {
  if (each.query === null) return [];
  const { properties = {}, required = [] } = jsonSchema(each.query) as { properties?: Record<string, unknown>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema }));
}

function jsonSchema(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

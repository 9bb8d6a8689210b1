import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb } from "../db/test-db.ts";
import { testCentral } from "../test-central.ts";

test.after(closeTestDb);

test("the description names every route with who may call it, its parameters and its body", async () => {
  const central = await testCentral();
  try {
    const answer = await central.request("GET", "/api/v1/openapi.json");
    const api = (await answer.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { "x-access": string; parameters: { name: string }[]; requestBody?: unknown }>>;
    };
    assert.is(api.openapi, "3.1.0");
    const described = Object.values(api.paths).reduce((count, methods) => count + Object.keys(methods).length, 0);
    assert.is(described, central.parts.routes.length);
    const verify = api.paths["/api/v1/alerts/{id}/verify"]?.post;
    assert.is(verify?.["x-access"], "operator");
    assert.equal(
      verify?.parameters.map((parameter) => parameter.name),
      ["id"],
    );
    assert.ok(verify?.requestBody);
    assert.ok(api.paths["/api/v1/detections"]?.get?.parameters.some((parameter) => parameter.name === "reason"));
  } finally {
    await central.stop();
  }
});

test.run();

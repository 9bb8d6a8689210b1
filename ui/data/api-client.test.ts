import { test } from "uvu";
import * as assert from "uvu/assert";
import { createApi, queryText, toProblem } from "./api-client.ts";

function apiAnswering(answer: () => Response | Promise<Response>) {
  const asked: [string, RequestInit | undefined][] = [];
  let signedOut = 0;
  const api = createApi({
    base: "/api/v1",
    fetch: (input, init) => {
      asked.push([String(input), init]);
      return Promise.resolve().then(answer);
    },
    onSignedOut: () => {
      signedOut++;
    },
  });
  return { api, asked, signedOut: () => signedOut };
}

test("a change is always sent as JSON, with or without a body", async () => {
  const { api, asked } = apiAnswering(() => new Response(null, { status: 204 }));
  assert.ok((await api.send("POST", "/auth/logout")).ok);
  const [address, init] = asked[0]!;
  assert.is(address, "/api/v1/auth/logout");
  assert.is(init?.body, "{}");
  assert.is(new Headers(init?.headers).get("content-type"), "application/json");
});

test("an answer that says nobody is signed in is told, and is a value", async () => {
  const { api, signedOut } = apiAnswering(
    () =>
      new Response(JSON.stringify({ error: { code: "unauthorized", message: "Sign in", details: null, request_id: "r" } }), {
        status: 401,
      }),
  );
  const answer = await api.get("/auth/me");
  assert.not.ok(answer.ok);
  assert.is(signedOut(), 1);
});

test("no answer at all is a problem of the connection, not a throw", async () => {
  const { api } = apiAnswering(() => Promise.reject(new TypeError("network")));
  const answer = await api.get("/alerts");
  assert.ok(!answer.ok && answer.problem.kind === "unreachable");
});

test("an error that is not JSON, as from a proxy, still has words", () => {
  const problem = toProblem(502, undefined);
  assert.is(problem.kind, "broken");
  assert.ok(problem.words.length > 10);
});

test("absent query values are left out and the rest encoded", () => {
  assert.is(queryText({ a: undefined, b: "x y", c: 3, d: "" }), "?b=x%20y&c=3");
  assert.is(queryText(undefined), "");
});

test.run();

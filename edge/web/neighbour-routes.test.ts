import { test } from "uvu";
import * as assert from "uvu/assert";
import { MESSAGE_BYTES_MAX, PIECE_MESSAGE_BYTES_MAX } from "../../shared/neighbour/neighbour-limits.ts";
import type { Carrier } from "../neighbours/carrier.ts";
import { neighbourRoutes } from "./neighbour-routes.ts";

const SESSION = "5e".repeat(32);
const SIGNED = { "x-alpr-session": SESSION, "x-alpr-signature": "51".repeat(64) };

/** The door alone; what came through it, and a body that counts what is read of it. */
function door(isSession = true) {
  const came: string[] = [];
  const carrier: Carrier = {
    greet: (body) => {
      came.push(`greeting ${body.length}`);
      return { kind: "ok", bytes: new Uint8Array([7]) };
    },
    isSession: (session) => isSession && session === SESSION,
    request: async (verb, _session, _signature, body) => {
      came.push(`${verb} ${body.length}`);
      return { kind: "refused", code: "not_stored", words: "full" };
    },
  };
  let read = 0;
  const bodyOf = (pieces: number): ReadableStream<Uint8Array> =>
    new ReadableStream(
      {
        pull(controller) {
          if (read++ < pieces) controller.enqueue(new Uint8Array(1_000));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  const app = neighbourRoutes(carrier);
  const post = async (path: string, body: Uint8Array | ReadableStream<Uint8Array>, headers: Record<string, string> = {}) =>
    app.request(`/v1/${path}`, { method: "POST", body: body as never, headers, duplex: "half" } as RequestInit);
  return { came, post, bodyOf, read: () => read };
}

test("a greeting is answered in bytes, a refusal in the page's own error form", async () => {
  const { post, came } = door();
  const greeted = await post("greeting", new Uint8Array(9));
  assert.equal([greeted.status, greeted.headers.get("content-type")], [200, "application/octet-stream"]);
  assert.equal(new Uint8Array(await greeted.arrayBuffer()), new Uint8Array([7]));
  const refused = await post("piece", new Uint8Array(9), SIGNED);
  assert.is(refused.status, 503);
  assert.is(((await refused.json()) as { error: { message: string } }).error.message, "full");
  assert.equal(came, ["greeting 9", "piece 9"]);
});

test("without a session that stands nothing of a body is read", async () => {
  for (const headers of [{}, { ...SIGNED, "x-alpr-session": "5E".repeat(32) }, { ...SIGNED, "x-alpr-signature": "51" }]) {
    const { post, bodyOf, read, came } = door();
    assert.is((await post("piece", bodyOf(3), headers)).status, 400);
    assert.equal([read(), came], [0, []]);
  }
  const { post, bodyOf, read } = door(false);
  assert.is((await post("offer", bodyOf(3), SIGNED)).status, 409);
  assert.is(read(), 0);
});

test("a body is held to its bound while it is read, whatever it said of its length", async () => {
  for (const [path, bytesMax] of [
    ["greeting", MESSAGE_BYTES_MAX],
    ["offer", MESSAGE_BYTES_MAX],
    ["piece", PIECE_MESSAGE_BYTES_MAX],
  ] as const) {
    const { post, bodyOf, read, came } = door();
    assert.is((await post(path, bodyOf(10_000), SIGNED)).status, 400, path);
    assert.ok(read() <= Math.ceil(bytesMax / 1_000) + 2, `${path}: ${read()} pieces read`);
    const stated = { ...SIGNED, "content-length": String(bytesMax + 1) };
    assert.is((await post(path, new Uint8Array(bytesMax + 1), stated)).status, 400, path);
    assert.equal(came, []);
  }
});

test("a site that carries for nobody has no such door", async () => {
  assert.is((await neighbourRoutes(null).request("/v1/greeting", { method: "POST", body: "x" })).status, 404);
});

test.run();

import { type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Hono } from "hono";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWeb } from "./open-web.ts";
import type { SiteEnv } from "./site-env.ts";

const LIMITS = { windowMs: 400, bytesMin: 1_000 };
const FILE = "/api/bundle/down";

interface Sent {
  /** Null: cut without an answer. */
  readonly status: number | null;
  readonly text: string;
  readonly ms: number;
}

/** A site's page whose routes answer with the length of what they read. */
async function withPage(run: (port: number) => Promise<void>, beforeReadingMs = 0): Promise<void> {
  const app = new Hono<SiteEnv>().post("*", async (c) => {
    await delay(beforeReadingMs);
    let length = 0;
    for await (const piece of c.req.raw.body ?? []) length += piece.length;
    return c.text(String(length));
  });
  app.onError((_error, c) => c.text("", 500));
  const web = await openWeb({ app, host: "127.0.0.1", port: 0, tls: null, bodyLimits: LIMITS });
  try {
    await run(web.port);
  } finally {
    await web.close();
  }
}

/** Sends `pieces` of `bytes` each, one every `everyMs`; done when the connection is, or the answer is whole. */
function send(port: number, path: string, pieces: number, bytes: number, everyMs: number): Promise<Sent> {
  const startMs = performance.now();
  return new Promise((done) => {
    const end = (status: number | null, text: string): void => done({ status, text, ms: performance.now() - startMs });
    const headers = { "content-length": pieces * bytes };
    const outgoing = request({ port, host: "127.0.0.1", method: "POST", path, headers }, (answer: IncomingMessage) => {
      let text = "";
      answer.on("data", (piece) => (text += String(piece)));
      answer.on("end", () => end(answer.statusCode ?? null, text));
    });
    outgoing.on("error", () => end(null, ""));
    void (async () => {
      for (let at = 0; at < pieces && !outgoing.destroyed; at++) {
        outgoing.write(Buffer.alloc(bytes));
        await delay(everyMs);
      }
      outgoing.end();
    })();
  });
}

test("central's file is taken however long it takes, as long as it comes on", () =>
  withPage(async (port) => {
    const { status, text, ms } = await send(port, FILE, 20, 600, 100);
    assert.equal([status, text], [200, "12000"]);
    assert.ok(ms > 4 * LIMITS.windowMs, `${ms} ms`);
  }));

test("central's file waits while this program takes a list over", () =>
  withPage(async (port) => {
    const { status, text } = await send(port, FILE, 2, 1_000_000, 0);
    assert.equal([status, text], [200, "2000000"]);
  }, 4 * LIMITS.windowMs));

test("one that stands still or drips is cut, and so is any other body that takes longer than it may", () =>
  withPage(async (port) => {
    const slow = [send(port, FILE, 2, 600, 5_000), send(port, FILE, 100, 10, 50), send(port, "/push/camera", 20, 600, 100)];
    for (const { status, ms } of await Promise.all(slow)) {
      assert.is(status, 408);
      assert.ok(ms < 3 * LIMITS.windowMs, `${ms} ms`);
    }
  }));

test.run();

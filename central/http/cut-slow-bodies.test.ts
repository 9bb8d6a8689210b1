import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cutSlowBodies } from "./cut-slow-bodies.ts";

const LIMITS = { windowMs: 400, bytesMin: 1_000 };

/** A server that reads each body by `read` and answers with its length. */
async function withServer(read: (body: IncomingMessage) => Promise<number>, run: (port: number) => Promise<void>): Promise<void> {
  const server: Server = createServer((incoming, answer) => {
    void read(incoming).then(
      (length) => answer.end(String(length)),
      () => undefined,
    );
  });
  cutSlowBodies(server, LIMITS);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    await run((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

async function readAll(body: IncomingMessage): Promise<number> {
  let length = 0;
  for await (const piece of body) length += (piece as Buffer).length;
  return length;
}

interface Sent {
  /** Null: cut without an answer. */
  readonly status: number | null;
  readonly text: string;
  readonly ms: number;
}

/** Sends `pieces` of `bytes` each, one every `everyMs`. */
function send(port: number, pieces: number, bytes: number, everyMs: number): Promise<Sent> {
  const startMs = performance.now();
  return new Promise((done) => {
    const end = (status: number | null, text: string): void => done({ status, text, ms: performance.now() - startMs });
    const outgoing = request({ port, host: "127.0.0.1", method: "POST", headers: { "content-length": pieces * bytes } }, (answer) => {
      let text = "";
      answer.on("data", (piece) => {
        text += String(piece);
      });
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

test("a body that comes on is taken however long it takes", () =>
  withServer(readAll, async (port) => {
    const { status, text, ms } = await send(port, 20, 600, 100);
    assert.equal([status, text], [200, "12000"]);
    assert.ok(ms > 4 * LIMITS.windowMs, `${ms} ms`);
  }));

test("one that stands still, and one that drips, are cut after a window", () =>
  withServer(readAll, async (port) => {
    const [still, drips] = await Promise.all([send(port, 2, 600, 5_000), send(port, 100, 10, 50)]);
    for (const { status, ms } of [still, drips]) {
      assert.is(status, 408);
      assert.ok(ms < 3 * LIMITS.windowMs, `${ms} ms`);
    }
  }));

test("a program that reads slowly does not cut its own sender", () =>
  withServer(
    async (body) => {
      await delay(4 * LIMITS.windowMs);
      return readAll(body);
    },
    async (port) => {
      const { status, text } = await send(port, 2, 1_000_000, 0);
      assert.equal([status, text], [200, "2000000"]);
    },
  ));

test("a short request and its answer are left alone, however long the answer takes", () =>
  withServer(
    async (body) => {
      const length = await readAll(body);
      await delay(3 * LIMITS.windowMs);
      return length;
    },
    async (port) => assert.is((await send(port, 1, 10, 0)).text, "10"),
  ));

test.run();

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { joinFrames, splitFrames } from "../../shared/protocol/exchange-body.ts";
import { SAMPLE_FRAMES } from "../../shared/protocol/golden/sample-frames.ts";
import { openExchange } from "./exchange-link.ts";

const frame = (type: string): Uint8Array => encodeFrame(SAMPLE_FRAMES.find((one) => one.type === type)!);

const wayTo = (centralUrl: string) => ({ centralUrl, apiKey: "alpr_test", hello: () => frame("hello") });

async function withServer(
  answer: (frames: Uint8Array[]) => { status: number; body: Uint8Array },
  use: (url: string, posts: Uint8Array[][]) => Promise<void>,
): Promise<void> {
  const posts: Uint8Array[][] = [];
  const server: Server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const frames = splitFrames(body, 64) as Uint8Array[];
      posts.push(frames);
      const { status, body: out } = answer(frames);
      response.writeHead(status).end(out);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, posts);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test("every exchange begins with HELLO of the same session, and frames queued together travel together", async () => {
  await withServer(
    () => ({ status: 200, body: joinFrames([frame("ack")]) }),
    async (url, posts) => {
      let answers = 0;
      const link = openExchange(wayTo(url), { onFrame: () => answers++, onEnd: () => {} }, new AbortController().signal);
      link.send(frame("hello"));
      await until(() => answers === 1);
      link.send(frame("append"));
      link.send(frame("heartbeat"));
      await until(() => answers === 2);
      link.close();
      assert.equal(
        posts.map((frames) => frames.map((one) => one[1])),
        [[1], [1, 4, 7]],
      );
    },
  );
});

test("an answer that is not 200 ends the way with its status", async () => {
  await withServer(
    () => ({ status: 503, body: new Uint8Array() }),
    async (url) => {
      const ended = await new Promise<string>((resolve) => {
        openExchange(wayTo(url), { onFrame: () => {}, onEnd: resolve }, new AbortController().signal).send(frame("hello"));
      });
      assert.match(ended, /503/);
    },
  );
});

async function until(done: () => boolean): Promise<void> {
  for (let turns = 0; !done(); turns++) {
    assert.ok(turns < 200, "waited 2 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test.run();

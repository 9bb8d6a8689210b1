import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type DeliverDeps, makeDeliverer } from "./deliver-bundles.ts";
import { bundleFile, device, removeFolders, type TestBundleFile, testSpool } from "./test-neighbour-world.ts";

test.after(removeFolders);

const NEVER = new AbortController().signal;
const RECEIPT = new Uint8Array([1, 2, 3]);
const ORIGIN = device("House A").collectorId;

interface Posted {
  readonly body: Buffer;
  readonly key: string | undefined;
}

/** A central that answers each bundle as the test says; what it was sent is kept. */
async function withCentral(
  work: (world: {
    posted: Posted[];
    held: (bundle: TestBundleFile) => Promise<void>;
    spool: ReturnType<typeof testSpool>["spool"];
    deliver: () => Promise<boolean>;
    clock: { monoMs: number };
  }) => Promise<void>,
  answer: (nth: number) => { status: number; body: unknown } | "cut",
  over: Partial<DeliverDeps> = {},
): Promise<void> {
  const posted: Posted[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posted.push({ body: Buffer.concat(chunks), key: request.headers.authorization });
      const what = answer(posted.length);
      if (what === "cut") return void request.socket.destroy();
      response.writeHead(what.status, { "content-type": "application/json" }).end(JSON.stringify(what.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { spool } = testSpool();
  const clock = { monoMs: 0 };
  const { deliverNext } = makeDeliverer({
    spool,
    centralUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: "alpr_b",
    isIdle: () => true,
    monoMs: () => clock.monoMs,
    random: () => 0,
    sleep: (ms) => delay(Math.min(ms, 1)),
    onChange: () => {},
    log: { info: () => {}, warn: () => {} },
    ...over,
  });
  const held = async (bundle: TestBundleFile): Promise<void> => {
    spool.offer(ORIGIN, bundle);
    await spool.append(ORIGIN, bundle.sha256, 0, bundle.content);
  };
  try {
    await work({ posted, held, spool, deliver: () => deliverNext(NEVER), clock });
  } finally {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

const imported = (whole: boolean) => ({
  status: 200,
  body: { whole, words: ["12 new records."], receipt: Buffer.from(RECEIPT).toString("base64") },
});

test("a bundle goes up as it came, with this site's own key, and central's receipt lies ready for its origin", () =>
  withCentral(
    async ({ posted, held, spool, deliver }) => {
      const bundle = bundleFile(50_000);
      await held(bundle);
      assert.ok(await deliver());
      assert.equal(new Uint8Array(posted[0]!.body), bundle.content);
      assert.is(posted[0]!.key, "Bearer alpr_b");
      const standing = spool.standing(ORIGIN, bundle.sha256)!;
      assert.equal([standing.state, standing.words, standing.receipt], ["delivered", "12 new records.", RECEIPT]);
      assert.not.ok(await deliver());
    },
    () => imported(true),
  ));

test("an answer that was lost, or a central in trouble, costs a wait and the same bundle again: central knows it then", () =>
  withCentral(
    async ({ posted, held, spool, deliver, clock }) => {
      const bundle = bundleFile(1_000);
      await held(bundle);
      for (let n = 0; n < 2; n++) {
        assert.ok(await deliver());
        assert.not.ok(await deliver(), "not at once again");
        assert.is(spool.standing(ORIGIN, bundle.sha256)!.state, "held");
        clock.monoMs += 300_000;
      }
      assert.ok(await deliver());
      assert.is(spool.standing(ORIGIN, bundle.sha256)!.state, "delivered");
      assert.ok(posted.every(({ body }) => body.equals(Buffer.from(bundle.content))));
    },
    (nth) => (nth === 1 ? "cut" : nth === 2 ? { status: 503, body: {} } : imported(true)),
  ));

test("what central refuses for good is not sent again, and its origin is told why", () =>
  withCentral(
    async ({ posted, held, spool, deliver }) => {
      const bundle = bundleFile(1_000);
      await held(bundle);
      await deliver();
      assert.not.ok(await deliver());
      const standing = spool.standing(ORIGIN, bundle.sha256)!;
      assert.equal([standing.state, standing.words, posted.length], ["refused", "A stranger's.", 1]);
    },
    () => ({ status: 422, body: { error: { message: "A stranger's." } } }),
  ));

test("a file that central cannot read to its end is tried three times, then its receipt says what arrived", () =>
  withCentral(
    async ({ posted, held, spool, deliver, clock }) => {
      const bundle = bundleFile(1_000);
      await held(bundle);
      for (let n = 0; n < 3; n++) {
        await deliver();
        clock.monoMs += 300_000;
      }
      assert.is(posted.length, 3);
      assert.is(spool.standing(ORIGIN, bundle.sha256)!.state, "delivered");
    },
    () => imported(false),
  ));

test("nothing goes while this site's own records wait, and they take the line in the midst of a bundle too", async () => {
  let looks = 0;
  let isBusy = true;
  await withCentral(
    async ({ posted, held, deliver }) => {
      await held(bundleFile(100_000));
      assert.not.ok(await deliver());
      isBusy = false;
      assert.ok(await deliver());
      assert.ok(looks > 20, `${looks} looks`);
      assert.is(posted[0]!.body.length, 100_000);
    },
    () => imported(true),
    // Idle at every fifth look only.
    { isIdle: () => !isBusy && (looks++ === 0 || looks % 5 === 0) },
  );
});

test.run();

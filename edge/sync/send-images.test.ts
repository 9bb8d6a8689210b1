/** Pictures against a real HTTP server that answers as central would, or as badly as a line can. */
import { rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DetectionImage } from "../../shared/model/detection.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { PictureWay } from "../../shared/protocol/picture-way.ts";
import { edgeSource } from "./edge-source.ts";
import { makeImageBudget } from "./image-budget.ts";
import { sendImages } from "./send-images.ts";
import { listenAt, openTestEdge, type TestEdge } from "./test-uplink-world.ts";

interface Put {
  readonly offset: number;
  readonly length: number;
  readonly bytes: number;
}

type Answer = (put: Put, response: ServerResponse, request: IncomingMessage) => void;
const say =
  (status: number, offset?: number): Answer =>
  (_put, response) =>
    response.writeHead(status, offset === undefined ? {} : { "upload-offset": String(offset) }).end();

/** An edge with two pictures (100 and 40 bytes), and a server that answers one PUT after the other with `answers`. */
async function withPut(answers: readonly Answer[], use: (world: World) => Promise<void>): Promise<void> {
  const puts: Put[] = [];
  const peer = await listenAt((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on("end", () => {
      const put = { offset: Number(request.headers["upload-offset"]), length: Number(request.headers["upload-length"]), bytes };
      puts.push(put);
      (answers[puts.length - 1] ?? say(500))(put, response, request);
    });
  });
  const edge = await openTestEdge({ centralUrl: peer.url });
  try {
    const images = await edge.capture(100, 40);
    await use({ edge, images, puts, send: (from = 0, way = {}) => send(edge, images, from, way) });
  } finally {
    await peer.close();
    await edge.close();
  }
}

interface World {
  readonly edge: TestEdge;
  readonly images: readonly DetectionImage[];
  readonly puts: readonly Put[];
  readonly send: (from?: number, way?: Partial<PictureWay>) => ReturnType<typeof sendImages>;
}

function send({ deps }: TestEdge, images: readonly DetectionImage[], from: number, way: Partial<PictureWay>) {
  const want = { type: "want" as const, images: images.map(({ sha256 }) => ({ sha256, offset: from })) };
  return sendImages(deps, want, new AbortController().signal, { ...OPEN_WAY, ...way });
}

/** Other bytes lie under the picture's name, as many. */
function damage({ reader, deps }: TestEdge, { sha256, bytes }: DetectionImage): void {
  const [image] = reader.waitingNamed([sha256]);
  writeFileSync(deps.imagePath(image!.path), Buffer.alloc(bytes));
}

/** A line that takes any picture whole. */
const OPEN_WAY: PictureWay = { pause: () => false, begin: (bytes) => ({ bytes, ended: () => {} }) };

test("what central has taken leaves the ledger", async () => {
  await withPut([say(204, 100), say(204)], async ({ edge, puts, send }) => {
    assert.equal(await send(), { left: [], broken: false });
    assert.equal(puts, [
      { offset: 0, length: 100, bytes: 100 },
      { offset: 0, length: 40, bytes: 40 },
    ]);
    assert.is(edge.reader.waitingImageCount(), 0);
  });
});

test("a transfer goes on at the offset that central names, in WANT or by 409", async () => {
  await withPut([say(409, 70), say(204, 100), say(204)], async ({ edge, puts, send }) => {
    await send(30);
    assert.equal(
      puts.map(({ offset, bytes }) => [offset, bytes]),
      [
        [30, 70],
        [70, 30],
        [30, 10],
      ],
    );
    assert.is(edge.reader.waitingImageCount(), 0);
  });
});

test("central holding every byte but not yet the picture is asked once more, with nothing: it is not taken for stored", async () => {
  await withPut([say(409, 100), say(503)], async ({ edge, images, puts, send }) => {
    assert.equal(await send(99), { left: [], broken: true });
    assert.equal(puts[1], { offset: 100, length: 100, bytes: 0 });
    assert.ok(edge.reader.waitingImages(9).some((image) => image.sha256 === images[0]!.sha256));
  });
});

test("WANT's offset equal to the size says stored already: nothing is sent", async () => {
  await withPut([], async ({ edge, puts, send }) => {
    await send(100);
    assert.is(puts.length, 0);
    assert.is(edge.reader.waitingImageCount(), 0);
  });
});

test("a picture that is not expected yet is left, and the next one is sent", async () => {
  await withPut([say(409), say(204)], async ({ edge, images, send }) => {
    assert.equal(await send(), { left: [images[0]!.sha256], broken: false });
    assert.equal(
      edge.reader.waitingImages(9).map((image) => image.sha256),
      [images[0]!.sha256],
    );
  });
});

test("a picture is sent that others wait before which central does not want yet", async () => {
  await withPut([say(204, 40)], async ({ edge, images, puts }) => {
    const want = { type: "want" as const, images: [{ sha256: images[1]!.sha256, offset: 0 }] };
    assert.equal(await sendImages(edge.deps, want, new AbortController().signal, OPEN_WAY), { left: [], broken: false });
    assert.equal(
      puts.map(({ length }) => length),
      [40],
    );
    assert.equal(
      edge.reader.waitingImages(9).map(({ sha256 }) => sha256),
      [images[0]!.sha256],
    );
  });
});

test("a picture that is gone at central is not offered again", async () => {
  await withPut([say(410), say(410)], async ({ edge, send }) => {
    assert.equal(await send(), { left: [], broken: false });
    assert.is(edge.reader.waitingImageCount(), 0);
  });
});

test("a picture that does not match after a resume is sent whole once more; from the start it is given up, in words, if its own bytes are wrong", async () => {
  await withPut([say(422), say(204), say(422)], async ({ edge, puts, send }) => {
    await send(30);
    assert.equal(
      puts.map(({ offset }) => offset),
      [30, 0, 30, 0],
    );
    assert.is(edge.reader.waitingImageCount(), 1, "the second one was answered 500 at its start");
  });
  await withPut([say(422), say(204)], async ({ edge, images, send }) => {
    assert.equal(await send(), { left: [images[0]!.sha256], broken: false }, "its bytes are sound here: what central found was another's");
    assert.is(edge.reader.waitingImageCount(), 1);
  });
  await withPut([say(422), say(204)], async ({ edge, images, send }) => {
    damage(edge, images[0]!);
    await send();
    assert.is(edge.reader.waitingImageCount(), 0);
    assert.ok(edge.warnings.some((words) => /does not match its name/.test(words)));
  });
});

test("a central in trouble, or a key that is not accepted, ends the round; an odd answer only the picture", async () => {
  for (const status of [500, 503, 401, 403, 429]) {
    await withPut([say(status)], async ({ edge, puts, send }) => {
      assert.equal(await send(), { left: [], broken: true }, String(status));
      assert.is(puts.length, 1);
      assert.is(edge.reader.waitingImageCount(), 2);
    });
  }
  await withPut([say(413), say(204)], async ({ images, send }) => {
    assert.equal(await send(), { left: [images[0]!.sha256], broken: false });
  });
});

test("a line that breaks in the middle ends the round, and the next one resumes", async () => {
  const cut: Answer = (_put, response) => response.destroy();
  await withPut([cut, say(204), say(204)], async ({ edge, puts, send }) => {
    assert.equal(await send(), { left: [], broken: true });
    assert.is(edge.reader.waitingImageCount(), 2);
    await send(20);
    assert.equal(puts[1], { offset: 20, length: 100, bytes: 80 });
    assert.is(edge.reader.waitingImageCount(), 0);
  });
});

test("a server that names ever other offsets, or senseless ones, does not keep the edge busy", async () => {
  const odd = ["-5", "1e3", "", "999", "0x10"].map(
    (offset): Answer =>
      (_put, response) => {
        response.writeHead(409, { "upload-offset": offset }).end();
      },
  );
  for (const answer of odd) {
    await withPut([answer, say(204)], async ({ images, send }) => {
      assert.equal(await send(), { left: [images[0]!.sha256], broken: false });
    });
  }
  await withPut([say(409, 1), say(409, 2), say(409, 3), say(204)], async ({ images, puts, send }) => {
    assert.equal(await send(), { left: [images[0]!.sha256], broken: false });
    assert.is(puts.length, 4);
  });
});

test("while something urgent waits no further picture is begun", async () => {
  let begun = 0;
  await withPut([say(204)], async ({ edge, puts, send }) => {
    assert.equal(await send(0, { pause: () => ++begun > 2 }), { left: [], broken: false });
    assert.is(puts.length, 1);
    assert.is(edge.reader.waitingImageCount(), 1);
  });
});

/** A line that takes so many bytes at once, and counts what is on its way. */
function narrow(pieceBytes: number) {
  const ended: string[] = [];
  let underWay = 0;
  const begin: PictureWay["begin"] = (remaining) => {
    const bytes = Math.min(pieceBytes, remaining);
    underWay += bytes;
    return {
      bytes,
      ended: (how) => {
        underWay -= bytes;
        ended.push(`${how} ${bytes}`);
      },
    };
  };
  return { begin, ended, underWay: () => underWay };
}

test("a picture goes in the pieces that the line carries, each from where the last one ended", async () => {
  const way = narrow(45);
  await withPut([say(204, 45), say(204, 90), say(204, 100), say(204)], async ({ edge, puts, send }) => {
    assert.equal(await send(0, way), { left: [], broken: false });
    assert.equal(puts.slice(0, 3), [
      { offset: 0, length: 100, bytes: 45 },
      { offset: 45, length: 100, bytes: 45 },
      { offset: 90, length: 100, bytes: 10 },
    ]);
    assert.is(edge.reader.waitingImageCount(), 0);
    assert.equal(way.ended, ["arrived 45", "arrived 45", "arrived 10", "arrived 40"]);
  });
});

test("something urgent stops a picture after the piece that is on its way; the rest goes on from there", async () => {
  const way = narrow(30);
  let asked = 0;
  await withPut([say(204, 30), say(204, 60), say(204, 90), say(204, 100), say(204)], async ({ edge, puts, send }) => {
    assert.equal(await send(0, { ...way, pause: () => ++asked > 3 }), { left: [], broken: false });
    assert.equal(
      puts.map(({ offset }) => offset),
      [0, 30],
    );
    assert.is(edge.reader.waitingImageCount(), 2);
    await send(60, way);
    assert.equal(puts[2], { offset: 60, length: 100, bytes: 30 });
    assert.is(way.underWay(), 0);
  });
});

test("pieces that add up to something else are sent whole once, and then given up", async () => {
  await withPut([say(204, 90), say(422), say(204, 60), say(422), say(204)], async ({ edge, images, puts, send }) => {
    damage(edge, images[0]!);
    await send(30, narrow(60));
    assert.equal(
      puts.slice(0, 4).map(({ offset }) => offset),
      [30, 90, 0, 60],
    );
    assert.is(edge.reader.waitingImageCount(), 0);
  });
});

test("a line that breaks gives back the room of its piece", async () => {
  const cut: Answer = (_put, response) => response.destroy();
  const way = narrow(60);
  await withPut([cut], async ({ send }) => {
    assert.equal(await send(0, way), { left: [], broken: true });
    assert.equal(way.ended, ["lost 60"]);
    assert.is(way.underWay(), 0);
  });
});

test("a picture that is missing or cut on disk is given up in words; one that cannot be read is kept", async () => {
  await withPut([], async ({ edge, images, send }) => {
    const [first, second] = images.map((image) => edge.reader.waitingImages(9).find((one) => one.sha256 === image.sha256)!.path);
    rmSync(first!);
    writeFileSync(second!, "short");
    assert.equal(await send(), { left: [], broken: false });
    assert.is(edge.reader.waitingImageCount(), 0);
    assert.is(edge.warnings.length, 2);
  });
  await withPut([], async ({ edge, images }) => {
    const blocked = { ...edge, deps: { ...edge.deps, imagePath: () => "/proc/self/mem/nothing" } };
    assert.equal(await send(blocked, images, 0, {}), { left: images.map((image) => image.sha256), broken: false });
    assert.is(edge.reader.waitingImageCount(), 2);
  });
});

test("in hours without room for them pictures stay here and are not offered, those of an alert go", () =>
  withPut([say(204), say(204)], async ({ edge, puts, send }) => {
    const closed = makeImageBudget([{ from: 0, to: 1_440, kbitPerSecond: 0 }], "UTC", { wallMs: Date.now, monoMs: () => 0 });
    Object.assign(edge.deps, { imageBudget: closed });
    assert.equal([await send(), puts.length], [{ left: [], broken: false }, 0]);
    const offered = () => edgeSource(edge.deps).imagesToOffer(new Set()).length;
    assert.is(offered(), 0);
    const { reader } = edge.deps;
    const ofAlert = (images: ReturnType<typeof reader.waitingImages>) => images.map((image) => ({ ...image, priority: 0 }));
    const waitingImages = (most: number) => ofAlert(reader.waitingImages(most));
    const waitingNamed = (digests: readonly Sha256[]) => ofAlert(reader.waitingNamed(digests));
    Object.assign(edge.deps, { reader: { ...reader, waitingImages, waitingNamed } });
    assert.is(offered(), 2);
    Object.assign(edge, { reader: edge.deps.reader });
    await send();
    assert.is(puts.length, 2);
  }));

test("a slow hour is kept to: pieces are small, with the time between them that they would take", () =>
  withPut([say(204, 25), say(204, 50), say(204, 75), say(204, 100)], async ({ edge, puts, send }) => {
    const clock = { mono: 0 };
    const slow = {
      waitsUntil: () => null,
      waitMs: () => Math.max(0, clock.mono),
      took: () => Object.assign(clock, { mono: 30 }),
      pieceMax: () => 25,
    };
    Object.assign(edge.deps, { imageBudget: slow });
    const tick = setInterval(() => (clock.mono -= 10), 10);
    const begunMs = performance.now();
    await send(0, { begin: (bytes) => ({ bytes: Math.min(bytes, 25), ended: () => {} }), pause: () => puts.length === 4 });
    clearInterval(tick);
    assert.equal(
      puts.map(({ bytes }) => bytes),
      [25, 25, 25, 25],
    );
    assert.ok(performance.now() - begunMs > 80);
  }));

test.run();

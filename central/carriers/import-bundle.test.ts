import { randomBytes } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BundleImportAnswer } from "../../shared/api/central-api.ts";
import { openReceipt } from "../../shared/bundle/receipt.ts";
import { boxPublicKey, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { hexToBytes, type Incarnation, type ListId } from "../../shared/model/ids.ts";
import type { FeedCursor } from "../../shared/protocol/frames.ts";
import { centralIdOf } from "../../shared/protocol/signed-bytes.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { dial, registerWithKey, startTestCentral, type TestCentral } from "../ingest/test-central.ts";
import {
  addDetection,
  appendOf,
  helloOf,
  newRid,
  sampleDetection,
  type TestCollector,
  type TestLog,
  testCollector,
  testLog,
} from "../ingest/test-collector.ts";
import { identityOf } from "../integrity/central-identity.ts";
import { importBundle } from "./import-bundle.ts";
import { makeBundle, sha256Of } from "./test-carrier.ts";

test.after(closeTestDb);

interface World {
  readonly central: TestCentral;
  readonly owner: TestCollector;
  readonly apiKey: string;
  readonly detections: TestLog;
  readonly urgent: TestLog;
  readonly post: (bytes: Uint8Array, apiKey?: string) => Promise<{ status: number; answer: BundleImportAnswer; message: string }>;
  readonly counts: () => Promise<{ records: number; detections: number; logs: number }>;
}

/** A central, and a site with a detections log of `records` and an urgent log of its genesis alone. */
function withWorld(records: number, run: (world: World) => Promise<void>): () => Promise<void> {
  return async () => {
    const db = await testDb();
    const central = await startTestCentral({ db, engine: "pglite", close: async () => undefined } as never);
    const owner = testCollector();
    const { apiKey } = await registerWithKey(db, owner.id);
    const detections = testLog(owner);
    for (let at = 1; at < records; at++) addDetection(detections);
    const count = async (table: "log_records" | "detections" | "collector_logs"): Promise<number> =>
      Number(
        (
          await db
            .selectFrom(table)
            .select((eb) => eb.fn.countAll().as("n"))
            .executeTakeFirstOrThrow()
        ).n,
      );
    const own = await count("log_records");
    const ownLogs = await count("collector_logs");
    try {
      await run({
        central,
        owner,
        apiKey,
        detections,
        urgent: testLog(owner, "urgent"),
        post: async (bytes, key = apiKey) => {
          const response = await fetch(`${central.url}/sync/v1/bundles`, {
            method: "POST",
            headers: { authorization: `Bearer ${key}` },
            body: bytes as never,
          });
          const answer = (await response.json()) as BundleImportAnswer & { error?: { message: string } };
          return { status: response.status, answer, message: answer.error?.message ?? "" };
        },
        counts: async () => ({
          records: (await count("log_records")) - own,
          detections: await count("detections"),
          logs: (await count("collector_logs")) - ownLogs,
        }),
      });
    } finally {
      await central.stop();
    }
  };
}

test(
  "a bundle is merged, twice changes nothing, and its receipt says where central stands",
  withWorld(10, async ({ central, owner, apiKey, detections, urgent, post, counts }) => {
    const { bytes } = makeBundle(owner, apiKey, central.merging.identity, [
      { log: urgent, cuts: [0, 1] },
      { log: detections, cuts: [0, 4, 10] },
    ]);
    const { answer } = await post(bytes);
    assert.equal([answer.whole, answer.records], [true, 11]);
    assert.equal(await counts(), { records: 11, detections: 9, logs: 2 });
    const again = await post(bytes);
    assert.is(again.answer.records, 0);
    assert.match(again.answer.words[0]!, /^Nothing new/);
    assert.equal(await counts(), { records: 11, detections: 9, logs: 2 });
    const opened = openReceipt(new Uint8Array(Buffer.from(again.answer.receipt, "base64")), central.merging.identity.publicKey);
    assert.is(opened.kind, "receipt");
    if (opened.kind !== "receipt") return;
    const told = new Map(opened.receipt.logs.map((log) => [log.logId, log]));
    assert.equal([told.get(detections.logId)?.next, told.get(urgent.logId)?.next], [10, 1]);
    assert.equal(told.get(detections.logId)?.head, detections.heads[10]!.head);
  }),
);

test(
  "a bundle that is cut keeps what came before the cut, and its copy brings the rest",
  withWorld(30, async ({ central, owner, apiKey, detections, post, counts }) => {
    const { bytes, chunks } = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 10, 20, 30] }]);
    const cut = await post(bytes.slice(0, chunks[0]!.length + chunks[1]!.length + chunks[2]!.length - 1));
    assert.equal([cut.status, cut.answer.whole, cut.answer.records], [200, false, 10]);
    assert.match(cut.answer.words.join(" "), /ends too early/);
    assert.is((await post(bytes)).answer.records, 20);
    assert.is((await counts()).detections, 29);
  }),
);

test(
  "a flipped bit stops the import where it stands",
  withWorld(30, async ({ central, owner, apiKey, detections, post, counts }) => {
    const { bytes, chunks } = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 10, 20, 30] }]);
    bytes[chunks[0]!.length + chunks[1]!.length + 50]! ^= 4;
    const { answer } = await post(bytes);
    assert.equal([answer.whole, answer.records], [false, 10]);
    assert.match(answer.words.join(" "), /damaged from some point/);
    assert.is((await counts()).records, 10);
  }),
);

test(
  "a log with a gap is told as one, nothing of it is stored, and the missing bundle heals it",
  withWorld(20, async ({ central, owner, apiKey, detections, urgent, post, counts }) => {
    const first = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 10] }]);
    const second = makeBundle(owner, apiKey, central.merging.identity, [
      { log: detections, cuts: [10, 20] },
      { log: urgent, cuts: [0, 1] },
    ]);
    const { answer } = await post(second.bytes);
    assert.equal(
      answer.logs.map((log) => log.trouble),
      ["earlier-missing", null],
    );
    assert.match(answer.words.join(" "), /an earlier bundle is missing/);
    assert.equal(await counts(), { records: 1, detections: 0, logs: 1 });
    await post(first.bytes);
    assert.is((await post(second.bytes)).answer.records, 10);
    assert.is((await counts()).detections, 19);
  }),
);

test(
  "what a live session brought meanwhile is cut off in front, and the session goes on unfenced",
  withWorld(30, async ({ central, owner, apiKey, detections, post, counts }) => {
    const link = await dial(central.url, apiKey);
    link.send(helloOf(owner, apiKey, [detections]));
    await link.next("welcome");
    link.send(appendOf(detections, 0, 7));
    assert.is((await link.next("ack")).next, 7);
    const { bytes } = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 5, 20] }]);
    const { answer } = await post(bytes);
    assert.equal([answer.records, answer.logs[0]?.trouble, answer.logs[0]?.next], [13, null, 20]);
    link.send(appendOf(detections, 20, 10));
    assert.is((await link.next("ack")).next, 30);
    link.close();
    assert.is((await counts()).detections, 29);
  }),
);

test(
  "any collector's live key brings another's bundle; no key brings none",
  withWorld(5, async ({ central, owner, apiKey, detections, post, counts }) => {
    const { apiKey: carrier } = await registerWithKey(central.db, testCollector().id);
    const { bytes } = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 5] }]);
    assert.is((await post(bytes, `alpr_${"x".repeat(43)}`)).status, 401);
    assert.is((await counts()).records, 0);
    assert.is((await post(bytes, carrier)).answer.records, 5);
  }),
);

test(
  "strangers, wrong keys and other centrals get clear words, and nothing of them is stored",
  withWorld(5, async ({ central, owner, apiKey, detections, post, counts }) => {
    const { identity } = central.merging;
    const carried = [{ log: detections, cuts: [0, 5] }];
    const other = signingKeysFromSeed(new Uint8Array(32).fill(8)).publicKey;
    const cases: [string, Uint8Array, RegExp][] = [
      [
        "another central's box",
        makeBundle(owner, apiKey, { ...identity, boxKey: boxPublicKey(other) }, carried).bytes,
        /sealed for another central/,
      ],
      [
        "our box, signed for another central",
        makeBundle(owner, apiKey, { ...identity, centralId: centralIdOf(other) }, carried).bytes,
        /not signed/,
      ],
      ["a wrong API key", makeBundle(owner, `alpr_${"x".repeat(43)}`, identity, carried).bytes, /not signed/],
      ["a stranger", makeBundle(testCollector(), apiKey, identity, []).bytes, /does not know/],
      [
        "a signature of another bundle",
        makeBundle(owner, apiKey, identity, carried, [], { signature: new Uint8Array(64).fill(1) }).bytes,
        /not signed/,
      ],
      ["no bundle", new TextEncoder().encode("hello"), /not a bundle/],
      ["nothing", new Uint8Array(0), /not a bundle/],
    ];
    for (const [what, bytes, words] of cases) {
      const { status, message } = await post(bytes);
      assert.is(status, 422, what);
      assert.match(message, words, what);
    }
    assert.equal(await counts(), { records: 0, detections: 0, logs: 0 });
    assert.is((await central.db.selectFrom("collector_keys").selectAll().where("collector_id", "=", owner.id).execute()).length, 0);
  }),
);

test(
  "a first contact by stick binds the device key; a reflashed device's bundle is kept and marked",
  withWorld(5, async ({ central, owner, apiKey, detections, post }) => {
    const { identity } = central.merging;
    await post(makeBundle(owner, apiKey, identity, [{ log: detections, cuts: [0, 5] }]).bytes);
    const reflashed = testCollector(owner.id);
    const log = testLog(reflashed);
    addDetection(log);
    assert.is((await post(makeBundle(reflashed, apiKey, identity, [{ log, cuts: [0, 2] }]).bytes)).answer.records, 2);
    const keys = await central.db
      .selectFrom("collector_keys")
      .select(["device_key", "confirmed"])
      .where("collector_id", "=", owner.id)
      .orderBy("first_seen_at")
      .execute();
    assert.equal(
      keys.map((key) => key.confirmed),
      [true, false],
    );
    const statuses = await central.db
      .selectFrom("collector_logs")
      .select(["log_id", "status"])
      .where("collector_id", "=", owner.id)
      .execute();
    const statusOf = (logId: string) => statuses.find((row) => Buffer.from(row.log_id).toString("hex") === logId)?.status;
    assert.equal([statusOf(detections.logId), statusOf(log.logId)], ["active", "unconfirmed"]);
    assert.is((await central.db.selectFrom("notices").selectAll().where("code", "=", "unconfirmed-key").execute()).length, 1);
  }),
);

test(
  "records that the device did not sign, and a log of another collector, are set aside alone",
  withWorld(10, async ({ central, owner, apiKey, detections, urgent, post, counts }) => {
    const thief = testCollector();
    const forged: TestLog = { ...detections, owner: thief };
    const foreign = testLog(owner, "detections", testCollector().id);
    const { answer } = await post(
      makeBundle(owner, apiKey, central.merging.identity, [
        { log: forged, cuts: [0, 10] },
        { log: foreign, cuts: [0, 1] },
        { log: urgent, cuts: [0, 1] },
      ]).bytes,
    );
    assert.equal(
      answer.logs.map((log) => [log.trouble, log.next]),
      [
        ["not-proved", 0],
        ["not-proved", 0],
        [null, 1],
      ],
    );
    assert.equal(await counts(), { records: 1, detections: 0, logs: 1 });
  }),
);

test(
  "pictures come with their records; what no record names or is longer than named is left out",
  withWorld(1, async ({ central, owner, apiKey, detections, post }) => {
    const [scene, crop, strange] = [randomBytes(150_000), randomBytes(10_000), randomBytes(500)].map((one) => new Uint8Array(one)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const rid = newRid();
    const images = [
      { role: "full" as const, sha256: sha256Of(scene), bytes: scene.length },
      { role: "crop" as const, sha256: sha256Of(crop), bytes: crop.length - 1 },
    ];
    addDetection(detections, { ...sampleDetection(rid), images });
    const bundle = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 2] }], [scene, crop, strange]);
    const { answer } = await post(bundle.bytes);
    assert.is(answer.images, 1);
    assert.match(answer.words.join(" "), /1 new pictures.*1 pictures are named by no record.*1 pictures did not arrive whole/);
    const stored = await central.db.selectFrom("image_objects").select(["sha256", "bytes"]).execute();
    assert.equal(
      stored.map((row) => [Buffer.from(row.sha256).toString("hex"), Number(row.bytes)]),
      [[sha256Of(scene), scene.length]],
    );
    const opened = openReceipt(new Uint8Array(Buffer.from(answer.receipt, "base64")), central.merging.identity.publicKey);
    assert.equal(opened.kind === "receipt" && opened.receipt.images, [sha256Of(scene)]);
    const again = await post(bundle.bytes);
    assert.is(again.answer.images, 0);
    assert.match(again.answer.words.join(" "), /1 were here/);
  }),
);

test(
  "a picture that was half uploaded goes on where it stands",
  withWorld(1, async ({ central, owner, apiKey, detections, post }) => {
    const scene = new Uint8Array(randomBytes(150_000));
    const sha256 = sha256Of(scene);
    addDetection(detections, { images: [{ role: "full", sha256, bytes: scene.length }] });
    const { identity } = central.merging;
    await post(makeBundle(owner, apiKey, identity, [{ log: detections, cuts: [0, 2] }]).bytes);
    const put = await fetch(`${central.url}/sync/v1/images/${sha256}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${apiKey}`, "upload-offset": "0" },
      body: scene.slice(0, 100_000),
    });
    assert.is(put.headers.get("upload-offset"), "100000");
    const { answer } = await post(makeBundle(owner, apiKey, identity, [{ log: detections, cuts: [0, 2] }], [scene]).bytes);
    assert.is(answer.images, 1);
    assert.equal(
      (await central.db.selectFrom("image_objects").select("sha256").execute()).map((row) => new Uint8Array(row.sha256)),
      [hexToBytes(sha256)],
    );
  }),
);

test(
  "a bundle signed with a revoked key, or of a collector that is retired, is nobody's",
  withWorld(5, async ({ central, owner, apiKey, detections, post, counts }) => {
    const { apiKey: carrier } = await registerWithKey(central.db, testCollector().id);
    const { bytes } = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 5] }]);
    const setKeys = (revoked_at: Date | null) =>
      central.db.updateTable("api_keys").set({ revoked_at }).where("collector_id", "=", owner.id).execute();
    await setKeys(new Date());
    assert.match((await post(bytes, carrier)).message, /does not know/);
    await setKeys(null);
    await central.db.updateTable("collectors").set({ retired_at: new Date() }).where("id", "=", owner.id).execute();
    assert.match((await post(bytes, carrier)).message, /does not know/);
    assert.is((await counts()).records, 0);
  }),
);

test("a file that is refused is let go, whatever is left of it", async () => {
  let isLetGo = false;
  async function* junk(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(1_000).fill(7);
    } finally {
      isLetGo = true;
    }
  }
  const sync = {
    identity: identityOf(signingKeysFromSeed(new Uint8Array(32).fill(1))),
    log: { info: () => undefined, warn: () => undefined },
  };
  assert.equal(await importBundle({ sync } as never, junk()), { kind: "refused", why: "not-a-bundle" });
  assert.is(isLetGo, true);
});

test(
  "what a bundle says of the site's lists is kept; a list that it does not name counts as held from the beginning, and holds tombstones back",
  withWorld(1, async ({ central, owner, apiKey, detections, post }) => {
    const { db } = central;
    const lists = ["01990000-0000-7000-8000-0000000000a1", "01990000-0000-7000-8000-0000000000a2"] as ListId[];
    const { site_id: site } = await db.selectFrom("collectors").select("site_id").where("id", "=", owner.id).executeTakeFirstOrThrow();
    for (const id of lists) {
      await db.insertInto("watchlists").values({ id, name: "", owner: "", kind: "site", created_at: new Date() }).execute();
      await db.insertInto("watchlist_sites").values({ list_id: id, site_id: site }).execute();
    }
    const held = (list: ListId, cursor: number): FeedCursor => ({
      list,
      generation: "30".repeat(16) as Incarnation,
      cursor,
      checksum: new Uint8Array(32),
    });
    const carry = async (feeds: readonly FeedCursor[] | null): Promise<(readonly [string, number])[]> => {
      const bundle = makeBundle(owner, apiKey, central.merging.identity, [{ log: detections, cuts: [0, 1] }], [], { feeds });
      assert.is((await post(bundle.bytes)).status, 200);
      const rows = await db
        .selectFrom("feed_replicas")
        .select(["list_id", "cursor"])
        .where("collector_id", "=", owner.id)
        .orderBy("list_id")
        .execute();
      return rows.map((row) => [row.list_id, Number(row.cursor)] as const);
    };
    assert.equal(await carry([held(lists[0]!, 9), held(lists[1]!, 4)]), [
      [lists[0], 9],
      [lists[1], 4],
    ]);
    assert.equal(
      await carry(null),
      [
        [lists[0], 9],
        [lists[1], 4],
      ],
      "a release that says nothing changes nothing",
    );
    assert.equal(await carry([held(lists[0]!, 12)]), [
      [lists[0], 12],
      [lists[1], 0],
    ]);
  }),
);

test.run();

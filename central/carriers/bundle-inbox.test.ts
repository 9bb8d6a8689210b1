import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openReceipt } from "../../shared/bundle/receipt.ts";
import { closeTestDb, testDb } from "../db/test-db.ts";
import { registerWithKey, startTestCentral, type TestCentral } from "../ingest/test-central.ts";
import { addDetection, testCollector, testLog } from "../ingest/test-collector.ts";
import { bundleInbox } from "./bundle-inbox.ts";
import type { ImportBundle } from "./bundle-routes.ts";
import { makeBundle } from "./test-carrier.ts";

test.after(closeTestDb);

interface World {
  readonly folder: string;
  readonly put: (name: string, bytes: Uint8Array) => void;
  /** `seconds` later. */
  readonly turn: (seconds: number) => Promise<void>;
  readonly list: (folder?: string) => string[];
  readonly central: TestCentral;
  /** A site's whole bundle and where its parts end. */
  readonly bundle: () => Promise<{ readonly bytes: Uint8Array; readonly chunks: readonly Uint8Array[] }>;
  readonly records: () => Promise<number>;
}

function withInbox(run: (world: World) => Promise<void>, around: (inner: ImportBundle) => ImportBundle = (inner) => inner) {
  return async (): Promise<void> => {
    const db = await testDb();
    const central = await startTestCentral({ db, engine: "pglite", close: async () => undefined } as never);
    const folder = mkdtempSync(join(tmpdir(), "inbox-"));
    let nowMs = 0;
    const inbox = bundleInbox({
      folder,
      importBundle: around(central.syncing.importBundle),
      makeDown: central.syncing.makeDown,
      monoMs: () => nowMs,
      log: pino({ level: "silent" }),
    });
    const count = async (): Promise<number> =>
      Number(
        (
          await db
            .selectFrom("detections")
            .select((eb) => eb.fn.countAll().as("n"))
            .executeTakeFirstOrThrow()
        ).n,
      );
    try {
      await run({
        folder,
        central,
        put: (name, bytes) => writeFileSync(join(folder, name), bytes),
        turn: async (seconds) => {
          nowMs += seconds * 1_000;
          await inbox(new AbortController().signal);
        },
        list: (inside = "") => (existsSync(join(folder, inside)) ? readdirSync(join(folder, inside)).sort() : []),
        bundle: async () => {
          const owner = testCollector();
          const { apiKey } = await registerWithKey(db, owner.id);
          const log = testLog(owner);
          for (let at = 0; at < 9; at++) addDetection(log);
          return makeBundle(owner, apiKey, central.merging.identity, [{ log, cuts: [0, 5, 10] }]);
        },
        records: count,
      });
    } finally {
      await central.stop();
      rmSync(folder, { recursive: true });
    }
  };
}

test(
  "a file is taken once it stands still, and lies in done/ with words and the receipt beside it",
  withInbox(async ({ put, turn, list, folder, bundle, records, central }) => {
    const { bytes } = await bundle();
    put("site.alprbundle", bytes.slice(0, 300));
    await turn(0);
    await turn(9);
    put("site.alprbundle", bytes);
    await turn(9);
    assert.is(await records(), 0, "it changed 0 s ago");
    await turn(9);
    assert.is(await records(), 0, "it changed 9 s ago");
    await turn(1);
    assert.is(await records(), 9);
    assert.equal(list("done"), ["site.alprbundle", "site.alprdown", "site.alprreceipt", "site.txt"]);
    assert.equal(list("refused"), []);
    assert.match(readFileSync(join(folder, "done/site.txt"), "utf8"), /^10 new records of the 10/);
    const receipt = openReceipt(new Uint8Array(readFileSync(join(folder, "done/site.alprreceipt"))), central.merging.identity.publicKey);
    assert.is(receipt.kind, "receipt");
    put("site.alprbundle", bytes);
    await turn(0);
    await turn(10);
    assert.match(readFileSync(join(folder, "done/site-2.txt"), "utf8"), /^Nothing new/);
  }),
);

test(
  "bad files, a link, a pipe and a folder neither stop the others nor are read; a cut one keeps what came before it",
  withInbox(async ({ put, turn, list, folder, bundle, records }) => {
    const whole = await bundle();
    const cut = await bundle();
    put("0-nothing.alprbundle", new Uint8Array(0));
    put("1-holiday.alprbundle", Buffer.from("a picture of a beach"));
    symlinkSync("/etc/hostname", join(folder, "2-link.alprbundle"));
    symlinkSync("/nowhere", join(folder, "3-broken.alprbundle"));
    execFileSync("mkfifo", [join(folder, "4-pipe.alprbundle")]);
    execFileSync("mkdir", [join(folder, "5-folder.alprbundle")]);
    put("6-cut.alprbundle", cut.bytes.slice(0, cut.chunks[0]!.length + cut.chunks[1]!.length + 3));
    put("7-copying.alprbundle.part", whole.bytes);
    put("8-good.alprbundle", whole.bytes);
    await turn(0);
    await turn(10);
    assert.equal(list(), ["5-folder.alprbundle", "7-copying.alprbundle.part", "done", "refused"]);
    assert.equal(list("done"), ["8-good.alprbundle", "8-good.alprdown", "8-good.alprreceipt", "8-good.txt"]);
    const words = (name: string): string => readFileSync(join(folder, "refused", `${name}.txt`), "utf8");
    assert.match(words("1-holiday"), /not a bundle/);
    assert.match(words("2-link"), /could not be opened as a file/);
    assert.match(words("4-pipe"), /not a file/);
    assert.match(words("6-cut"), /ends too early/);
    assert.ok(list("refused").includes("6-cut.alprreceipt"));
    assert.is(await records(), 9 + 4);
  }),
);

test("what the database could not take stays, and is taken when it is back", async () => {
  let isAway = true;
  const around =
    (inner: ImportBundle): ImportBundle =>
    async (bytes, also) => {
      if (isAway) throw new Error("the database is away");
      return inner(bytes, also);
    };
  await withInbox(async ({ put, turn, list, bundle, records }) => {
    put("site.alprbundle", (await bundle()).bytes);
    await turn(0);
    await turn(10);
    assert.equal(list(), ["done", "refused", "site.alprbundle"]);
    isAway = false;
    await turn(9);
    assert.is(await records(), 0, "not at each turn");
    await turn(1);
    assert.is(await records(), 9);
  }, around)();
});

test.run();

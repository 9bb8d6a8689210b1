import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CollectorView } from "../../shared/api/central-api.ts";
import { type DownItem, downReader } from "../../shared/bundle/read-down.ts";
import { signReceipt } from "../../shared/bundle/receipt.ts";
import { boxKeysFromSeed, makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { type CollectorId, hexToBytes, type SessionId, type Sha256, uuid } from "../../shared/model/ids.ts";
import { centralIdOf } from "../../shared/protocol/signed-bytes.ts";
import { closeTestDb } from "../db/test-db.ts";
import { identityOf } from "../integrity/central-identity.ts";
import { openMerging } from "../merging.ts";
import { downDeps, feedDeps } from "../syncing.ts";
import { type Person, type TestCentral, withCentral } from "../test-central.ts";
import { makeDown } from "./make-down.ts";

test.after(closeTestDb);

const SEED = new Uint8Array(32).fill(7);
const LATER = new Date(Date.now() + 7 * 24 * 3_600_000).toISOString();

interface World {
  readonly central: TestCentral;
  readonly admin: Person;
  readonly collector: CollectorView;
  readonly ask: (who: Person, body?: object) => Promise<Response>;
  /** The file as the device with this seed reads it. */
  readonly read: (response: Response, seed?: Uint8Array) => Promise<DownItem[]>;
}

async function withSite(work: (world: World) => Promise<void>): Promise<void> {
  await withCentral(async (central) => {
    const admin = await central.signIn("admin");
    const { collector } = (await (await admin.send("POST", "/api/v1/collectors", { name: "Main & Maple" })).json()) as {
      collector: CollectorView;
    };
    await bind(central, collector.id, SEED, true, 0);
    const { signing } = central.base.keys;
    await work({
      central,
      admin,
      collector,
      ask: (who, body = {}) => who.send("POST", `/api/v1/collectors/${collector.id}/down`, body),
      read: async (response, seed = SEED) => {
        assert.is(response.status, 200);
        const reader = downReader(boxKeysFromSeed(seed), signing.publicKey);
        const items = [...reader.push(new Uint8Array(await response.arrayBuffer()))];
        return items;
      },
    });
  });
}

async function bind(central: TestCentral, collector: string, seed: Uint8Array, confirmed: boolean, afterMs: number): Promise<void> {
  await central.base.db
    .insertInto("collector_keys")
    .values({
      collector_id: collector,
      device_key: signingKeysFromSeed(seed).publicKey,
      api_key_id: null,
      confirmed,
      first_seen_at: new Date(Date.now() + afterMs),
      confirmed_at: null,
      confirmed_by: null,
    })
    .execute();
}

const kinds = (items: readonly DownItem[]) => items.map((item) => item.kind);
const manifestOf = ([first]: readonly DownItem[]) => {
  if (first?.kind !== "manifest") throw new Error(`begins with ${first?.kind}`);
  return first;
};

test("only lists that name the site go into its file, signed and for its device; it stands in the audit log", () =>
  withSite(async ({ central, admin, collector, ask, read }) => {
    const { id } = (await (await admin.send("POST", "/api/v1/watchlists", { name: "Mine", sites: [collector.site_id] })).json()) as {
      id: string;
    };
    await admin.send("POST", `/api/v1/watchlists/${id}/entries`, { pattern: "ABC123", reason: "again", expires_at: LATER });
    const other = (await (await admin.send("POST", "/api/v1/collectors", { name: "Oak" })).json()) as { collector: CollectorView };
    await admin.send("POST", "/api/v1/watchlists", { name: "Theirs", sites: [other.collector.site_id] });
    const items = await read(await ask(admin));
    const { manifest, isSigned } = manifestOf(items);
    assert.equal([isSigned, manifest.collectorId, manifest.lists.length], [true, collector.id, 2], "its own list and the new one");
    assert.ok(manifest.lists.some((one) => one.list === id));
    assert.equal(kinds(items).at(-1), "end");
    assert.equal(kinds(await read(await ask(admin), new Uint8Array(32).fill(8))), ["refused"]);
    const audit = await central.base.db.selectFrom("audit_log").select("subject").where("action", "=", "bundle.down").execute();
    assert.equal(
      audit.map((one) => one.subject),
      [collector.id, collector.id],
    );
  }));

test("whoever does not see the site gets nothing, and a receipt that is not this central's makes none", () =>
  withSite(async ({ central, admin, ask, collector }) => {
    const oak = (await (await admin.send("POST", "/api/v1/collectors", { name: "Oak" })).json()) as { collector: CollectorView };
    const stranger = await central.signIn("operator", [oak.collector.site_id]);
    assert.is((await ask(stranger)).status, 404);
    assert.is((await ask(await central.signIn("operator", [collector.site_id]))).status, 200);
    const other = identityOf(signingKeysFromSeed(new Uint8Array(32).fill(3)));
    const receipt = { bundleId: "b1".repeat(16) as SessionId, centralId: centralIdOf(other.publicKey), logs: [], images: [] };
    const strange = Buffer.from(signReceipt(receipt, other.sign)).toString("base64");
    assert.is((await ask(admin, { receipt: strange })).status, 422);
  }));

test("commands go to a confirmed device only, the newest; one whose time comes later goes along, one that expired does not", () =>
  withSite(async ({ central, admin, collector, ask, read }) => {
    const at = `/api/v1/collectors/${collector.id}/commands`;
    await admin.send("POST", at, { kind: "report-now" });
    await admin.send("POST", at, { kind: "report-now", not_before: new Date(Date.now() + 3_600_000).toISOString() });
    await admin.send("POST", at, { kind: "report-now" });
    await sql`update commands set expires_at = now() - interval '1 second' where id = (select id from commands order by made_at desc, id desc limit 1)`.execute(
      central.base.db,
    );
    const newer = new Uint8Array(32).fill(9);
    await bind(central, collector.id, newer, false, 1_000);
    const commands = kinds(await read(await ask(admin))).filter((kind) => kind === "command");
    assert.is(commands.length, 2);
    await central.base.db.updateTable("collector_keys").set({ confirmed: true }).execute();
    assert.equal(kinds(await read(await ask(admin))), ["refused"], "the device that was replaced opens nothing any more");
    assert.is(kinds(await read(await ask(admin), newer)).filter((kind) => kind === "command").length, 2);
  }));

test("a snapshot of several windows comes out whole, in pieces", () =>
  withSite(async ({ central, admin, collector, ask, read }) => {
    const { db } = central.base;
    const bytes = new Uint8Array(randomBytes(2.5 * 1024 * 1024));
    const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
    await ask(admin);
    await sql`insert into feed_snapshots (sha256, list_id, generation, at_position, bytes, made_at)
      select ${hexToBytes(sha256)}, w.id, (select incarnation from central_life order by started_at desc limit 1), w.feed_next, ${bytes},
        now() + interval '1 hour'
      from watchlists w join watchlist_sites s on s.list_id = w.id where s.site_id = ${collector.site_id}::uuid`.execute(db);
    const items = await read(await ask(admin));
    const pieces = items.flatMap((item) => (item.kind === "piece" ? [item.bytes] : []));
    assert.is(createHash("sha256").update(Buffer.concat(pieces)).digest("hex"), sha256);
    assert.ok(pieces.length > 16 && pieces.every((piece) => piece.length <= 64 * 1024));
  }));

test("pictures of a bundle stand in receipts of a part each", () =>
  withSite(async ({ central, admin, ask, read }) => {
    const { signing } = central.base.keys;
    const images = Array.from({ length: 9_000 }, (_, at) => at.toString(16).padStart(64, "0") as Sha256);
    const receipt = { bundleId: "b1".repeat(16) as SessionId, centralId: centralIdOf(signing.publicKey), logs: [], images };
    const body = { receipt: Buffer.from(signReceipt(receipt, makeSigner(signing))).toString("base64"), lists: "changed" };
    assert.is(kinds(await read(await ask(admin, body))).filter((kind) => kind === "receipt").length, 3);
  }));

test("of two files the one that was made later says so, also when central's clock fell back between them", () =>
  withSite(async ({ central, collector }) => {
    const { base } = central;
    const merging = await openMerging(base, () => undefined);
    const deps = downDeps(base, merging, feedDeps(base, merging));
    const order = { collectorId: uuid<CollectorId>(collector.id), lists: "whole", receipt: null, sites: [] } as const;
    const madeAt = async (nowMs: number): Promise<number> => {
      const made = await makeDown({ ...deps, nowMs: () => nowMs }, order);
      return made.kind === "down" ? made.madeMs : 0;
    };
    const first = await madeAt(Date.UTC(2036, 0, 1));
    assert.equal([first, await madeAt(Date.UTC(2026, 10, 23))], [Date.UTC(2036, 0, 1), Date.UTC(2036, 0, 1) + 1]);
  }));

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CollectorView, WatchlistsAnswer } from "../../shared/api/central-api.ts";
import type { CollectorId } from "../../shared/model/ids.ts";
import { siteListId } from "../../shared/model/site-list-id.ts";
import { closeTestDb } from "../db/test-db.ts";
import { withCentral } from "../test-central.ts";
import { authenticateCollector } from "./authenticate-collector.ts";
import { linkOf } from "./collector-link.ts";

test.after(closeTestDb);

interface Added {
  collector: CollectorView;
  api_key: string;
  central_public_keys: { ed25519: string; x25519: string };
}

const read = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const NEW = { name: "Main & Maple", site: { name: "Main & Maple", latitude: 41.11, longitude: -74.04, time_zone: "America/New_York" } };

test("a new collector gets a key that is shown once and kept as a hash, and the list of its site", () =>
  withCentral(async (central) => {
    const admin = await central.signIn("admin");
    const added = await read<Added>(admin.send("POST", "/api/v1/collectors", NEW));
    assert.match(added.api_key, /^alpr_[A-Za-z0-9_-]{43}$/);
    assert.is(Buffer.from(added.central_public_keys.ed25519, "base64url").length, 32);
    assert.is(added.collector.link, "never");
    const { watchlists } = await read<WatchlistsAnswer>(admin.get("/api/v1/watchlists"));
    assert.equal(
      watchlists.map((list) => [list.id, list.kind, list.sites]),
      [[siteListId(added.collector.id as CollectorId), "site", [added.collector.site_id]]],
    );
    const dump = JSON.stringify(await central.base.db.selectFrom("api_keys").selectAll().execute());
    assert.not.match(dump, new RegExp(added.api_key.slice(12)));
    const everything = await (await admin.get("/api/v1/collectors")).text();
    assert.not.match(everything, new RegExp(added.api_key.slice(12)));
    assert.is((await admin.send("POST", "/api/v1/collectors", NEW)).status, 409);
    assert.is(
      (await admin.send("POST", "/api/v1/collectors", { ...NEW, name: "x", site: { ...NEW.site, time_zone: "Mars/Base" } })).status,
      422,
    );
  }));

test("what of a collector did not verify or is not understood stands in its line", () =>
  withCentral(async (central) => {
    const { db, nowMs } = central.base;
    const admin = await central.signIn("admin");
    const { collector } = await read<Added>(admin.send("POST", "/api/v1/collectors", NEW));
    const words = async () => (await read<{ collectors: CollectorView[] }>(admin.get("/api/v1/collectors"))).collectors[0]!.words;
    assert.is(await words(), "Never heard of yet.");
    const day = 24 * 3_600_000;
    for (const agoMs of [1_000, 2_000, day + 1_000]) {
      await db
        .insertInto("quarantine")
        .values({ collector_id: collector.id, log_id: null, at: new Date(nowMs() - agoMs), why: "", bytes: new Uint8Array() })
        .execute();
    }
    assert.is(await words(), "Never heard of yet. 2 of its messages did not verify in the last 24 hours and were set aside.");
  }));

test("keys overlap while they are changed; a revoked key and a retired collector's are nobody", () =>
  withCentral(async (central) => {
    const { db, nowMs } = central.base;
    const admin = await central.signIn("admin");
    const { collector, api_key } = await read<Added>(admin.send("POST", "/api/v1/collectors", NEW));
    const second = await read<{ id: string; key: string }>(admin.send("POST", `/api/v1/collectors/${collector.id}/api-keys`));
    const who = (key: string) => authenticateCollector({ db, nowMs }, { authorization: `Bearer ${key}` });
    assert.is((await who(api_key))?.collectorId, collector.id);
    assert.is((await who(second.key))?.apiKeyId, second.id);
    assert.is((await authenticateCollector({ db, nowMs }, { xApiKey: api_key }))?.collectorId, collector.id);
    assert.is((await admin.send("DELETE", `/api/v1/collectors/${collector.id}/api-keys/${collector.api_keys[0]!.id}`)).status, 204);
    assert.is(await who(api_key), null);
    assert.ok(await who(second.key));
    assert.is((await admin.send("PATCH", `/api/v1/collectors/${collector.id}`, { retired: true })).status, 200);
    assert.is(await who(second.key), null);
    assert.is(await who("alpr_nonsense"), null);
  }));

test("the link says how things stand: never heard of, connected, silent after 150 s", () => {
  assert.equal(linkOf(null, false, 0, 0), { state: "never", words: "Never heard of yet." });
  assert.equal(linkOf(1_000, true, 34, 61_000), { state: "connected", words: "Connected. 34 waiting." });
  assert.is(linkOf(0, true, 0, 150_000).state, "connected");
  assert.equal(linkOf(0, true, 34, 12 * 60_000), { state: "silent", words: "Silent for 12 min. 34 waiting." });
});

test("people see the collectors of their sites, keys are for administrators, facts can be corrected", () =>
  withCentral(async (central) => {
    const admin = await central.signIn("admin");
    const { collector } = await read<Added>(admin.send("POST", "/api/v1/collectors", NEW));
    await read<Added>(admin.send("POST", "/api/v1/collectors", { name: "Oak" }));
    const viewer = await central.signIn("viewer", [collector.site_id]);
    const { collectors } = await read<{ collectors: CollectorView[] }>(viewer.get("/api/v1/collectors"));
    assert.equal(
      collectors.map((one) => [one.name, one.api_keys]),
      [["Main & Maple", []]],
    );
    const { sites } = await read<{ sites: { name: string }[] }>(viewer.get("/api/v1/sites"));
    assert.equal(
      sites.map((site) => site.name),
      ["Main & Maple"],
    );
    const changed = await read<CollectorView>(admin.send("PATCH", `/api/v1/collectors/${collector.id}`, { site: { latitude: 41.2 } }));
    assert.is(changed.latitude, 41.2);
    assert.is(changed.longitude, -74.04);
  }));

test("confirming a new device key ends the doubt: of the key, of the logs that came with it, and of its notice", () =>
  withCentral(async (central) => {
    const { db, nowMs } = central.base;
    const admin = await central.signIn("admin");
    const { collector } = await read<Added>(admin.send("POST", "/api/v1/collectors", NEW));
    const at = new Date(nowMs());
    const ofCollector = { collector_id: collector.id, device_key: new Uint8Array(32).fill(7) };
    await db
      .insertInto("collector_keys")
      .values({ ...ofCollector, api_key_id: null, confirmed: false, first_seen_at: at, confirmed_at: null, confirmed_by: null })
      .execute();
    await db
      .insertInto("collector_logs")
      .values({
        ...ofCollector,
        log_id: new Uint8Array(16),
        class: "urgent",
        head: new Uint8Array(32),
        status: "unconfirmed",
        session: null,
        created_at: at,
        updated_at: at,
      })
      .execute();
    await db
      .insertInto("notices")
      .values({
        code: "unconfirmed-key",
        subject: collector.id,
        level: "warning",
        words: "Another device.",
        collector_id: collector.id,
        raised_at: at,
        cleared_at: null,
      })
      .execute();
    const path = `/api/v1/collectors/${collector.id}`;
    const marked = await read<CollectorView>(admin.get(path));
    assert.is(marked.unconfirmed_key, true);
    assert.match(marked.words, /another device key/);
    const operator = await central.signIn("operator");
    assert.is((await operator.send("PATCH", path, { confirm_keys: true })).status, 403);
    assert.is((await read<CollectorView>(admin.send("PATCH", path, { confirm_keys: true }))).unconfirmed_key, false);
    const log = await db.selectFrom("collector_logs").select("status").where("collector_id", "=", collector.id).executeTakeFirstOrThrow();
    assert.is(log.status, "active");
    assert.equal(await read(admin.get("/api/v1/notices")), { notices: [], open: 0 });
    const { confirmed_by } = await db.selectFrom("collector_keys").select("confirmed_by").executeTakeFirstOrThrow();
    assert.ok(confirmed_by);
  }));

test.run();

import { uuidv7 } from "uuidv7";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AddedEntryAnswer, EntriesAnswer, EntryDecisionsAnswer, WatchlistsAnswer } from "../../shared/api/central-api.ts";
import { makeHlc } from "../../shared/clock/hlc.ts";
import type { EntryId, ListId, Rid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import { closeTestDb } from "../db/test-db.ts";
import { addTestDetection, addTestSite } from "../db/test-world.ts";
import { publishOps } from "../feeds/publish-ops.ts";
import { type TestCentral, withCentral } from "../test-central.ts";
import { parseCsv } from "./parse-csv.ts";

test.after(closeTestDb);

const LATER = new Date(Date.now() + 9e8).toISOString();

const read = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;

test("adding a plate answers with earlier detections of it, newest first", () =>
  withCentral(async (central) => {
    const { db } = central.base;
    const site = await addTestSite(db, "Main");
    for (const days of [1, 3, 40]) await addTestDetection(db, site, { plate: "ABC123", capturedMs: Date.now() - days * 86_400_000 });
    const admin = await central.signIn("admin");
    const { id } = await read<{ id: string }>(admin.send("POST", "/api/v1/watchlists", { name: "Break-ins", sites: [site.site] }));
    const added = await read<AddedEntryAnswer>(
      admin.send("POST", `/api/v1/watchlists/${id}/entries`, {
        pattern: "abc 123",
        reason: "two break-ins",
        expires_at: LATER,
        note: "blue van",
      }),
    );
    assert.is(added.entry.pattern, "ABC123");
    assert.equal(added.entry.notes, ["blue van"]);
    assert.is(added.earlier.length, 2, "beyond 30 days nothing is shown");
    const wild = await read<AddedEntryAnswer>(
      admin.send("POST", `/api/v1/watchlists/${id}/entries`, { pattern: "AB*3", reason: "again", expires_at: LATER }),
    );
    assert.is(wild.earlier.length, 2);
  }));

test("an entry is renewed, noted, taken off; what cannot be is refused in words", () =>
  withCentral(async (central) => {
    const admin = await central.signIn("admin");
    const { id } = await read<{ id: string }>(admin.send("POST", "/api/v1/watchlists", { name: "Break-ins" }));
    const path = `/api/v1/watchlists/${id}/entries`;
    const { entry } = await read<AddedEntryAnswer>(
      admin.send("POST", path, { pattern: "ABC123", reason: "two break-ins", expires_at: LATER }),
    );
    const further = new Date(Date.now() + 18e8).toISOString();
    const changed = await read<{ expires_at: string; notes: string[] }>(
      admin.send("PATCH", `${path}/${entry.id}`, { expires_at: further, note: "seen again" }),
    );
    assert.equal([changed.expires_at, changed.notes], [further, ["seen again"]]);
    assert.is((await admin.send("PATCH", `${path}/${entry.id}`, { expires_at: "2001-01-01T00:00:00Z" })).status, 422);
    assert.is((await admin.send("POST", path, { pattern: "*", reason: "all", expires_at: LATER })).status, 422);
    assert.is((await admin.send("POST", path, { pattern: "ABC124", reason: "", expires_at: LATER })).status, 422);
    assert.is((await admin.send("POST", path, { pattern: "ABC124", reason: "no expiry" })).status, 422);
    assert.is((await admin.send("DELETE", `${path}/${entry.id}`)).status, 204);
    assert.is((await admin.send("DELETE", `${path}/${entry.id}`)).status, 404);
    assert.equal((await read<EntriesAnswer>(admin.get(path))).entries, []);
  }));

test("a list is renamed and deleted; people of other sites do not see it and cannot make it ring elsewhere", () =>
  withCentral(async (central) => {
    const { db } = central.base;
    const [main, oak] = [await addTestSite(db, "Main"), await addTestSite(db, "Oak")];
    const admin = await central.signIn("admin");
    const stranger = await central.signIn("operator", [oak.site]);
    const { id } = await read<{ id: string }>(admin.send("POST", "/api/v1/watchlists", { name: "Break-ins", sites: [main.site] }));
    const entry = { pattern: "ABC123", reason: "x y z", expires_at: LATER };
    assert.equal((await read<WatchlistsAnswer>(stranger.get("/api/v1/watchlists"))).watchlists, []);
    assert.is((await stranger.send("POST", `/api/v1/watchlists/${id}/entries`, entry)).status, 404);
    assert.is((await stranger.send("POST", "/api/v1/watchlists", { name: "All", sites: [] })).status, 403);
    assert.is((await stranger.send("POST", "/api/v1/watchlists", { name: "Mine", sites: [oak.site] })).status, 201);
    const renamed = await read<{ name: string; critical: boolean; sites: string[] }>(
      admin.send("PATCH", `/api/v1/watchlists/${id}`, { name: "Burglaries", critical: true }),
    );
    assert.equal(renamed.name, "Burglaries");
    assert.equal([renamed.critical, renamed.sites], [true, [main.site]]);
    assert.is((await admin.send("DELETE", `/api/v1/watchlists/${id}`)).status, 204);
    assert.is((await admin.get(`/api/v1/watchlists/${id}/entries`)).status, 404);
  }));

/** Each edit is stamped later than all before it, whatever central has seen since. */
let edits = 0;

/** Two people of two sites, each with something to say about one plate: what a site's edge would have sent. */
async function conflicted(central: TestCentral, causalLengths: readonly number[]) {
  const admin = await central.signIn("admin");
  const { id } = await read<{ id: string }>(admin.send("POST", "/api/v1/watchlists", { name: "Break-ins" }));
  const path = `/api/v1/watchlists/${id}/entries`;
  const { entry } = await read<AddedEntryAnswer>(
    admin.send("POST", path, { pattern: "ABC123", reason: "two break-ins", expires_at: LATER }),
  );
  const ops = causalLengths.map((causalLength, at): EntryOp => {
    const set: EntryOp["set"] = causalLength % 2 === 1 ? [["vehicle", "white van"]] : [];
    const [rid, hlc] = [uuidv7() as Rid, makeHlc(Date.now() + 5_000 * ++edits + at, 0)];
    return { rid, list: id as ListId, entry: entry.id as EntryId, causalLength, set, hlc, reason: "", author: "Miriam" };
  });
  const publish = (some: readonly EntryOp[]) =>
    central.base.db.transaction().execute((tx) => publishOps(tx, some, Date.now() + 60_000, null));
  const decisions = async () => (await read<EntryDecisionsAnswer>(admin.get("/api/v1/watchlists/decisions"))).decisions;
  const decide = (one: string, decision: string) => admin.send("POST", `/api/v1/watchlists/decisions/${one}`, { decision });
  const entries = async () => (await read<EntriesAnswer>(admin.get(path))).entries.map((shown) => `${shown.pattern} ${shown.vehicle}`);
  return { admin, entry: entry.id, ops, publish, decisions, decide, entries };
}

test("a site takes 200 lists; the next is refused in words that name the site, and a deleted one makes room", () =>
  withCentral(async (central) => {
    const { db } = central.base;
    const [main, oak] = [await addTestSite(db, "Main"), await addTestSite(db, "Oak")];
    const lists = Array.from({ length: 200 }, (_, at) => ({ id: uuidv7(), name: `${at}`, owner: "", kind: "shared" as const }));
    await db
      .insertInto("watchlists")
      .values(lists.map((list) => ({ ...list, created_at: new Date() })))
      .execute();
    await db
      .insertInto("watchlist_sites")
      .values(lists.map(({ id }) => ({ list_id: id, site_id: main.site })))
      .execute();
    const admin = await central.signIn("admin");
    const added = await admin.send("POST", "/api/v1/watchlists", { name: "One more", sites: [oak.site, main.site] });
    assert.is(added.status, 422);
    assert.match(await added.text(), /Main has 200 watchlists/);
    const { id } = await read<{ id: string }>(admin.send("POST", "/api/v1/watchlists", { name: "Oak's", sites: [oak.site] }));
    const toBoth = { sites: [oak.site, main.site] };
    assert.is((await admin.send("PATCH", `/api/v1/watchlists/${id}`, toBoth)).status, 422);
    assert.is((await admin.send("PATCH", `/api/v1/watchlists/${lists[0]!.id}`, { sites: [main.site, oak.site] })).status, 200);
    await db.updateTable("watchlists").set({ deleted_at: new Date() }).where("id", "=", lists[1]!.id).execute();
    assert.is((await admin.send("PATCH", `/api/v1/watchlists/${id}`, toBoth)).status, 200);
  }));

test("an edit that met a delete waits for an administrator, who keeps the entry with the edit or lets it stay deleted", () =>
  withCentral(async (central) => {
    for (const [decision, left] of [
      ["keep", ["ABC123 white van"]],
      ["delete", []],
    ] as const) {
      const { ops, publish, decisions, decide, entries } = await conflicted(central, [2, 1]);
      await publish(ops);
      assert.equal(await entries(), []);
      const [open] = await decisions();
      assert.equal([open?.kind, open?.pattern, open?.author], ["conflict", "ABC123", "Miriam"]);
      assert.is((await decide(open!.id, decision)).status, 200);
      assert.equal([await entries(), await decisions()], [left, []]);
      assert.is((await decide(open!.id, decision)).status, 404, "decided once");
    }
  }));

test("what a stale site said of a forgotten entry is kept whole for an administrator", () =>
  withCentral(async (central) => {
    for (const [decision, left] of [
      ["delete", []],
      ["keep", ["ABC123 white van"]],
    ] as const) {
      const { entry, ops, publish, decisions, decide, entries } = await conflicted(central, [2, 1]);
      await publish(ops.slice(0, 1));
      await central.base.db.updateTable("watchlist_entries").set({ forgotten_at: new Date() }).where("entry_id", "=", entry).execute();
      await publish(ops.slice(1));
      const [open] = await decisions();
      assert.equal([open?.kind, open?.author, await entries()], ["review", "Miriam", []]);
      assert.is((await decide(open!.id, decision)).status, 200);
      assert.equal([await entries(), await decisions()], [left, []]);
    }
  }));

test("a plate that a site may not put on a list is shown as it said, and is watched only when an administrator keeps it", () =>
  withCentral(async (central) => {
    const { ops, decisions, decide, entries } = await conflicted(central, [1]);
    const op = { ...ops[0]!, entry: uuidv7() as EntryId, set: [...ops[0]!.set, ["pattern", "NEW777"], ["expiresMs", Date.now() + 9e8]] };
    const { db } = central.base;
    const publish = (one: EntryOp) => db.transaction().execute((tx) => publishOps(tx, [one], Date.now(), null, new Set([one.rid])));
    await publish({ ...op, rid: uuidv7() as Rid } as EntryOp);
    await publish(op as EntryOp);
    const [first, second] = await decisions();
    assert.equal([first?.kind, first?.pattern, await entries()], ["review", "NEW777", ["ABC123 "]]);
    assert.is((await decide(first!.id, "delete")).status, 200);
    assert.equal(await entries(), ["ABC123 "]);
    assert.is((await decide(second!.id, "keep")).status, 200);
    assert.equal([(await entries()).sort(), await decisions()], [["ABC123 ", "NEW777 white van"], []]);
  }));

test("only administrators decide", () =>
  withCentral(async (central) => {
    const operator = await central.signIn("operator");
    assert.is((await operator.get("/api/v1/watchlists/decisions")).status, 403);
    assert.is((await operator.send("POST", "/api/v1/watchlists/decisions/conflict-1", { decision: "keep" })).status, 403);
  }));

test("importing is recorded with its reason; rows that are wrong are named by line and the others stand", () =>
  withCentral(async (central) => {
    const admin = await central.signIn("admin");
    const { id } = await read<{ id: string }>(admin.send("POST", "/api/v1/watchlists", { name: "Town" }));
    const csv = 'plate,reason,expires_at,note\nABC123,"theft, twice",,\n*,too open,,\nXYZ9,,2001-01-01,\n"Q 1",,,"line\nbreak"\n\n';
    const answer = await read<{ added: number; refused: { line: number }[] }>(
      admin.send("POST", `/api/v1/watchlists/${id}/import`, { csv, reason: "town's list", expires_at: LATER }),
    );
    assert.is(answer.added, 2);
    assert.equal(
      answer.refused.map((row) => row.line),
      [3, 4],
    );
    const { entries } = await read<EntriesAnswer>(admin.get(`/api/v1/watchlists/${id}/entries`));
    assert.equal(
      entries.map((entry) => [entry.pattern, entry.reason]),
      [
        ["ABC123", "theft, twice"],
        ["Q1", "town's list"],
      ],
    );
    const audit = await central.base.db.selectFrom("audit_log").select(["reason"]).where("action", "=", "watchlist.import").execute();
    assert.equal(
      audit.map((row) => row.reason),
      ["town's list"],
    );
  }));

test("a CSV without a column for the plate is not one", () => {
  assert.is(parseCsv("number,why\nA,b\n", 10), null);
  assert.is(parseCsv("plate\nA1\nB2\n", 1), null);
  assert.equal(
    parseCsv("\uFEFFPlate;Reason\r\nA1;b\r\n", 10)?.map((row) => [...row.fields]),
    [
      [
        ["plate", "A1"],
        ["reason", "b"],
      ],
    ],
  );
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { EntryView, WatchlistView } from "../../../shared/api/views.ts";
import { dropToast, toasts } from "../../data/toasts.ts";
import { addEntry, entries, lists, listsToAddTo, loadEntries, loadLists, removeEntry } from "./lists-state.ts";

const list = (id: string, kind: WatchlistView["kind"]): WatchlistView => ({
  id,
  name: id,
  owner: "Dina",
  kind,
  differences_max: 1,
  critical: false,
  entries: 0,
  sites: [],
});
const ENTRY: EntryView = {
  id: "e1",
  watchlist_id: "site",
  pattern: "ABC123",
  reason: "Seen at a break-in",
  expires_at: "2026-11-29T07:00:00.000Z",
  expired: false,
  vehicle: "white van",
  notes: [],
  added_by: "Miriam",
  added_at: "2026-11-22T07:00:00.000Z",
  changed_by: "Miriam",
  waiting: false,
};
/** The edge: one list with its entries; each request is kept as it came. */
let held: EntryView[] = [];
let refusal: string | null = null;
const asked: { readonly what: string; readonly body: unknown }[] = [];
const networkFetch = globalThis.fetch;
test.before.each(() => {
  held = [ENTRY];
  refusal = null;
  asked.length = 0;
  entries.value = new Map();
  globalThis.fetch = async (input, init) => {
    asked.push({ what: `${init?.method} ${String(input)}`, body: init?.body === undefined ? undefined : JSON.parse(String(init.body)) });
    if (init?.method === "GET")
      return Response.json(String(input).endsWith("/entries") ? { entries: held, contested: [] } : { watchlists: [list("site", "site")] });
    if (refusal !== null) return Response.json({ error: { code: "invalid", message: refusal } }, { status: 422 });
    if (init?.method === "DELETE") held = [];
    return Response.json({});
  };
});
test.after.each(() => {
  for (const { id } of toasts.value) dropToast(id);
});
test.after(() => {
  globalThis.fetch = networkFetch;
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

test("a plate is added to the site's own list first, then to shared ones, never to the trusted", () => {
  const all = [list("mine", "personal"), list("ours", "trusted"), list("town", "shared"), list("here", "site")];
  assert.equal(
    listsToAddTo(all).map(({ id }) => id),
    ["here", "town", "mine"],
  );
});

test("an entry taken off the list is gone at once, and undo puts it back as it was", async () => {
  await loadEntries("site");
  await removeEntry(ENTRY);
  await settled();
  assert.equal(entries.value.get("site"), []);
  toasts.value.at(-1)!.undo!();
  await settled();
  const { expires_at, pattern, reason, vehicle } = ENTRY;
  assert.equal(
    asked.find(({ what }) => what.startsWith("POST")),
    {
      what: "POST /api/watchlists/site/entries",
      body: { plate: pattern, reason, expires_at, vehicle },
    },
  );
});

test("an entry that the edge will not remove stays, and why is said", async () => {
  await loadEntries("site");
  refusal = "Only central can remove this.";
  await removeEntry(ENTRY);
  await settled();
  assert.equal(entries.value.get("site"), [ENTRY]);
  assert.equal(
    toasts.value.map(({ words, undo }) => [words, undo]),
    [[refusal, undefined]],
  );
});

test("a refused plate is answered to the form, without a note that it was added", async () => {
  refusal = "A plate has 1 to 12 letters and digits.";
  const answer = await addEntry("site", { plate: "?", reason: "x" });
  assert.is(answer.ok ? "" : answer.problem.words, refusal);
  assert.equal(toasts.value, []);
});

test("lists asked again bring the entries of those that are open along", async () => {
  await loadLists();
  assert.equal(
    asked.map(({ what }) => what),
    ["GET /api/watchlists"],
  );
  await loadEntries("site");
  held = [{ ...ENTRY, reason: "changed elsewhere" }];
  await loadLists();
  await settled();
  assert.is(entries.value.get("site")![0]!.reason, "changed elsewhere");
  assert.is(lists.value.value?.length, 1);
});

test.run();

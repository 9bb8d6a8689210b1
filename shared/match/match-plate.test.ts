import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ListId } from "../model/ids.ts";
import type { Entry } from "../model/watchlist.ts";
import { confusableDifferences, MATCHES_MAX, type MatchScope, matchPlate } from "./match-plate.ts";
import { numberedId, sampleEntry, sampleList, samplePlate } from "./sample-world.ts";
import { buildWatchlistIndex, type IndexedList } from "./watchlist-index.ts";

const TRUSTED = numberedId<ListId>(0xb000);
const trustedList = sampleList({ id: TRUSTED, name: "Volunteers", kind: "trusted" });

function match(read: string, entries: Entry[], lists: IndexedList[] = [sampleList(), trustedList], atMs = 5_000, scope?: MatchScope) {
  return matchPlate(buildWatchlistIndex(lists, entries), samplePlate(read), atMs, scope);
}

const kinds = (result: ReturnType<typeof match>): string[] => result.matches.map((found) => found.explanation.kind);

test("A8C123 matches ABC123 by one confusable difference, and says which", () => {
  const result = match("A8C123", [sampleEntry(1, "ABC123")]);
  assert.equal(result.matches[0]?.explanation, {
    kind: "confusable",
    plate: "A8C123",
    pattern: "ABC123",
    differences: [{ at: 1, read: "8", wanted: "B" }],
  });
  assert.is(result.matches.length, 1);
});

test("the same plate is an exact match without differences", () => {
  const result = match("ABC123", [sampleEntry(1, "ABC123")]);
  assert.equal(kinds(result), ["exact"]);
  assert.equal(result.matches[0]?.explanation.differences, []);
});

test("a character that nothing confuses is no match, however near the plate", () => {
  assert.equal(kinds(match("AXC123", [sampleEntry(1, "ABC123")])), []);
  assert.equal(kinds(match("ABC12", [sampleEntry(1, "ABC123")])), []);
  assert.equal(kinds(match("ABC2", [sampleEntry(1, "ABC7")])), []);
  // Both are taken for a 1, yet never for one another.
  assert.equal(kinds(match("ABC7", [sampleEntry(1, "ABCI")])), []);
});

test("weak pairs are differences too", () => {
  assert.equal(kinds(match("ABC7", [sampleEntry(1, "ABC1")])), ["confusable"]);
  assert.equal(kinds(match("4BC1", [sampleEntry(1, "ABC1")])), ["confusable"]);
});

test("each list says how many characters may differ, and never more than two may", () => {
  const reads: [string, number][] = [
    ["ABC123", 0],
    ["A8C123", 1],
    ["A8CI23", 2],
    ["A8CIZ3", 3],
  ];
  for (const allowed of [0, 1, 2, 9]) {
    for (const [read, differences] of reads) {
      const expected = differences <= Math.min(2, allowed) ? 1 : 0;
      const result = match(read, [sampleEntry(1, "ABC123")], [sampleList({ differencesMax: allowed })]);
      assert.is(result.matches.length, expected, `${read} with ${allowed} allowed`);
    }
  }
});

test("the surest come first: exact, then by fewer differences, then wildcards", () => {
  const entries = [
    sampleEntry(1, "AB*"),
    sampleEntry(2, "A8CI23"),
    sampleEntry(3, "A8C123"),
    sampleEntry(4, "ABC123"),
    sampleEntry(5, "*123"),
  ];
  const result = match("ABC123", entries, [sampleList({ differencesMax: 2 })]);
  assert.equal(
    result.matches.map((found) => found.entry.pattern),
    ["ABC123", "A8C123", "A8CI23", "AB*", "*123"],
  );
});

test("the order does not depend on how the index was filled", () => {
  const entries = [1, 2, 3, 4, 5, 6].map((number) => sampleEntry(number, number % 2 ? "ABC123" : "A8C123"));
  const order = (from: Entry[]) => match("ABC123", from).matches.map((found) => found.entry.id);
  assert.equal(order(entries), order([...entries].reverse()));
});

test("an expired entry is silent from the very moment of its expiry", () => {
  const entry = sampleEntry(1, "ABC123", { expiresMs: 6_000 });
  assert.is(match("ABC123", [entry], undefined, 5_999).matches.length, 1);
  assert.is(match("ABC123", [entry], undefined, 6_000).matches.length, 0);
});

test("on the edge an entry counts even while the clock stands in 1970", () => {
  assert.is(match("ABC123", [sampleEntry(1, "ABC123", { addedMs: 1_000_000 })], undefined, 0).matches.length, 1);
});

test("a backlog is matched only against entries that had been added when the car passed", () => {
  const entry = sampleEntry(1, "ABC123", { addedMs: 5_001 });
  assert.is(match("ABC123", [entry], undefined, 5_000, "in-force-then").matches.length, 0);
  assert.is(match("ABC123", [entry], undefined, 5_001, "in-force-then").matches.length, 1);
});

test("a trusted list never alerts", () => {
  const result = match("ABC123", [sampleEntry(1, "ABC123", { list: TRUSTED }), sampleEntry(2, "AB*", { list: TRUSTED })]);
  assert.equal(kinds(result), []);
  assert.is(result.silenced, 0);
});

test("our own car silences confusable and wildcard matches of other lists, counted and with its entry named", () => {
  const own = sampleEntry(1, "A8C123", { list: TRUSTED });
  const result = match("A8C123", [own, sampleEntry(2, "ABC123"), sampleEntry(3, "A8*")]);
  assert.equal(kinds(result), []);
  assert.is(result.silenced, 2);
  assert.equal(result.trustedBy, [own.id]);
});

test("an exact match with another list alerts for our own car all the same", () => {
  const result = match("ABC123", [sampleEntry(1, "ABC123", { list: TRUSTED }), sampleEntry(2, "ABC123"), sampleEntry(3, "A8C123")]);
  assert.equal(kinds(result), ["exact"]);
  assert.is(result.silenced, 1);
});

test("a car that only looks like ours, or fits a trusted wildcard, is not ours", () => {
  const result = match("A8C123", [
    sampleEntry(1, "ABC123", { list: TRUSTED }),
    sampleEntry(2, "A8*", { list: TRUSTED }),
    sampleEntry(3, "A8C12?"),
  ]);
  assert.equal(kinds(result), ["wildcard"]);
  assert.equal(result.trustedBy, []);
});

test("an expired trusted entry silences nothing", () => {
  const own = sampleEntry(1, "A8C123", { list: TRUSTED, expiresMs: 5_000 });
  assert.equal(kinds(match("A8C123", [own, sampleEntry(2, "ABC123")])), ["confusable"]);
});

test("never again for this entry and this exact plate: only this entry, only this plate", () => {
  const excepting = sampleEntry(1, "ABC123", { exceptPlates: ["A8C123"] });
  assert.equal(kinds(match("A8C123", [excepting])), []);
  assert.equal(kinds(match("ABC123", [excepting])), ["exact"]);
  assert.equal(kinds(match("ABCI23", [excepting])), ["confusable"]);
  assert.equal(kinds(match("A8C123", [excepting, sampleEntry(2, "ABC123")])), ["confusable"]);
});

test("a wildcard's exception works alike", () => {
  assert.equal(kinds(match("ABC123", [sampleEntry(1, "AB*", { exceptPlates: ["ABC123"] })])), []);
});

test("more matches than anyone can read are cut from the end and counted", () => {
  const wild = Array.from({ length: MATCHES_MAX + 5 }, (_, at) => sampleEntry(at + 10, "AB*"));
  const result = match("ABC123", [...wild, sampleEntry(1, "ABC123")]);
  assert.is(result.matches.length, MATCHES_MAX);
  assert.is(result.dropped, 6);
  assert.is(kinds(result)[0], "exact");
});

test("a match carries its list and the version it was made with", () => {
  const version = { generation: "f".repeat(32), cursor: 41, overlay: 2 };
  const result = match("ABC123", [sampleEntry(1, "ABC123")], [sampleList({ name: "Stolen" }, version)]);
  assert.is(result.matches[0]?.list.list.name, "Stolen");
  assert.equal(result.matches[0]?.list.version, version);
});

test("differences are counted only where all of them are confusable", () => {
  assert.is(confusableDifferences("ABC123", "ABC123"), 0);
  assert.is(confusableDifferences("A8CI23", "ABC123"), 2);
  assert.is(confusableDifferences("A8CX23", "ABC123"), Number.POSITIVE_INFINITY);
  assert.is(confusableDifferences("ABC12", "ABC123"), Number.POSITIVE_INFINITY);
});

test.run();

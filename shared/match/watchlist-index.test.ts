import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ListId } from "../model/ids.ts";
import { matchPlate } from "./match-plate.ts";
import { numberedId, SAMPLE_LIST, SAMPLE_VERSION, sampleEntry, sampleList, samplePlate } from "./sample-world.ts";
import { buildWatchlistIndex, WatchlistIndex } from "./watchlist-index.ts";

function lookalikes(index: WatchlistIndex, plate: string): string[] {
  const found: string[] = [];
  index.forEachLookalike(samplePlate(plate), ({ entry }) => found.push(entry.pattern));
  return found.sort();
}

function wildcards(index: WatchlistIndex, plate: string): string[] {
  const found: string[] = [];
  index.forEachWildcard(samplePlate(plate), ({ entry }) => found.push(entry.pattern));
  return found.sort();
}

function indexOf(...patterns: string[]): WatchlistIndex {
  return buildWatchlistIndex(
    [sampleList()],
    patterns.map((pattern, at) => sampleEntry(at + 1, pattern)),
  );
}

test("an entry is found by its plate and by every plate that could be taken for it", () => {
  const index = indexOf("ABC123", "XYZ789");
  for (const read of ["ABC123", "A8C123", "ABCI23", "48C1Z3", "ABC723"]) assert.ok(lookalikes(index, read).includes("ABC123"), read);
  assert.equal(lookalikes(index, "ABD123"), []);
  assert.equal(lookalikes(index, "ABC12"), []);
});

test("a removed entry is found no more, and the others of its key still are", () => {
  const index = indexOf("ABC123", "A8C123", "ABCI23");
  assert.ok(index.removeEntry(sampleEntry(2, "").id));
  assert.equal(lookalikes(index, "ABC123"), ["ABC123", "ABCI23"]);
  assert.ok(index.removeEntry(sampleEntry(1, "").id));
  assert.ok(index.removeEntry(sampleEntry(3, "").id));
  assert.equal(lookalikes(index, "ABC123"), []);
  assert.is(index.size, 0);
  assert.not.ok(index.removeEntry(sampleEntry(3, "").id));
});

test("an entry put again under its id replaces the one before", () => {
  const index = indexOf("ABC123");
  index.putEntry(sampleEntry(1, "XYZ789"));
  assert.equal(lookalikes(index, "ABC123"), []);
  assert.equal(lookalikes(index, "XYZ789"), ["XYZ789"]);
  index.putEntry(sampleEntry(1, "XY*89"));
  assert.equal(lookalikes(index, "XYZ789"), []);
  assert.equal(wildcards(index, "XYZ789"), ["XY*89"]);
  index.putEntry(sampleEntry(1, "ABC123"));
  assert.equal(wildcards(index, "XYZ789"), []);
  assert.is(index.size, 1);
});

test("a renewal that leaves the pattern alone is seen at once", () => {
  const index = indexOf("ABC123");
  index.putEntry(sampleEntry(1, "ABC123", { expiresMs: 9_000_000, reason: "again" }));
  const match = matchPlate(index, samplePlate("ABC123"), 5_000_000).matches[0];
  assert.is(match?.entry.reason, "again");
});

test("the same plate entered twice is two entries", () => {
  const index = indexOf("ABC123", "ABC123");
  assert.equal(lookalikes(index, "ABC123"), ["ABC123", "ABC123"]);
});

test("a pattern that is none is kept out and named", () => {
  const index = new WatchlistIndex();
  index.putList(sampleList().list, SAMPLE_VERSION);
  for (const pattern of ["", "abc-123", "*", "A*", "ABCDEFGHIJKLM", "AB*?"]) {
    assert.is(index.putEntry(sampleEntry(1, pattern)), "unusable-pattern", pattern);
  }
  assert.is(index.size, 0);
  assert.is(index.putEntry(sampleEntry(1, "ABC123")), "indexed");
});

test("an unusable new pattern takes the old one out too", () => {
  const index = indexOf("ABC123");
  index.putEntry(sampleEntry(1, "*"));
  assert.equal(lookalikes(index, "ABC123"), []);
});

test("entries of a list that is not there never match, and a removed list takes its entries along", () => {
  const other = numberedId<ListId>(0xb000);
  const index = indexOf("ABC123");
  index.putEntry(sampleEntry(9, "ABC123", { list: other }));
  index.putEntry(sampleEntry(10, "AB*", { list: other }));
  assert.is(lookalikes(index, "ABC123").length, 1);
  index.putList({ ...sampleList().list, id: other }, SAMPLE_VERSION);
  assert.is(lookalikes(index, "ABC123").length, 2);
  index.removeList(SAMPLE_LIST);
  assert.is(index.size, 2);
  assert.is(lookalikes(index, "ABC123").length, 1);
  assert.is(index.listOf(SAMPLE_LIST), undefined);
});

test("wildcards are found whatever part of them is fixed", () => {
  const fitting = ["AB*", "*23", "A*3", "?BC1??", "*BC*", "A?C*", "*B?1*", "A??1?3", "*B*2*", "ABC12?", "AB?*3", "?B?1?3"];
  const other = ["AC*", "*32", "B*3", "??BC1?", "*BD*", "ABC123?", "AB"];
  const index = indexOf(...fitting, ...other.filter((pattern) => /[*?]/.test(pattern)));
  assert.equal(wildcards(index, "ABC123"), [...fitting].sort());
});

test("a plate with repeated characters meets each wildcard once", () => {
  assert.equal(wildcards(indexOf("*AA*", "AA*", "*A?A*"), "AAAAAA"), ["*A?A*", "*AA*", "AA*"]);
});

test("of 20,000 wildcards a plate looks at few", () => {
  const index = new WatchlistIndex();
  index.putList(sampleList().list, SAMPLE_VERSION);
  const letters = "ABCDEFGHJKLMNPRSTUVWXYZ";
  let looked = 0;
  for (let at = 0; at < 20_000; at++) {
    const text = letters[at % 23]! + letters[(at * 7 + 3) % 23]! + String(at % 997).padStart(3, "0");
    const entry = sampleEntry(at + 1, `*${text}*`);
    // Counted where the comparison reads it.
    const countedPattern = (): string => {
      looked++;
      return `*${text}*`;
    };
    Object.defineProperty(entry, "pattern", { get: countedPattern });
    index.putEntry(entry);
  }
  looked = 0;
  matchPlate(index, samplePlate("KTR4821"), 0);
  assert.ok(looked > 0 && looked < 1_000, `${looked} patterns read`);
});

test("after ten thousand random edits the index answers as one built anew", () => {
  let seed = 12345;
  const random = (bound: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % bound;
  };
  const pick = (text: string): string => text[random(text.length)]!;
  const held = new Map<number, string>();
  const index = new WatchlistIndex();
  index.putList(sampleList().list, SAMPLE_VERSION);
  for (let step = 0; step < 10_000; step++) {
    const number = random(3_000) + 1;
    if (random(3) === 0) {
      index.removeEntry(sampleEntry(number, "").id);
      held.delete(number);
      continue;
    }
    const plate = Array.from({ length: 4 }, () => pick("AB8017")).join("");
    const pattern = random(5) === 0 ? `${plate.slice(0, 2)}*` : plate;
    index.putEntry(sampleEntry(number, pattern));
    held.set(number, pattern);
  }
  const rebuilt = buildWatchlistIndex(
    [sampleList()],
    [...held].map(([number, pattern]) => sampleEntry(number, pattern)),
  );
  assert.is(index.size, held.size);
  for (const a of "AB8017") {
    for (const b of "AB8017") {
      const plate = samplePlate(`${a}${b}0B`);
      const ids = (from: WatchlistIndex) => matchPlate(from, plate, 0).matches.map((match) => match.entry.id);
      assert.equal(ids(index), ids(rebuilt));
      assert.equal(lookalikes(index, plate), lookalikes(rebuilt, plate));
      assert.equal(wildcards(index, plate), wildcards(rebuilt, plate));
    }
  }
});

test.run();

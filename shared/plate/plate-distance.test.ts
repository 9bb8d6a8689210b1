import { test } from "uvu";
import * as assert from "uvu/assert";
import { confusion } from "./confusable-glyphs.ts";
import { plateDistance } from "./plate-distance.ts";

/** The whole table, no band and no early end, in tenths. */
function slowDistance(a: string, b: string): number {
  const cost = { same: 0, strong: 5, weak: 7, none: 10 };
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at * 10)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i * 10];
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(rows[i - 1]![j - 1]! + cost[confusion(a[i - 1]!, b[j - 1]!)], rows[i - 1]![j]! + 10, row[j - 1]! + 10));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]! / 10;
}

function words(alphabet: string, lengthMax: number): string[] {
  let last = [""];
  const all = [""];
  for (let length = 1; length <= lengthMax; length++) {
    last = last.flatMap((word) => [...alphabet].map((character) => word + character));
    all.push(...last);
  }
  return all;
}

test("equal plates are 0 apart", () => {
  assert.is(plateDistance("ABC123", "ABC123", 0), 0);
  assert.is(plateDistance("", "", 1), 0);
});

test("a look-alike costs half, a weak one 0.7, any other edit 1", () => {
  assert.is(plateDistance("A8C123", "ABC123", 3), 0.5);
  assert.is(plateDistance("ABC723", "ABC123", 3), 0.7);
  assert.is(plateDistance("4BC123", "ABC123", 3), 0.7);
  assert.is(plateDistance("AXC123", "ABC123", 3), 1);
  assert.is(plateDistance("ABC12", "ABC123", 3), 1);
  assert.is(plateDistance("ABC1234", "ABC123", 3), 1);
});

test("two look-alikes are exactly 1 apart, so they still make one pass", () => {
  assert.is(plateDistance("A8C1Z3", "ABC123", 1), 1);
});

test("beyond the bound the answer is Infinity, at the bound it is the distance", () => {
  assert.is(plateDistance("AXC1Z3", "ABC123", 1), Number.POSITIVE_INFINITY);
  assert.is(plateDistance("AXC1Z3", "ABC123", 1.5), 1.5);
  assert.is(plateDistance("ABC123", "ABC", 2), Number.POSITIVE_INFINITY);
  assert.is(plateDistance("ABC123", "ABC", 3), 3);
  assert.is(plateDistance("A8C123", "ABC123", 0.4), Number.POSITIVE_INFINITY);
  assert.is(plateDistance("A8C123", "ABC123", 0.5), 0.5);
});

test("an inserted character shifts the rest and still counts once", () => {
  assert.is(plateDistance("IABC123", "ABC123", 1), 1);
  assert.is(plateDistance("ABCI23", "AB1C23", 2), 2);
});

test("the banded computation agrees with the whole table, at every bound", () => {
  const all = words("0O7A", 3);
  for (const a of all) {
    for (const b of all) {
      const whole = slowDistance(a, b);
      for (const bound of [0, 0.5, 0.7, 1, 1.5, 2, 3]) {
        assert.is(plateDistance(a, b, bound), whole <= bound ? whole : Number.POSITIVE_INFINITY, `${a} ${b} ${bound}`);
      }
    }
  }
});

test("it is symmetric", () => {
  const all = words("14A7", 3);
  for (const a of all) for (const b of all) assert.is(plateDistance(a, b, 9), plateDistance(b, a, 9), `${a} ${b}`);
});

test.run();

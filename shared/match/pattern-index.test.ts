import { test } from "uvu";
import * as assert from "uvu/assert";
import type { EntryId } from "../model/ids.ts";
import { PatternIndex } from "./pattern-index.ts";
import { numberedId, sampleEntry, sampleList, samplePlate } from "./sample-world.ts";
import { buildWatchlistIndex } from "./watchlist-index.ts";

const idOf = (number: number): EntryId => numberedId<EntryId>(number);

function found(index: PatternIndex, plate: string): string[] {
  const ids: string[] = [];
  index.forEachLookalike(samplePlate(plate), (id) => ids.push(id));
  index.forEachWildcard(samplePlate(plate), (id) => ids.push(id));
  return ids.sort();
}

test("a plate is found by what it could be taken for, a wildcard by what fits it, both under the id of their entry", () => {
  const index = new PatternIndex();
  assert.equal([index.put(idOf(1), "ABC123"), index.put(idOf(2), "ABC*"), index.put(idOf(3), "X?Z789")], ["indexed", "indexed", "indexed"]);
  assert.equal(found(index, "A8C123"), [idOf(1)]);
  assert.equal(found(index, "ABC123"), [idOf(1), idOf(2)]);
  assert.equal(found(index, "XYZ789"), [idOf(3)]);
  assert.is(index.size, 3);
});

test("a pattern that is none is kept out, and what stood under its id goes", () => {
  const index = new PatternIndex();
  index.put(idOf(1), "ABC123");
  assert.is(index.put(idOf(1), "abc 123"), "unusable-pattern");
  assert.equal([found(index, "ABC123"), index.size, index.remove(idOf(1))], [[], 0, false]);
});

test("after thousands of additions, changes and removals it finds what the index of whole entries finds", () => {
  const index = new PatternIndex();
  const held = new Map<number, string>();
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  const someone = (): string => `${"AB84SZ"[random(6)]}${"B8D0"[random(4)]}${"*?C1"[random(4)]}${random(50)}`;
  for (let turn = 0; turn < 6_000; turn++) {
    const number = 1 + random(1_500);
    if (random(3) === 0) {
      assert.is(index.remove(idOf(number)), held.delete(number));
    } else {
      const pattern = someone();
      index.put(idOf(number), pattern);
      held.set(number, pattern);
    }
  }
  assert.is(index.size, held.size);
  const whole = buildWatchlistIndex(
    [sampleList()],
    [...held].map(([number, pattern]) => sampleEntry(number, pattern)),
  );
  for (let turn = 0; turn < 500; turn++) {
    const plate = someone().replaceAll(/[*?]/g, "7");
    const expected: string[] = [];
    whole.forEachLookalike(samplePlate(plate), ({ entry }) => expected.push(entry.id));
    whole.forEachWildcard(samplePlate(plate), ({ entry }) => expected.push(entry.id));
    assert.equal(found(index, plate), expected.sort(), plate);
  }
});

test.run();

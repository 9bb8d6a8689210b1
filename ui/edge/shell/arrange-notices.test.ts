import { test } from "uvu";
import * as assert from "uvu/assert";
import { arrangeNotices } from "./arrange-notices.ts";

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 23, 2, minute)).toISOString();
const wordsOf = (notices: readonly { words: string }[]): string[] => notices.map((one) => one.words);

test("every alarm stands open, however many warnings came before it", () => {
  const { open, folded } = arrangeNotices([
    { at: at(1), level: "warning", words: "disk" },
    { at: at(2), level: "warning", words: "clock" },
    { at: at(3), level: "alarm", words: "store" },
    { at: at(4), level: "alarm", words: "fork" },
    { at: at(5), level: "alarm", words: "full" },
  ]);
  assert.equal(wordsOf(open), ["full", "fork", "store"]);
  assert.equal(wordsOf(folded), ["clock", "disk"]);
});

test("what is for information is one tap away and never gone", () => {
  const { open, folded } = arrangeNotices([
    { at: at(1), level: "info", words: "a new log" },
    { at: at(2), level: "warning", words: "restored" },
  ]);
  assert.equal([wordsOf(open), wordsOf(folded)], [["restored"], ["a new log"]]);
});

test("of many warnings the two newest stand open", () => {
  const { open, folded } = arrangeNotices([1, 2, 3].map((minute) => ({ at: at(minute), level: "warning", words: `${minute}` })));
  assert.equal([wordsOf(open), wordsOf(folded)], [["3", "2"], ["1"]]);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { countWithinCredit, grantCredit, isLarger, isZeroFor, NO_CREDIT } from "./credits.ts";

const credit = { nextAccepted: 10, bytesOutstanding: 1_000 };
const sizes = [300, 300, 300, 300, 300];

test("records below the named seq may go, as long as the bytes on their way stay within the figure", () => {
  assert.is(countWithinCredit(credit, { fromSeq: 0, outstandingBytes: 0, sizes }), 3);
  assert.is(countWithinCredit(credit, { fromSeq: 0, outstandingBytes: 100, sizes }), 3);
  assert.is(countWithinCredit(credit, { fromSeq: 0, outstandingBytes: 101, sizes }), 2);
  assert.is(countWithinCredit(credit, { fromSeq: 8, outstandingBytes: 0, sizes }), 2);
  assert.is(countWithinCredit(credit, { fromSeq: 0, outstandingBytes: 0, sizes: [1, 1] }), 2);
});

test("zero means keep it: nothing goes", () => {
  assert.is(countWithinCredit(NO_CREDIT, { fromSeq: 0, outstandingBytes: 0, sizes }), 0);
  assert.is(countWithinCredit(credit, { fromSeq: 10, outstandingBytes: 0, sizes }), 0);
  assert.is(countWithinCredit({ nextAccepted: 10, bytesOutstanding: 0 }, { fromSeq: 0, outstandingBytes: 0, sizes }), 0);
  assert.ok(isZeroFor(NO_CREDIT, 0));
  assert.ok(isZeroFor(credit, 10));
  assert.not.ok(isZeroFor(credit, 9));
});

test("a record larger than the figure goes alone, or it would wait for ever", () => {
  assert.is(countWithinCredit(credit, { fromSeq: 0, outstandingBytes: 0, sizes: [5_000, 10] }), 1);
  assert.is(countWithinCredit(credit, { fromSeq: 0, outstandingBytes: 1, sizes: [5_000, 10] }), 0);
});

test("nothing waiting, nothing goes", () => {
  assert.is(countWithinCredit(credit, { fromSeq: 0, outstandingBytes: 0, sizes: [] }), 0);
});

test("credit is absolute: the same one twice grants nothing twice", () => {
  const first = countWithinCredit(credit, { fromSeq: 8, outstandingBytes: 0, sizes });
  assert.is(countWithinCredit(credit, { fromSeq: 8 + first, outstandingBytes: 0, sizes }), 0);
});

test("a grant names the first seq it would not accept, and never less than what is held", () => {
  assert.equal(grantCredit(40, 100, 65_536), { nextAccepted: 140, bytesOutstanding: 65_536 });
  assert.equal(grantCredit(40, -5, -1), { nextAccepted: 40, bytesOutstanding: 0 });
  assert.ok(isZeroFor(grantCredit(40, 0, 65_536), 40));
});

test("only a larger credit may trigger a send", () => {
  assert.not.ok(isLarger(credit, credit));
  assert.ok(isLarger({ ...credit, nextAccepted: 11 }, credit));
  assert.ok(isLarger({ ...credit, bytesOutstanding: 1_001 }, credit));
  assert.not.ok(isLarger({ nextAccepted: 9, bytesOutstanding: 999 }, credit));
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { createBoundedQueue } from "./bounded-queue.ts";

test("items leave in the order in which they came", () => {
  const queue = createBoundedQueue<number>({ name: "captures", max: 10, onFull: "refuse" });
  for (const item of [1, 2, 3]) assert.equal(queue.push(item), { kind: "queued" });
  assert.is(queue.peek(), 1);
  assert.equal(queue.take(2), [1, 2]);
  assert.equal(queue.take(9), [3]);
  assert.equal(queue.take(9), []);
  assert.is(queue.peek(), undefined);
});

test("a full queue that refuses leaves the item with its owner, and counts it", () => {
  const queue = createBoundedQueue<number>({ name: "captures", max: 2, onFull: "refuse" });
  queue.push(1);
  queue.push(2);
  assert.equal(queue.push(3), { kind: "refused" });
  assert.is(queue.overflowed(), 1);
  assert.equal(queue.take(9), [1, 2]);
  assert.equal(queue.push(4), { kind: "queued" });
});

test("a full queue that drops its oldest hands it back, and counts it", () => {
  const queue = createBoundedQueue<number>({ name: "live feed", max: 2, onFull: "drop-oldest" });
  queue.push(1);
  queue.push(2);
  assert.equal(queue.push(3), { kind: "queued-dropping", dropped: 1 });
  assert.is(queue.size(), 2);
  assert.is(queue.overflowed(), 1);
  assert.equal(queue.take(9), [2, 3]);
});

test("through any mix of pushes and takes it behaves as a list with a bound", () => {
  let seed = 3;
  const random = (bound: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % bound;
  };
  for (const onFull of ["refuse", "drop-oldest"] as const) {
    for (const max of [1, 2, 15, 16, 17, 33, 100]) {
      const queue = createBoundedQueue<number>({ name: "any", max, onFull });
      let model: number[] = [];
      for (let step = 0; step < 1_500; step++) {
        if (random(3) > 0) {
          const outcome = queue.push(step);
          if (model.length < max) model.push(step);
          else if (onFull === "drop-oldest") {
            assert.equal(outcome, { kind: "queued-dropping", dropped: model[0] });
            model = [...model.slice(1), step];
          }
        } else {
          const most = random(5);
          assert.equal(queue.take(most), model.slice(0, most));
          model = model.slice(most);
        }
        assert.is(queue.size(), model.length);
        assert.is(queue.peek(), model[0]);
      }
    }
  }
});

test("taking a negative number takes nothing", () => {
  const queue = createBoundedQueue<number>({ name: "any", max: 2, onFull: "refuse" });
  queue.push(1);
  assert.equal(queue.take(-1), []);
  assert.is(queue.size(), 1);
});

test("a queue without a sane bound is a bug", () => {
  for (const max of [0, -1, 1.5, Number.POSITIVE_INFINITY, Number.NaN]) {
    assert.throws(() => createBoundedQueue({ name: "any", max, onFull: "refuse" }));
  }
});

test.run();

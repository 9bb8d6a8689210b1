import { test } from "uvu";
import * as assert from "uvu/assert";
import { BACKOFF_MAX_MS, BACKOFF_MIN_MS, ceilingMs, createBackoff, HEALTHY_MS } from "./backoff.ts";

const least = () => 0;
const most = () => 1 - Number.EPSILON;

test("the ceiling doubles from 2 s to 5 minutes and stays there", () => {
  assert.equal(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((failures) => ceilingMs(failures)),
    [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000],
  );
  assert.is(ceilingMs(1_000_000), BACKOFF_MAX_MS);
});

test("each wait lies anywhere between 1 s and the ceiling", () => {
  const shortest = createBackoff(least);
  const longest = createBackoff(most);
  for (let failures = 1; failures <= 12; failures++) {
    assert.is(shortest.afterFailure(0), BACKOFF_MIN_MS);
    assert.is(longest.afterFailure(0), ceilingMs(failures));
  }
});

test("edges that fail together do not come back together, not even the first time", () => {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed / 2 ** 32;
  };
  const first = Array.from({ length: 1_000 }, () => createBackoff(random).afterFailure(0));
  const perTenth = new Map<number, number>();
  for (const waitMs of first) perTenth.set(Math.floor(waitMs / 100), (perTenth.get(Math.floor(waitMs / 100)) ?? 0) + 1);
  assert.ok(Math.max(...perTenth.values()) < 200, "no tenth of a second takes a fifth of all");
});

test("60 s of health forget the failures before", () => {
  const backoff = createBackoff(most);
  for (let failures = 0; failures < 6; failures++) backoff.afterFailure(0);
  assert.is(backoff.afterFailure(HEALTHY_MS - 1), ceilingMs(7));
  assert.is(backoff.afterFailure(HEALTHY_MS), ceilingMs(1));
  assert.is(backoff.failures(), 1);
});

test("reset forgets them too", () => {
  const backoff = createBackoff(most);
  backoff.afterFailure(0);
  backoff.afterFailure(0);
  backoff.reset();
  assert.is(backoff.failures(), 0);
  assert.is(backoff.afterFailure(0), ceilingMs(1));
});

test("other bounds are kept as given", () => {
  const backoff = createBackoff(most, { minMs: 30_000, maxMs: 45_000, healthyMs: 1 });
  assert.is(backoff.afterFailure(0), 45_000);
  assert.is(createBackoff(least, { minMs: 30_000, maxMs: 45_000, healthyMs: 1 }).afterFailure(0), 30_000);
});

test.run();

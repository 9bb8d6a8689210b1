import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Sha256 } from "../../shared/model/ids.ts";
import { imageKey, parseImageKey, sha256OfKey } from "./image-store.ts";

const DIGEST = "0123456789abcdef".repeat(4) as Sha256;

test("a key names the UTC day, whatever the zone of the machine", () => {
  assert.is(imageKey(DIGEST, Date.UTC(2026, 0, 1, 0, 0, 0)), `images/2026/01/01/${DIGEST}.jpg`);
  assert.is(imageKey(DIGEST, Date.UTC(2026, 0, 1, 0, 0, 0) - 1), `images/2025/12/31/${DIGEST}.jpg`);
});

test("a key from 1970 is a bug of the caller", () => {
  assert.throws(() => imageKey(DIGEST, 0));
  assert.throws(() => imageKey(DIGEST, Number.NaN));
});

test("a key gives its digest back, and only a key is taken for one", () => {
  const key = imageKey(DIGEST, Date.UTC(2026, 10, 22));
  assert.is(parseImageKey(key), key);
  assert.is(sha256OfKey(key), DIGEST);
  for (const other of [undefined, 7, "", `${key}/../x`, `/${key}`, key.replace("2026", "../6"), key.toUpperCase()]) {
    assert.is(parseImageKey(other), undefined);
  }
});

test.run();

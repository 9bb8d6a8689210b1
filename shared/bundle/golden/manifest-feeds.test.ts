import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, hexToBytes, type Incarnation, type ListId, uuid } from "../../model/ids.ts";
import { type BundleManifest, decodeManifest, encodeManifest } from "../bundle-parts.ts";
import { MANIFEST } from "../test-bundle.ts";

const golden = JSON.parse(readFileSync(new URL("manifest-feeds.json", import.meta.url), "utf8")) as { manifest: string };
const HOLDING: BundleManifest = {
  ...MANIFEST,
  feeds: [
    {
      list: uuid<ListId>("01990000-0000-7000-8000-0000000000aa"),
      generation: "30".repeat(16) as Incarnation,
      cursor: 9,
      checksum: new Uint8Array(32).fill(8),
    },
  ],
};

test("a manifest that says what the site holds of its lists is written and read as released", () => {
  assert.is(bytesToHex(encodeManifest(HOLDING)), golden.manifest);
  assert.equal(decodeManifest(hexToBytes(golden.manifest)), HOLDING);
});

test("a manifest of the release before says nothing of them", () => {
  assert.is(decodeManifest(encodeManifest(MANIFEST))?.feeds, null);
});

test.run();

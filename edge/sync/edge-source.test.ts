import { test } from "uvu";
import * as assert from "uvu/assert";
import { CHECKSUM_BYTES } from "../../shared/crdt/list-checksum.ts";
import { NO_GENERATION } from "../../shared/crdt/overlay.ts";
import type { ListId } from "../../shared/model/ids.ts";
import { FEEDS_MAX } from "../../shared/protocol/limits.ts";
import { feedCursors } from "./edge-source.ts";

test("of more lists than a frame names those that central has told come first, and the link is never lost over the rest", () => {
  const held = Array.from({ length: FEEDS_MAX + 10 }, (_, at) => ({
    list: `${at}` as ListId,
    generation: at < 20 ? NO_GENERATION : "a".repeat(32),
    cursor: at,
    checksum: new Uint8Array(CHECKSUM_BYTES),
  }));
  const named = feedCursors({ feeds: () => held });
  assert.is(named.length, FEEDS_MAX);
  assert.is(named.filter((feed) => feed.generation === NO_GENERATION).length, 10);
  assert.equal(feedCursors({ feeds: () => held.slice(0, 3) }), held.slice(0, 3));
});

test.run();

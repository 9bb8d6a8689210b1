import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeHlc } from "../../shared/clock/hlc.ts";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { ZERO_HASH } from "../../shared/log/chain.ts";
import { bytesToHex, type EntryId, type ListId, type Rid, uuid } from "../../shared/model/ids.ts";
import type { EntryOp } from "../../shared/model/watchlist.ts";
import { foldOntoFeed } from "./fold-feed.ts";

const LIST = uuid<ListId>("0199a0b0-0000-7000-8000-000000000001");
const opOf = (n: number): EntryOp => ({
  rid: uuid<Rid>(`0199a0b0-0000-7000-8000-00000000010${n}`),
  list: LIST,
  entry: uuid<EntryId>(`0199a0b0-0000-7000-8000-00000000020${n}`),
  causalLength: 1,
  set: [["pattern", `ABC12${n}`]],
  hlc: makeHlc(1_000, n),
  reason: "",
  author: "Dana",
});
/** The checksums that the ops get when the feed's own came from the database as `held`. */
const checksums = (held: Uint8Array): string[] =>
  foldOntoFeed({ ...emptyListState(LIST), checksum: held }, { next: 0, hash: ZERO_HASH }, [opOf(1), opOf(2), opOf(3)], 1_000).published.map(
    ({ checksum }) => bytesToHex(checksum),
  );

test("ops published together have each the checksum after it, whatever kind of bytes the database's driver gives", () => {
  const plain = checksums(new Uint8Array(32));
  assert.is(new Set(plain).size, 3);
  assert.equal(checksums(Buffer.alloc(32)), plain);
});

test.run();

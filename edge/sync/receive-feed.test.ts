import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { makeSigner, type SigningKeys, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { decodePositional, encodePositional, type Positional } from "../../shared/log/positional.ts";
import type { EntryId, Hlc, Incarnation, ListId, Rid, Sha256 } from "../../shared/model/ids.ts";
import type { FeedOp } from "../../shared/model/watchlist.ts";
import { encodeFeedOp } from "../../shared/protocol/feed-op.ts";
import type { Delta, Snapshot } from "../../shared/protocol/frames.ts";
import { deltaSignedBytes, snapshotSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { openPinnedCentral } from "./pinned-central.ts";
import { receiveDelta, receiveSnapshot } from "./receive-feed.ts";
import { CENTRAL, listenAt, openTestEdge } from "./test-uplink-world.ts";

const contentHash = (bytes: Uint8Array): Sha256 => createHash("sha256").update(bytes).digest("hex") as Sha256;
const LIST = "01999999-0000-7000-8000-000000000115" as ListId;
const GENERATION = "30".repeat(16) as Incarnation;
const op = (number: number): FeedOp => ({
  rid: `01999999-0000-7000-8000-0000000000${10 + number}` as Rid,
  list: LIST,
  entry: `01999999-0000-7000-8000-0000000001${10 + number}` as EntryId,
  causalLength: 1,
  set: [
    ["pattern", "ABC123"],
    ["expiresMs", 1_895_305_600_000],
    ["reason", "seen at two break-ins"],
  ],
  hlc: "0001a20114c80000" as Hlc,
  effectiveHlc: "0001a20114c80000" as Hlc,
  reason: "",
  author: "Miriam",
});

function delta(from: number, to: number, by: SigningKeys = CENTRAL, checksum = new Uint8Array(32)): Delta {
  const ops = Array.from({ length: to - from }, (_, at) => encodeFeedOp(op(from + at)));
  const claim = { list: LIST, generation: GENERATION, from, to, runningHash: new Uint8Array(32), checksum };
  return { type: "delta", ...claim, ops, signature: makeSigner(by)(deltaSignedBytes(claim, ops)) };
}

async function withEdge(use: (edge: Awaited<ReturnType<typeof openTestEdge>>) => Promise<void>): Promise<void> {
  const edge = await openTestEdge();
  try {
    await use(edge);
  } finally {
    await edge.close();
  }
}

const why = async (result: ReturnType<typeof receiveDelta>): Promise<string> => {
  const settled = await result;
  return settled.kind === "refused" ? settled.why : settled.kind;
};

test("what central did not sign, or signed otherwise, changes nothing", async () => {
  await withEdge(async ({ deps, reader }) => {
    const good = delta(0, 2);
    const wrong: Delta[] = [
      delta(0, 2, signingKeysFromSeed(new Uint8Array(32).fill(9))),
      { ...good, to: 3 },
      { ...good, checksum: new Uint8Array(32).fill(1) },
      { ...good, ops: good.ops.map(() => encodeFeedOp({ ...op(0), author: "someone else" })) },
      { ...good, signature: new Uint8Array(64) },
    ];
    for (const one of wrong) assert.match(await why(receiveDelta(deps, one)), /not signed/);
    assert.equal(reader.feeds(), []);
  });
});

test("an op with a field of a later release is verified as received, and what is known of it is applied", async () => {
  await withEdge(async ({ deps, reader }) => {
    const known = op(0);
    const [rid, stamp, fields] = decoded(encodeFeedOp(known));
    const later = encodePositional([
      rid!,
      stamp!,
      [
        ...(fields as Positional[]).slice(0, 3),
        [
          [1, "ABC123"],
          [99, "tomorrow"],
        ],
        ...(fields as Positional[]).slice(4),
        "more",
      ],
    ]);
    const claim = { list: LIST, generation: GENERATION, from: 0, to: 1, runningHash: new Uint8Array(32), checksum: new Uint8Array(32) };
    const signature = makeSigner(CENTRAL)(deltaSignedBytes(claim, [later]));
    await receiveDelta(deps, { type: "delta", ...claim, ops: [later], signature });
    assert.is(reader.feeds()[0]?.cursor, 1);
  });
});

function decoded(bytes: Uint8Array): readonly Positional[] {
  const outcome = decodePositional(bytes);
  return outcome.kind === "ok" ? (outcome.value as readonly Positional[]) : [];
}

test("an edge that has pinned no central takes no list from anybody", async () => {
  await withEdge(async ({ deps, reader }) => {
    const pinned = openPinnedCentral("/nonexistent/central-keys");
    assert.match(await why(receiveDelta({ ...deps, pinned }, delta(0, 2))), /not signed/);
    assert.equal(reader.feeds(), []);
  });
});

test("a signed piece is applied, a repeated one to no effect, and one that leaves a hole is refused", async () => {
  await withEdge(async ({ deps, reader }) => {
    await receiveDelta(deps, delta(0, 2));
    assert.is(reader.feeds()[0]?.cursor, 2);
    const checksum = Uint8Array.from(reader.feeds()[0]!.checksum);
    assert.is(await why(receiveDelta(deps, delta(0, 2, CENTRAL, checksum))), "applied");
    assert.match(await why(receiveDelta(deps, delta(5, 6))), /does not follow/);
    assert.is(reader.feeds()[0]?.cursor, 2);
  });
});

test("a checksum is compared with what was computed here, never taken over", async () => {
  await withEdge(async ({ deps, reader }) => {
    const foreign = new Uint8Array(32).fill(7);
    assert.match(await why(receiveDelta(deps, delta(0, 2, CENTRAL, foreign))), /checksum differs/);
    assert.not.equal([...reader.feeds()[0]!.checksum], [...foreign]);
  });
});

const bytes = encodeSnapshot(emptyListState(LIST));
const claim = { list: LIST, generation: GENERATION, at: 9, bytes: bytes.length, sha256: contentHash(bytes) };
const signed = (by: SigningKeys, change: Partial<Snapshot> = {}): Snapshot => {
  const said = { ...claim, ...change };
  return { type: "snapshot", ...said, signature: makeSigner(by)(snapshotSignedBytes(said)) };
};
const snapshot = signed(CENTRAL);

async function fetching(
  content: Uint8Array,
  change: Partial<Snapshot> = {},
  status = 200,
): Promise<{ said: string; cursor: number | null }> {
  const peer = await listenAt((request, response) => {
    assert.is(request.headers.authorization, "Bearer alpr_test");
    response.writeHead(status).end(content);
  });
  const edge = await openTestEdge({ centralUrl: peer.url });
  try {
    const said = await why(
      receiveSnapshot(
        edge.deps,
        change.signature === undefined ? signed(CENTRAL, change) : { ...snapshot, ...change },
        new AbortController().signal,
      ),
    );
    assert.not.ok(existsSync(edge.deps.snapshotFile(LIST)), "nothing of a snapshot is left lying");
    return { said, cursor: edge.reader.feeds()[0]?.cursor ?? null };
  } finally {
    await edge.close();
    await peer.close();
  }
}

test("a snapshot is fetched, verified against its hash and put in force", async () => {
  assert.equal(await fetching(bytes), { said: "applied", cursor: 9 });
});

test("a snapshot of other bytes, more bytes, another list or a sum beyond the bound changes nothing", async () => {
  const other = bytes.map((byte) => byte ^ 1);
  const stranger = encodeSnapshot(emptyListState("01999999-0000-7000-8000-000000000116" as ListId));
  const garbage = new Uint8Array(50);
  const cases: [Uint8Array, Partial<Snapshot>, RegExp][] = [
    [other, {}, /does not match its hash/],
    [new Uint8Array(bytes.length * 100), {}, /does not match its hash/],
    [stranger, { sha256: contentHash(stranger), bytes: stranger.length }, /cannot be read/],
    [garbage, { sha256: contentHash(garbage), bytes: garbage.length }, /cannot be read/],
    [bytes, { bytes: 65 * 1024 * 1024 }, /snapshot of 68157440 bytes/],
  ];
  for (const [content, change, expected] of cases) {
    const { said, cursor } = await fetching(content, change);
    assert.match(said, expected);
    assert.is(cursor, null);
  }
});

test("a snapshot that central did not sign, or signed for another place, is not even fetched", async () => {
  const stranger = signed(signingKeysFromSeed(new Uint8Array(32).fill(9)));
  const cases: Partial<Snapshot>[] = [{ signature: null }, { signature: stranger.signature }, { at: 10, signature: snapshot.signature }];
  for (const change of cases)
    assert.equal(await fetching(bytes, change), { said: "a watchlist snapshot that central has not signed", cursor: null });
});

test("a central that does not have it is told in words", async () => {
  assert.match((await fetching(new Uint8Array(3), {}, 404)).said, /answered 404/);
});

test("a line that breaks during the fetch rejects, for the caller to report what is held", async () => {
  const peer = await listenAt((_request, response) => {
    response.writeHead(200, { "content-length": String(bytes.length) });
    response.write(bytes.subarray(0, 5), () => response.destroy());
  });
  const edge = await openTestEdge({ centralUrl: peer.url });
  let rejected = false;
  await receiveSnapshot(edge.deps, snapshot, new AbortController().signal).catch(() => {
    rejected = true;
  });
  assert.ok(rejected);
  await edge.close();
  await peer.close();
});

test.run();

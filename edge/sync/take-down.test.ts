import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DownManifest, DownPart } from "../../shared/bundle/down-parts.ts";
import { downWriter } from "../../shared/bundle/write-down.ts";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { boxPublicKey, makeSigner, type SigningKeys, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { joinBytes } from "../../shared/log/record.ts";
import { type CommandId, type Incarnation, type ListId, type Sha256, uuid } from "../../shared/model/ids.ts";
import { encodeFeedOp } from "../../shared/protocol/feed-op.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { centralIdOf, commandSignedBytes, deltaSignedBytes, snapshotSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { type DownDeps, makeTakeDown, takeDown } from "./take-down.ts";
import { CENTRAL, openTestEdge, type TestEdge } from "./test-uplink-world.ts";

const LIST = uuid<ListId>("01999999-0000-7000-8000-000000000115");
const LIFE = "30".repeat(16) as Incarnation;
const NEXT_LIFE = "31".repeat(16) as Incarnation;
const MADE_MS = Date.UTC(2026, 10, 23, 1, 0);
const sign = makeSigner(CENTRAL);
type Part = Exclude<DownPart, { kind: "unknown" | "end" }>;

/** A list whose feed has `count` ops (which no entry of the snapshot shows: only positions matter here), as a snapshot in pieces. */
function snapshotParts(at: number, generation = LIFE, by: SigningKeys = CENTRAL, change = (bytes: Uint8Array) => bytes): Part[] {
  const bytes = encodeSnapshot(emptyListState(LIST));
  const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
  const claim = { list: LIST, generation, at, bytes: bytes.length, sha256 };
  return [
    { kind: "snapshot", snapshot: { type: "snapshot", ...claim, signature: makeSigner(by)(snapshotSignedBytes(claim)) } },
    { kind: "piece", offset: 0, bytes: change(bytes.slice()) },
  ];
}

function deltaPart(from: number, to: number): Part {
  const ops = Array.from({ length: to - from }, (_, at) =>
    encodeFeedOp({
      rid: `01999999-0000-7000-8000-0000000001${10 + from + at}` as never,
      list: LIST,
      entry: `01999999-0000-7000-8000-0000000002${10 + from + at}` as never,
      causalLength: 1,
      set: [["pattern", `ABC${from + at}`]],
      hlc: "0001a20114c80000" as never,
      effectiveHlc: "0001a20114c80000" as never,
      reason: "",
      author: "Miriam",
    }),
  );
  const claim = { list: LIST, generation: LIFE, from, to, runningHash: new Uint8Array(32), checksum: new Uint8Array(32) };
  return { kind: "delta", delta: { type: "delta", ...claim, ops, signature: sign(deltaSignedBytes(claim, ops)) } };
}

function commandPart(changes: Partial<Command> = {}, by: SigningKeys = CENTRAL, edge?: TestEdge): Part {
  const facts = {
    id: uuid<CommandId>("01999999-0000-7000-8000-0000000000c1"),
    kind: "report-now",
    args: new Uint8Array(),
    notBeforeMs: 0,
    expiresMs: Date.now() + 60_000,
    ...changes,
  };
  const signature = makeSigner(by)(commandSignedBytes(edge!.deps.collectorId, facts));
  return { kind: "command", command: { type: "command", ...facts, signature } };
}

function file(edge: TestEdge, parts: readonly Part[], changes: Partial<DownManifest> = {}, by: SigningKeys = CENTRAL): Uint8Array {
  const manifest: DownManifest = {
    collectorId: edge.deps.collectorId,
    deviceKey: edge.deps.deviceKeys.publicKey,
    centralId: centralIdOf(CENTRAL.publicKey),
    incarnation: LIFE,
    madeMs: MADE_MS,
    lists: [{ list: LIST, head: 4, checksum: new Uint8Array(32), horizon: 0, durable: 0 }],
    version: "test",
    ...changes,
  };
  const writer = downWriter(manifest, new Uint8Array(32).fill(5), makeSigner(by));
  return joinBytes(writer.begin(), ...parts.map(writer.part), writer.end());
}

async function* inPieces(bytes: Uint8Array, step = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}

interface World extends TestEdge {
  readonly down: DownDeps;
  readonly commands: Command[];
  readonly take: (bytes: Uint8Array) => Promise<string>;
  readonly at: () => readonly (readonly [string, number])[];
}

async function withEdge(use: (world: World) => Promise<void>): Promise<void> {
  const edge = await openTestEdge();
  const commands: Command[] = [];
  const carriedFile = edge.deps.snapshotFile(LIST).replace("snapshot-", "carried-");
  const down: DownDeps = { ...edge.deps, carriedFile, onCommand: (command) => void commands.push(command) };
  const take = async (bytes: Uint8Array): Promise<string> => {
    const outcome = await takeDown(down, inPieces(bytes));
    assert.is(existsSync(carriedFile), false, "nothing is left lying");
    return `${outcome.kind}: ${outcome.words}`;
  };
  try {
    await use({ ...edge, down, commands, take, at: () => edge.reader.feeds().map((feed) => [feed.generation, feed.cursor] as const) });
  } finally {
    await edge.close();
  }
}

test("a list comes in force, and the same file once more changes nothing", () =>
  withEdge(async (world) => {
    const bytes = file(world, snapshotParts(4));
    assert.match(await world.take(bytes), /^taken: .*1 watchlist brought up to date/);
    assert.equal(world.at(), [[LIFE, 4]]);
    assert.match(await world.take(bytes), /Nothing new: this site had all of it/);
  }));

test("T-57 a file for another site or device, of another central or signed by a stranger, is refused and changes nothing", () =>
  withEdge(async (world) => {
    const stranger = signingKeysFromSeed(new Uint8Array(32).fill(9));
    const parts = snapshotParts(4);
    const refused: [RegExp, Uint8Array][] = [
      [/for another site/, file(world, parts, { collectorId: uuid("01990000-0000-7000-8000-0000000000ff") })],
      [/another central's/, file(world, parts, { centralId: centralIdOf(stranger.publicKey) }, stranger)],
      [/not signed by central/, file(world, parts, {}, stranger)],
      [/sealed for another site/, file(world, parts, { deviceKey: stranger.publicKey })],
      [/not a file of central's/, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9])],
      [/not a file of central's/, new Uint8Array(0)],
    ];
    assert.is(boxPublicKey(stranger.publicKey).length, 32);
    for (const [words, bytes] of refused) {
      const said = await world.take(bytes);
      assert.match(said, /^refused/);
      assert.match(said, words);
    }
    assert.equal([world.at(), world.reader.centralSaid(centralIdOf(CENTRAL.publicKey))], [[], null]);
  }));

test("a snapshot that another key signed, or whose bytes are others, does not come in force; the rest of the file does", () =>
  withEdge(async (world) => {
    const stranger = signingKeysFromSeed(new Uint8Array(32).fill(9));
    const command = commandPart({}, CENTRAL, world);
    assert.match(await world.take(file(world, [...snapshotParts(4, LIFE, stranger), command])), /1 watchlist could not be brought/);
    const flip = (bytes: Uint8Array): Uint8Array => {
      bytes[bytes.length - 1]! ^= 1;
      return bytes;
    };
    assert.match(await world.take(file(world, [...snapshotParts(4, LIFE, CENTRAL, flip), command])), /1 watchlist could not be brought/);
    assert.equal([world.at(), world.commands.length], [[], 2]);
  }));

test("an older file than what central has said since is refused; one of its new life replaces the old one, and is not undone by the old", () =>
  withEdge(async (world) => {
    const old = file(world, snapshotParts(4));
    await world.take(file(world, snapshotParts(2, NEXT_LIFE), { incarnation: NEXT_LIFE, madeMs: MADE_MS + 1 }));
    assert.equal(world.at(), [[NEXT_LIFE, 2]]);
    assert.match(await world.take(old), /^refused: This file is older/);
    assert.equal(world.at(), [[NEXT_LIFE, 2]]);
    await world.writer.noteCentralSaid(centralIdOf(CENTRAL.publicKey), MADE_MS + 1_000);
    assert.match(await world.take(file(world, snapshotParts(4), { madeMs: MADE_MS + 999 })), /^refused: This file is older/);
  }));

test("a list that stands further here is left as it is", () =>
  withEdge(async (world) => {
    await world.take(
      file(world, snapshotParts(9), { lists: [{ list: LIST, head: 9, checksum: new Uint8Array(32), horizon: 0, durable: 0 }] }),
    );
    assert.match(await world.take(file(world, snapshotParts(4))), /Nothing new/);
    assert.equal(world.at(), [[LIFE, 9]]);
  }));

test("signed pieces follow one another; one that leaves a hole is said, and nothing of it is taken", () =>
  withEdge(async (world) => {
    const head = (at: number) => ({ lists: [{ list: LIST, head: at, checksum: new Uint8Array(32), horizon: 0, durable: 0 }] });
    await world.take(file(world, [deltaPart(0, 1), deltaPart(1, 3)], head(9)));
    assert.equal(world.at(), [[LIFE, 3]]);
    assert.match(await world.take(file(world, [deltaPart(5, 9)], head(9))), /could not be brought up to date by this file/);
    assert.equal(world.at(), [[LIFE, 3]]);
  }));

test("what a cut file brought whole is in force, what it only began is not, and lists that it would have withdrawn stay", () =>
  withEdge(async (world) => {
    const parts = snapshotParts(4);
    const bytes = file(world, [...parts, commandPart({}, CENTRAL, world)], {
      lists: [{ list: LIST, head: 4, checksum: new Uint8Array(32), horizon: 0, durable: 0 }],
    });
    assert.match(await world.take(bytes.subarray(0, bytes.length - 40)), /ends too early. What came before is in force/);
    assert.equal(world.at(), [[LIFE, 4]]);
    const none = file(world, [], { lists: [], madeMs: MADE_MS + 5 });
    await world.take(none.subarray(0, none.length - 3));
    assert.equal(world.at(), [[LIFE, 4]], "only a whole file withdraws");
    assert.match(await world.take(none), /1 watchlist taken off this site/);
    assert.equal(world.at(), []);
  }));

test("a list of central's earlier life is not withdrawn by a central that lacks it and has not heard all of this site", () =>
  withEdge(async (world) => {
    await world.take(file(world, snapshotParts(4)));
    const restored = { incarnation: NEXT_LIFE, lists: [], madeMs: MADE_MS + 5 };
    await world.take(file(world, [], restored));
    assert.equal(world.at(), [[LIFE, 4]]);
    for (const log of world.reader.logs()) await world.writer.noteAcknowledged(log.logId, log.head.next, 0);
    await world.take(file(world, [], restored));
    assert.equal(world.at(), []);
  }));

test("commands are handed on when central signed them for this site; what expired is counted and left to the ledger", () =>
  withEdge(async (world) => {
    const stranger = signingKeysFromSeed(new Uint8Array(32).fill(9));
    const good = commandPart({}, CENTRAL, world);
    const words = await world.take(
      file(world, [...snapshotParts(4), good, commandPart({}, stranger, world), commandPart({ expiresMs: 1 }, CENTRAL, world)]),
    );
    assert.match(words, /1 command had expired/);
    assert.equal(
      world.commands.map((one) => one.expiresMs === 1),
      [false, true],
    );
  }));

test("without central's keys nothing is taken, and two files at once are not either", () =>
  withEdge(async (world) => {
    const bytes = file(world, snapshotParts(4));
    const unknown = { ...world.down, pinned: { ...world.down.pinned, signingKey: () => null } };
    assert.match((await takeDown(unknown, inPieces(bytes))).words, /does not know central's keys/);
    const take = makeTakeDown(() => world.down);
    const outcomes = await Promise.all([take(inPieces(bytes)), take(inPieces(bytes))]);
    assert.equal(
      outcomes.map((one) => one.kind),
      ["taken", "refused"],
    );
  }));

test.run();

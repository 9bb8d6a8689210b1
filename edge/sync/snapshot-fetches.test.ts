import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { emptyListState } from "../../shared/crdt/list-state.ts";
import { encodeSnapshot } from "../../shared/crdt/snapshot-bytes.ts";
import { makeSigner } from "../../shared/crypto/device-keys.ts";
import type { Incarnation, ListId, Sha256 } from "../../shared/model/ids.ts";
import type { Heartbeat, Snapshot } from "../../shared/protocol/frames.ts";
import { snapshotSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { snapshotFileIn, sweepSnapshots } from "./snapshot-fetches.ts";
import { socketPeer, welcome } from "./test-uplink-peer.ts";
import { CENTRAL, openTestEdge, until } from "./test-uplink-world.ts";
import { createUplink } from "./uplink.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

const LIST = "01999999-0000-7000-8000-000000000115" as ListId;
const bytes = encodeSnapshot(emptyListState(LIST));
const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
const claim = { list: LIST, generation: "30".repeat(16) as Incarnation, at: 9, bytes: bytes.length, sha256 };
const snapshot: Snapshot = { type: "snapshot", ...claim, signature: makeSigner(CENTRAL)(snapshotSignedBytes(claim)) };

/** Central names the list at once in each session; the edge's store takes it over when the gate is opened. */
async function flappingLine() {
  let fetched = 0;
  const peer = await socketPeer(
    (frame) => (frame.type === "hello" ? [welcome(frame), snapshot] : []),
    (_request, response) => {
      fetched += 1;
      response.end(bytes);
    },
  );
  const edge = await openTestEdge({ centralUrl: peer.url });
  const gate = Promise.withResolvers<void>();
  let staging = 0;
  const applySnapshot: UplinkDeps["writer"]["applySnapshot"] = async (...args) => {
    staging += 1;
    await gate.promise;
    return edge.writer.applySnapshot(...args);
  };
  const uplink = createUplink({ ...edge.deps, writer: { ...edge.writer, applySnapshot } });
  const stop = new AbortController();
  const run = uplink.run(stop.signal, 0);
  const beats = () => peer.frames.filter((frame): frame is Heartbeat => frame.type === "heartbeat");
  const close = async (): Promise<void> => {
    stop.abort();
    await run;
    await edge.close();
    await peer.close();
  };
  return { edge, peer, uplink, beats, open: gate.resolve, fetched: () => fetched, staging: () => staging, close };
}

test("a list that a broken line left half staged comes into force, and no later connection fetches it over that", async () => {
  const line = await flappingLine();
  await until("the staging", () => line.staging() === 1);
  line.peer.sockets[0]!.terminate();
  await until("the next connection", () => line.peer.sockets.length === 2 && line.uplink.facts().state === "connected");
  // Whatever the second naming of the list sets going.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal([line.fetched(), line.staging()], [1, 1]);
  line.open();
  await until("the list", () => line.edge.reader.feeds()[0]?.cursor === 9);
  await until("the word to central", () => line.beats().at(-1)?.feeds[0]?.cursor === 9);
  assert.is(line.peer.sockets.length, 2);
  assert.equal(
    line.edge.warnings.filter((words) => words.includes("not taken over")),
    [],
  );
  await until("the file to go", () => !existsSync(line.edge.deps.snapshotFile(LIST)));
  await line.close();
});

test("what the program's end left of a snapshot is removed at the start, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "snapshots-"));
  for (const file of [snapshotFileIn(folder, LIST), join(folder, "events.db"), join(folder, "carried-list.part")]) writeFileSync(file, "x");
  sweepSnapshots(folder);
  assert.equal(readdirSync(folder).sort(), ["carried-list.part", "events.db"]);
  rmSync(folder, { recursive: true });
});

test.run();

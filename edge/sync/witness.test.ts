/** This edge as witness: one session driven with real frames against a central whose tree the test moves, over a real store. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner } from "../../shared/crypto/device-keys.ts";
import { consistencyRanges, foldNodes, growTree, leafHash, nodesOf } from "../../shared/log/merkle.ts";
import type { Incarnation, SessionId } from "../../shared/model/ids.ts";
import { decodeFrame } from "../../shared/protocol/decode.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import type { DownFrame, Frame, Hello, TreeHead } from "../../shared/protocol/frames.ts";
import { SAMPLE_FRAMES } from "../../shared/protocol/golden/sample-frames.ts";
import { centralIdOf, treeHeadSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { driveSession } from "./drive-session.ts";
import { CENTRAL, CENTRAL_KEYS, openTestEdge, type TestEdge, until } from "./test-uplink-world.ts";
import { newMeter } from "./uplink-meter.ts";

const FIRST = "a1".repeat(16) as Incarnation;
const SECOND = "a2".repeat(16) as Incarnation;
const CENTRAL_ID = centralIdOf(CENTRAL.publicKey);
const sign = makeSigner(CENTRAL);
const grown = growTree(
  0,
  [],
  Array.from({ length: 30 }, (_, at) => leafHash(Uint8Array.of(at))),
);
const nodes = new Map(grown.nodes.map((node) => [`${node.level}:${node.position}`, node.hash]));
const hash = (from: number, to: number) => foldNodes(nodesOf({ from, to }).map((node) => nodes.get(`${node.level}:${node.position}`)!));
function headOf(size: number, incarnation = FIRST): TreeHead {
  const root = hash(0, size);
  return { centralId: CENTRAL_ID, incarnation, size, root, signature: sign(treeHeadSignedBytes(CENTRAL_ID, incarnation, size, root)) };
}
const proofOf = (from: number, to: number): DownFrame => ({
  type: "proof",
  from,
  to,
  hashes: consistencyRanges(from, to).map((range) => hash(range.from, range.to)),
});
const sample = <Type extends Frame["type"]>(type: Type) => SAMPLE_FRAMES.find((one) => one.type === type) as Extract<Frame, { type: Type }>;
const beat = (treeHead: TreeHead): DownFrame => ({ ...sample("beat"), feeds: [], logs: [], treeHead });

/** A session that stands, with what it has sent so far. */
function connect(edge: TestEdge, treeHead: TreeHead) {
  const sent: Frame[] = [];
  const stop = new AbortController();
  const session = driveSession(
    { ...edge.deps, fetchSnapshot: () => {} },
    newMeter(Date.now, Date.now),
    "77".repeat(16) as SessionId,
    stop.signal,
    {
      send: (bytes) => {
        const decoded = decodeFrame(bytes);
        if (decoded.kind === "frame") sent.push(decoded.frame);
      },
      end: () => {},
    },
  );
  session.start();
  const hello = sent[0] as Hello;
  const hear = (frame: DownFrame) => session.receive(encodeFrame(frame));
  const credit = { nextAccepted: 0, bytesOutstanding: 0 };
  const logs = hello.logs.map(({ logId }) => ({ logId, next: 0, head: new Uint8Array(32), durable: 0, status: "new" as const, credit }));
  hear({ ...sample("welcome"), centralKeys: CENTRAL_KEYS, incarnation: treeHead.incarnation, treeHead, logs, feeds: [] });
  const end = () => {
    session.stop();
    stop.abort();
  };
  return { hello, sent, hear, end };
}
const witness = (edge: TestEdge) => edge.reader.witness(CENTRAL_ID)?.size;

test("the first head is kept and told in the next HELLO; a larger one is asked for, proved, and kept", async () => {
  const edge = await openTestEdge();
  const first = connect(edge, headOf(5));
  assert.is(first.hello.seen, null);
  await until("the witness", () => witness(edge) === 5);
  first.end();
  const second = connect(edge, headOf(12));
  assert.equal(second.hello.seen, headOf(5));
  assert.equal(
    second.sent.find((frame) => frame.type === "proof?"),
    { type: "proof?", from: 5, to: 12 },
  );
  second.hear(proofOf(5, 12));
  await until("the proved head", () => witness(edge) === 12);
  assert.equal(edge.warnings, []);
  second.end();
  await edge.close();
});

test("a smaller tree in the same life rings here, is told to central at once, and stops nothing", async () => {
  const edge = await openTestEdge();
  const session = connect(edge, headOf(12));
  await until("the witness", () => witness(edge) === 12);
  const heartbeats = () => session.sent.filter((frame) => frame.type === "heartbeat").length;
  const before = heartbeats();
  session.hear(beat(headOf(7)));
  await until("a heartbeat", () => heartbeats() > before);
  assert.match(edge.warnings.join(), "LOG_FORK");
  assert.is(witness(edge), 12);
  session.hear(beat(headOf(20)));
  assert.is(session.sent.filter((frame) => frame.type === "proof?").length, 1, "it goes on asking");
  session.end();
  await edge.close();
});

test("a proof that does not verify rings; a restored central with a new life does not", async () => {
  const edge = await openTestEdge();
  const session = connect(edge, headOf(5));
  await until("the witness", () => witness(edge) === 5);
  session.hear(beat(headOf(12)));
  session.hear({ type: "proof", from: 5, to: 12, hashes: [hash(0, 4), hash(4, 5), hash(5, 6)] });
  await until("the warning", () => edge.warnings.length === 1);
  assert.match(edge.warnings[0]!, "LOG_FORK");
  session.hear(beat(headOf(3, SECOND)));
  await until("the new life's head", () => witness(edge) === 3);
  assert.match(edge.warnings[1]!, "restored from an older copy");
  session.end();
  await edge.close();
});

test("a head that central has not signed is not used", async () => {
  const edge = await openTestEdge();
  const session = connect(edge, headOf(5));
  await until("the witness", () => witness(edge) === 5);
  session.hear(beat({ ...headOf(5), size: 3 }));
  assert.match(edge.warnings.join(), "has not signed");
  assert.is(witness(edge), 5);
  session.end();
  await edge.close();
});

test.run();

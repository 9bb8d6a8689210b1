import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, type CollectorId, type CommandId, type Hlc, type Incarnation, type LogId, type SessionId } from "../model/ids.ts";
import { decodeFeedOp, encodeFeedOp } from "./feed-op.ts";
import type { Delta } from "./frames.ts";
import { SAMPLE_FRAMES } from "./golden/sample-frames.ts";
import {
  ackSignedBytes,
  centralIdOf,
  commandSignedBytes,
  deltaSignedBytes,
  helloSignedBytes,
  nextRunningHash,
  treeHeadSignedBytes,
} from "./signed-bytes.ts";

const key = new Uint8Array(32).fill(1);
const claim = {
  session: "20".repeat(16) as SessionId,
  collectorId: "01999999-0000-7000-8000-0000000000c1" as CollectorId,
  centralId: centralIdOf(key),
  apiKeyDigest: new Uint8Array(32).fill(2),
};
const delta = SAMPLE_FRAMES.find((frame) => frame.type === "delta") as Delta;
const bin = (bytes: string) => `c4${(bytes.length / 2).toString(16).padStart(2, "0")}${bytes}`;
const str = (text: string) => (0xa0 | text.length).toString(16) + Buffer.from(text).toString("hex");

test("central's id is the first half of the digest of its key", () => {
  assert.is(centralIdOf(key), createHash("sha256").update(key).digest("hex").slice(0, 32));
});

test("HELLO's signed bytes are those that the specification gives", () => {
  const expected = `95${str("alpr-hello-1")}${bin("20".repeat(16))}${bin("0199999900007000800000000000 00c1".replace(" ", ""))}${bin(claim.centralId)}${bin("02".repeat(32))}`;
  assert.is(bytesToHex(helloSignedBytes(claim)), expected);
});

test("T-56 every field that is signed changes the bytes", () => {
  const hello = [
    claim,
    { ...claim, session: "21".repeat(16) as SessionId },
    { ...claim, collectorId: "01999999-0000-7000-8000-0000000000c2" as CollectorId },
    { ...claim, centralId: centralIdOf(new Uint8Array(32)) },
    { ...claim, apiKeyDigest: new Uint8Array(32) },
  ].map(helloSignedBytes);
  const op = decodeFeedOp(delta.ops[0]!)!;
  const deltas = [
    delta,
    { ...delta, from: 6 },
    { ...delta, to: 9 },
    { ...delta, list: claim.collectorId as never },
    { ...delta, generation: "00".repeat(16) as Incarnation },
    { ...delta, runningHash: new Uint8Array(32) },
    { ...delta, checksum: new Uint8Array(32) },
    { ...delta, ops: [] },
    { ...delta, ops: [encodeFeedOp({ ...op, author: "someone else" })] },
    { ...delta, ops: [encodeFeedOp({ ...op, effectiveHlc: op.effectiveHlc.replace("8", "9") as Hlc })] },
  ].map((one) => deltaSignedBytes(one, one.ops));
  for (const forms of [hello, deltas]) assert.is(new Set(forms.map(bytesToHex)).size, forms.length);
});

test("no two purposes share bytes: each begins with its own domain", () => {
  const hash = new Uint8Array(32);
  const id = "01999999-0000-7000-8000-00000000c0de" as CommandId;
  const command = { id, kind: "report-now", args: new Uint8Array(), notBeforeMs: 0, expiresMs: 1 };
  const forms = [
    helloSignedBytes(claim),
    deltaSignedBytes(delta, delta.ops),
    ackSignedBytes("1".repeat(32) as LogId, 1, hash, 0),
    commandSignedBytes(claim.collectorId, command),
    treeHeadSignedBytes(claim.centralId, "3".repeat(32) as Incarnation, 9, hash),
  ];
  const domains = forms.map(
    (bytes) =>
      Buffer.from(bytes)
        .toString("latin1")
        .slice(2)
        .match(/^alpr-[a-z-]+-1/)?.[0],
  );
  assert.equal(domains, ["alpr-hello-1", "alpr-delta-1", "alpr-ack-1", "alpr-command-1", "alpr-tree-head-1"]);
});

test("a running hash depends on all ops before it and their order", () => {
  const [op] = delta.ops;
  const other = encodeFeedOp({ ...decodeFeedOp(op!)!, causalLength: 3 });
  const zero = new Uint8Array(32);
  const both = nextRunningHash(nextRunningHash(zero, op!), other);
  assert.is.not(bytesToHex(both), bytesToHex(nextRunningHash(nextRunningHash(zero, other), op!)));
  assert.is.not(bytesToHex(nextRunningHash(zero, op!)), bytesToHex(nextRunningHash(key, op!)));
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import { EMPTY_LOG } from "../log/chain.ts";
import { signCheckpoint } from "../log/checkpoint.ts";
import { payloadDigest } from "../log/record.ts";
import type { CollectorId, LogId, SessionId } from "../model/ids.ts";
import { packItems } from "./append-body.ts";
import type { Append } from "./frames.ts";
import { judgeAppend, type LogRow } from "./merge-append.ts";
import { COLLECTOR, type EdgeDisk, sessionOf, sourceOf, testSigner, world, zstd } from "./test-session-world.ts";

const SESSION = sessionOf(1);
const { disk, log: LOG } = world(9);
const source = sourceOf(disk);
const keyOf = () => source.hello(SESSION).deviceKey;
const appendOf = (from: number, count: number, of: EdgeDisk = disk, logId: LogId = LOG): Append => ({
  type: "append",
  session: SESSION,
  logId,
  fromSeq: from,
  count,
  ...packItems(sourceOf(of).items(logId, from, count, 1e6), zstd),
  checkpoint: sourceOf(of).checkpoint(logId, from + count),
});
const rowAt = (next: number): LogRow => ({
  logId: LOG,
  collectorId: COLLECTOR,
  status: next === 0 ? "new" : "active",
  deviceKey: next === 0 ? null : keyOf(),
  session: SESSION,
  ...(next === 0 ? EMPTY_LOG : { next, head: source.hashAt(LOG, next - 1)! }),
});
const verdict = (row: LogRow, append: Append, direct = true) => {
  const judged = judgeAppend(row, append, direct, zstd);
  return judged.kind === "rewind" ? `${judged.why}${judged.quarantine === null ? "" : `: ${judged.quarantine}`}` : judged.kind;
};

test("the first piece of a log is merged, and its genesis record says whose it is", () => {
  const judged = judgeAppend(rowAt(0), appendOf(0, 4), true, zstd);
  assert.ok(judged.kind === "merge" && judged.genesis?.collector === COLLECTOR);
  assert.ok(judged.kind === "merge" && judged.records.length === 4 && judged.after.next === 4);
});

test("a genesis record of other bytes than named the log is damage, and the right one of another collector is a stranger's", () => {
  const [genesis, ...rest] = source.items(LOG, 0, 4, 1e6);
  const payload = Uint8Array.from(genesis!.payload!);
  payload[20]! ^= 1;
  const damaged = packItems([{ ...genesis!, payload }, ...rest], zstd);
  assert.match(verdict(rowAt(0), { ...appendOf(0, 4), ...damaged }), /^bad-prev: the log's id/);
  const stranger = "01999999-0000-7000-8000-0000000000ff" as CollectorId;
  assert.match(verdict({ ...rowAt(0), collectorId: stranger }, appendOf(0, 4)), /^unknown-key: .*another collector/);
});

test("the piece that follows is merged with the key that is known", () => {
  const judged = judgeAppend(rowAt(4), appendOf(4, 6), true, zstd);
  assert.ok(judged.kind === "merge" && judged.genesis === null && judged.after.next === 10);
});

test("what is here already is a duplicate, whatever else is in it", () => {
  assert.is(verdict(rowAt(6), appendOf(0, 4)), "duplicate");
  assert.is(verdict(rowAt(6), appendOf(2, 4)), "duplicate");
  assert.is(verdict(rowAt(6), { ...appendOf(2, 4), bytes: new Uint8Array(3) }), "duplicate");
});

test("a hole before it, and a piece that is here only in part, are a gap", () => {
  assert.is(verdict(rowAt(3), appendOf(5, 2)), "gap");
  assert.is(verdict(rowAt(3), appendOf(2, 4)), "gap");
});

test("another session is fenced, unless it comes by a carrier", () => {
  const other = { ...appendOf(4, 2), session: "2".repeat(32) as SessionId };
  assert.is(verdict(rowAt(4), other), "fenced");
  assert.is(verdict(rowAt(4), other, false), "merge");
  assert.is(verdict({ ...rowAt(4), session: null }, other, false), "merge");
});

test("a closed or abandoned log takes nothing more", () => {
  for (const status of ["closed", "abandoned"] as const) assert.is(verdict({ ...rowAt(4), status }, appendOf(4, 2)), "closed");
  assert.is(verdict({ ...rowAt(4), status: "unconfirmed" }, appendOf(4, 2)), "merge");
});

test("bytes that are not what they say are put aside, and the answer is a bad signature", () => {
  assert.match(verdict(rowAt(4), { ...appendOf(4, 2), declaredBytes: 7 }), /^bad-signature: not of the declared size/);
  assert.match(verdict(rowAt(4), { ...appendOf(4, 2), count: 3 }), /^bad-signature: not the number/);
});

test("records that do not chain are a bad predecessor", () => {
  const shifted = { ...appendOf(5, 2), fromSeq: 4 };
  assert.match(verdict(rowAt(4), shifted), /^bad-prev: record 0: seq 5 where 4 was due/);
  assert.match(verdict({ ...rowAt(4), head: new Uint8Array(32) }, appendOf(4, 2)), /^bad-prev: head differs/);
});

test("a checkpoint of another key, log or cut is a bad signature", () => {
  const good = appendOf(4, 2);
  const of = (logId: LogId, next: number) =>
    signCheckpoint(
      { logId, next, headHash: source.hashAt(LOG, 5)!, wallMs: 0, clockQuality: 3, boot: source.hello(SESSION).boot },
      testSigner,
    );
  assert.match(verdict({ ...rowAt(4), deviceKey: new Uint8Array(32).fill(1) }, good), /^bad-signature: checkpoint/);
  assert.match(verdict(rowAt(4), { ...good, checkpoint: of("1".repeat(32) as LogId, 6) }), /^bad-signature: checkpoint/);
  assert.match(verdict(rowAt(4), { ...good, checkpoint: of(LOG, 7) }), /^bad-signature: checkpoint of another cut/);
  const signature = good.checkpoint.signature.map((byte) => byte ^ 1);
  assert.match(verdict(rowAt(4), { ...good, checkpoint: { ...good.checkpoint, signature } }), /^bad-signature/);
});

test("a log that does not begin with its own genesis record is refused", () => {
  assert.match(
    verdict({ ...rowAt(0), collectorId: "01999999-0000-7000-8000-0000000000ff" as CollectorId }, appendOf(0, 2)),
    /another collector/,
  );
  const stranger = "1".repeat(32) as LogId;
  assert.match(verdict({ ...rowAt(0), logId: stranger }, { ...appendOf(0, 2), logId: stranger }), /not that of its genesis/);
  const [genesis, second] = source.items(LOG, 0, 2, 1e6);
  const erased = { tail: genesis!.tail, payload: null, digest: payloadDigest(genesis!.payload!) };
  assert.match(verdict(rowAt(0), { ...appendOf(0, 2), ...packItems([erased, second!], zstd) }), /does not begin with a genesis/);
});

test("a log without a genesis record at central takes nothing, however it got there", () => {
  assert.match(verdict({ ...rowAt(4), deviceKey: null }, appendOf(4, 2)), /^unknown-key/);
});

test("the fork question is answered by comparing heads, and only for the log's own key", () => {
  const ask = (row: LogRow, next: number) =>
    verdict(row, { ...appendOf(0, 1), fromSeq: next, count: 0, ...packItems([], zstd), checkpoint: source.checkpoint(LOG, next) });
  assert.is(ask(rowAt(5), 5), "duplicate");
  assert.is(ask(rowAt(5), 6), "fork");
  assert.is(ask({ ...rowAt(5), head: new Uint8Array(32) }, 5), "fork");
  assert.match(ask({ ...rowAt(5), deviceKey: null }, 5), /^bad-signature/);
  assert.match(ask({ ...rowAt(5), deviceKey: new Uint8Array(32) }, 5), /^bad-signature/);
});

test.run();

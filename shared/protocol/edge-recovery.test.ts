import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LogId } from "../model/ids.ts";
import { nextTickMs } from "./edge-session.ts";
import { ANSWER_TIMEOUT_MS } from "./limits.ts";
import { Edge, sample, WIDE } from "./test-edge-session.ts";
import { sessionOf } from "./test-session-world.ts";

test("a REWIND that names the same place again triggers nothing, another place does", () => {
  const edge = new Edge().open();
  edge.grow(edge.log, 100);
  assert.equal(edge.rewind(edge.log, 1), ["acknowledged", "append detections 1+50", "append detections 51+50"]);
  assert.equal(edge.rewind(edge.log, 1), []);
  assert.equal(edge.rewind(edge.log, 0), ["acknowledged", "append detections 0+50", "append detections 50+50", "append detections 100+1"]);
});

test("another history makes one question, and nothing of that log is sent until its answer", () => {
  const edge = new Edge(3).open();
  assert.equal(edge.ack(edge.log, 4, { head: new Uint8Array(32) }), ["append detections 4+0"]);
  assert.equal(edge.grow(edge.log, 60), []);
  assert.equal(edge.ack(edge.log, 4, { head: new Uint8Array(32) }), [], "asked once");
  assert.equal(edge.rewind(edge.log, 2), [], "a REWIND to something older is no answer");
  assert.equal(edge.grow(edge.urgent, 1), ["append urgent 1+1"]);
});

test("an ACK that agrees while the question is under way ends the doubt", () => {
  const edge = new Edge(3).open();
  edge.ack(edge.log, 4, { head: new Uint8Array(32) });
  edge.grow(edge.log, 2);
  assert.equal(edge.ack(edge.log, 4), ["acknowledged", "append detections 4+2"]);
});

test("the answer's largest pair that agrees is where a new log goes on; with none it is the beginning", () => {
  const edge = new Edge(9).open();
  const own = (seq: number) => [seq, edge.disk.logs.get(edge.log)!.records[seq]!.hash] as const;
  const other = (seq: number) => [seq, new Uint8Array(32).fill(seq)] as const;
  edge.ack(edge.log, 10, { head: new Uint8Array(32) });
  assert.equal(edge.rewind(edge.log, 12, { why: "fork", pairs: [other(11), other(10), own(8), own(4)] }), ["begin again after 9: fork"]);
  assert.equal(edge.rewind(edge.log, 12, { why: "fork", pairs: [] }), [], "said once");
  const alone = new Edge(9).open();
  alone.ack(alone.log, 10, { head: new Uint8Array(32) });
  assert.equal(alone.rewind(alone.log, 12, { why: "fork", pairs: [other(11), other(0)] }), ["begin again after 0: fork"]);
});

test("a log that was left is named no more, and its successor is sent from its beginning", () => {
  const edge = new Edge(9).open();
  edge.rewind(edge.log, 10, { why: "closed" });
  const successor = edge.disk.beginAgain(edge.log, edge.at(edge.log, 10));
  assert.equal(edge.step({ type: "logs" }), ["hello"]);
  const welcome = edge.welcome();
  assert.equal(
    welcome.logs.some(({ logId }) => logId === edge.log),
    false,
  );
  const fresh = welcome.logs.map((log) => (log.logId === successor ? { ...log, next: 0, head: new Uint8Array(32), credit: WIDE } : log));
  assert.ok(edge.hear({ ...welcome, logs: fresh }).some((word) => /^append .* 0\+1$/.test(word)));
  assert.equal(edge.rewind(edge.log, 2), [], "late words about the old one");
});

test("a new log's HELLO that nobody answers ends the connection, however lively it is otherwise", () => {
  const edge = new Edge(9).open();
  edge.rewind(edge.log, 10, { why: "closed" });
  edge.disk.beginAgain(edge.log, edge.at(edge.log, 10));
  edge.step({ type: "logs" });
  edge.nowMs += ANSWER_TIMEOUT_MS;
  edge.hear({ ...sample("beat"), logs: [], feeds: [] });
  assert.not.ok(edge.tick(0).includes("close: no answer to HELLO"));
  assert.equal(edge.tick(1), ["close: no answer to HELLO"]);
});

test("a WELCOME of before a new log had begun does not refuse it", () => {
  const edge = new Edge(9).open();
  const before = edge.welcome();
  edge.rewind(edge.log, 10, { why: "closed" });
  edge.disk.beginAgain(edge.log, edge.at(edge.log, 10));
  edge.step({ type: "logs" });
  assert.not.ok(edge.hear(before).includes("log-refused"));
});

test("central knowing more than there is here is another history", () => {
  const edge = new Edge(3);
  edge.step({ type: "connected", session: sessionOf(1) });
  const logs = edge.welcome().logs.map((log) => ({ ...log, next: log.next + 5 }));
  assert.equal(
    edge.hear(edge.welcome({ logs })).filter((word) => word.startsWith("append")),
    ["append urgent 1+0", "append detections 4+0"],
  );
});

test("a log that is closed at central is left for a new one, once, and waiting for that costs nothing", () => {
  const edge = new Edge().open();
  edge.grow(edge.log, 1);
  assert.equal(edge.rewind(edge.log, 1, { why: "closed" }), ["begin again after 0: closed"]);
  assert.not.ok(
    edge.hear(edge.welcome()).some((word) => /^append|begin/.test(word)),
    "an exchange's next WELCOME",
  );
  assert.equal(edge.tick(1_000), []);
  assert.ok(nextTickMs(edge.state, edge.nowMs) > edge.nowMs);
  const told = new Edge(2);
  told.step({ type: "connected", session: sessionOf(1) });
  const logs = told.welcome().logs.map((log) => ({ ...log, status: "closed" as const }));
  assert.ok(told.hear(told.welcome({ logs })).includes("append detections 3+0"), "asked where it ended");
});

test("a log that WELCOME leaves out is refused in words, not waited for in silence", () => {
  const edge = new Edge(2);
  edge.step({ type: "connected", session: sessionOf(1) });
  assert.ok(edge.hear(edge.welcome({ logs: edge.welcome().logs.slice(0, 1) })).includes("log-refused"));
});

test("records that were pruned here and are wanted again make a new log, from where central stands", () => {
  const edge = new Edge(9);
  const hello = edge.source.hello;
  Object.assign(edge.source, {
    hello: (session: never) => ({
      ...hello(session),
      logs: hello(session).logs.map((log) => ({ ...log, first: Math.min(5, log.next - 1) })),
    }),
    hashAt: (logId: LogId, seq: number) => (seq < 5 && logId === edge.log ? null : edge.disk.logs.get(logId)!.records[seq]!.hash),
  });
  edge.step({ type: "connected", session: sessionOf(1) });
  const standing = (next: number) =>
    edge.welcome({
      logs: edge.welcome().logs.map((log) => (log.logId === edge.log ? { ...log, next, head: new Uint8Array(32).fill(1) } : log)),
    });
  assert.ok(edge.hear(standing(3)).includes("begin again after 3: pruned-away"));
});

test("a late ACK of a record that was pruned meanwhile is no fork", () => {
  const edge = new Edge(9).open();
  edge.grow(edge.log, 50);
  const late = { ...edge.at(edge.log, 8) };
  edge.ack(edge.log, 60);
  Object.assign(edge.source, { hashAt: () => null });
  assert.equal(edge.hear({ ...sample("ack"), ...late, credit: WIDE, durable: 0 }), []);
});

test.run();

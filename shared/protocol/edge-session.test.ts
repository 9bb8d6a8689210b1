import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LogId } from "../model/ids.ts";
import { nextTickMs } from "./edge-session.ts";
import type { Append, Beat, DownFrame } from "./frames.ts";
import { ANSWER_TIMEOUT_MS, APPENDS_IN_FLIGHT_MAX, HEARTBEAT_MS, IMAGE_REOFFER_MS, LINK_TIMEOUT_MS, RETRY_AFTER_MAX_MS } from "./limits.ts";
import { closing, Edge, error, picture, sample, WIDE } from "./test-edge-session.ts";
import { sessionOf } from "./test-session-world.ts";

test("HELLO is said at once, and nothing else before WELCOME", () => {
  const edge = new Edge(5);
  assert.equal(edge.step({ type: "connected", session: sessionOf(1) }), ["hello"]);
  assert.equal(edge.grow(edge.urgent, 1), []);
  assert.equal(edge.step({ type: "changed" }), []);
  assert.equal(edge.step({ type: "images" }), []);
  assert.equal(edge.tick(5_000), []);
});

test("after WELCOME the heartbeat goes first, then urgent records, then detections", () => {
  const edge = new Edge(5);
  edge.step({ type: "connected", session: sessionOf(1) });
  const logs = [...edge.disk.logs.keys()].reverse().map((logId) => ({
    ...edge.at(logId, 0),
    durable: 0,
    status: "new" as const,
    credit: WIDE,
  }));
  const sent = edge.hear(edge.welcome({ logs })).filter((word) => /^(heartbeat|append)/.test(word));
  assert.equal(sent, ["heartbeat", "append urgent 0+1", "append detections 0+6"]);
});

test("detections wait for their flush, a full batch does not, an urgent record never does", () => {
  const edge = new Edge().open();
  assert.equal(edge.grow(edge.log, 1), []);
  assert.is(nextTickMs(edge.state, edge.nowMs), edge.nowMs + 250);
  assert.equal(edge.tick(249), []);
  assert.equal(edge.tick(1), ["append detections 1+1"]);
  assert.equal(edge.grow(edge.log, 50), [], "one is under way");
  assert.equal(edge.grow(edge.urgent, 1), ["append urgent 1+1"]);
  assert.equal(edge.ack(edge.log, 2), ["acknowledged", "append detections 2+50"]);
  const full = new Edge().open();
  assert.equal(full.grow(full.log, 50), ["append detections 1+50"]);
});

test("at most four APPENDs of a log are under way", () => {
  const edge = new Edge().open();
  assert.is(edge.grow(edge.log, 500).length, APPENDS_IN_FLIGHT_MAX);
  assert.equal(edge.ack(edge.log, 51), ["acknowledged", "append detections 201+50"]);
  assert.equal(edge.ack(edge.log, 51), [], "a repeated ACK triggers nothing");
});

test("a credit of zero keeps everything, and a larger one by ACK or BEAT lets it go", () => {
  const zero = { nextAccepted: 1, bytesOutstanding: 262_144 };
  const edge = new Edge();
  edge.open({ logs: edge.welcome().logs.map((log) => ({ ...log, credit: zero })) });
  assert.equal(edge.grow(edge.urgent, 3), []);
  assert.equal(edge.tick(1_000), []);
  assert.ok(nextTickMs(edge.state, edge.nowMs) > edge.nowMs, "waiting costs nothing");
  assert.equal(edge.ack(edge.urgent, 1, { credit: zero }), []);
  assert.equal(edge.ack(edge.urgent, 1, { credit: { ...zero, nextAccepted: 3 } }), ["append urgent 1+2"]);
  const beat: Beat = { ...sample("beat"), feeds: [], logs: [{ logId: edge.urgent, durable: 0, credit: WIDE }] };
  assert.ok(edge.hear(beat).includes("append urgent 3+1"));
  assert.not.ok(edge.hear(beat).some((word) => word.startsWith("append")));
});

test("a credit that would cut an APPEND to a crumb is waited out while an answer is due, and used when none is", () => {
  const upTo = (nextAccepted: number) => ({ nextAccepted, bytesOutstanding: 262_144 });
  const edge = new Edge();
  edge.open({ logs: edge.welcome().logs.map((log) => ({ ...log, credit: upTo(71) })) });
  assert.equal(edge.grow(edge.log, 500), ["append detections 1+50"]);
  assert.equal(edge.ack(edge.log, 51, { credit: upTo(121) }), ["acknowledged", "append detections 51+50"]);
  assert.equal(edge.ack(edge.log, 101, { credit: upTo(121) }), ["acknowledged", "append detections 101+20"]);
});

test("bytes under way stay within the credit; one record alone always goes", () => {
  const edge = new Edge(200);
  edge.step({ type: "connected", session: sessionOf(1) });
  const bytesOutstanding = 3_000;
  const logs = [edge.log, edge.urgent].map((logId) => ({
    ...edge.at(logId, 0),
    durable: 0,
    status: "new" as const,
    credit: { nextAccepted: 1_000, bytesOutstanding },
  }));
  edge.hear(edge.welcome({ logs }));
  const appends = edge.last.flatMap((effect) => (effect.type === "send" && effect.frame.type === "append" ? [effect.frame] : []));
  const ofLog = (logId: LogId) => appends.filter((one: Append) => one.logId === logId).reduce((sum, one) => sum + one.bytes.length, 0);
  assert.ok(ofLog(edge.log) > 0 && ofLog(edge.log) <= bytesOutstanding, `${ofLog(edge.log)}`);
  const tiny = new Edge(5);
  tiny.step({ type: "connected", session: sessionOf(1) });
  tiny.hear(
    tiny.welcome({
      logs: logs.map((log, at) => ({
        ...log,
        logId: at === 0 ? tiny.log : tiny.urgent,
        credit: { nextAccepted: 100, bytesOutstanding: 1 },
      })),
    }),
  );
  const counts = tiny.last.flatMap((effect) => (effect.type === "send" && effect.frame.type === "append" ? [effect.frame.count] : []));
  assert.equal(counts, [1, 1]);
});

test("an APPEND never holds more than 256 records, whatever the configuration says", () => {
  const edge = new Edge();
  Object.assign(edge.source, { recordsMax: 5_000 });
  edge.open();
  edge.grow(edge.log, 300);
  assert.equal(edge.tick(250), ["append detections 1+256", "append detections 257+44"]);
});

test("heartbeats go every minute and at once on a change", () => {
  const edge = new Edge().open();
  assert.equal(edge.tick(HEARTBEAT_MS - 1), []);
  assert.equal(edge.tick(1), ["heartbeat"]);
  assert.equal(edge.step({ type: "changed" }), ["heartbeat"]);
  assert.equal(edge.tick(HEARTBEAT_MS - 1), []);
});

test("a WELCOME that asks for a heartbeat each millisecond, or none, is held to sane bounds", () => {
  const hurried = new Edge().open({ heartbeatMs: 0 });
  assert.equal(hurried.tick(4_999), []);
  assert.equal(hurried.tick(1), ["heartbeat"]);
  const idle = new Edge().open({ heartbeatMs: 2 ** 31 });
  assert.equal(idle.tick(HEARTBEAT_MS), ["heartbeat"]);
});

test("silence ends the connection: no WELCOME, no ACK, nothing at all", () => {
  const greeting = new Edge();
  greeting.step({ type: "connected", session: sessionOf(1) });
  assert.equal(greeting.tick(ANSWER_TIMEOUT_MS), []);
  assert.match(greeting.tick(1)[0]!, /HELLO/);
  const waiting = new Edge().open();
  waiting.grow(waiting.urgent, 1);
  assert.equal(waiting.tick(ANSWER_TIMEOUT_MS), []);
  assert.match(waiting.tick(1)[0]!, /APPEND/);
  const silent = new Edge().open();
  silent.tick(LINK_TIMEOUT_MS);
  assert.match(silent.tick(1)[0]!, /nothing heard/);
  assert.equal(silent.tick(1_000_000), [], "closed is closed");
});

test("busy: nothing of that log is sent before the time, whatever grows or comes back; the other goes on", () => {
  const edge = new Edge().open();
  edge.grow(edge.log, 200);
  assert.equal(edge.hear(error("busy", { reference: edge.log, retryAfterMs: 5_000 })), []);
  assert.equal(edge.rewind(edge.log, 1), [], "of the pieces that were behind it");
  assert.equal(edge.grow(edge.log, 100), []);
  assert.equal(edge.tick(4_999), []);
  assert.equal(edge.grow(edge.urgent, 1), ["append urgent 1+1"]);
  assert.equal(edge.tick(1), ["append detections 1+50", "append detections 51+50", "append detections 101+50", "append detections 151+50"]);
});

test("LATER and errors say when to come back, within reason", () => {
  const retry = (frame: DownFrame) => {
    const edge = new Edge().open();
    edge.hear(frame);
    const close = closing(edge);
    return close?.type === "close" && `${close.retryAfterMs}${close.refused ? " refused" : ""}`;
  };
  assert.is(retry({ type: "later", retryAfterMs: 7_000 }), "7000");
  assert.is(retry({ type: "later", retryAfterMs: 0 }), "null");
  assert.is(retry({ type: "later", retryAfterMs: 2 ** 40 }), String(RETRY_AFTER_MAX_MS));
  assert.is(retry(error("busy", { retryAfterMs: 5_000 })), "5000");
  assert.is(retry(error("fenced")), "null");
  assert.is(retry(error("internal")), "null");
  assert.is(retry(error("unauthorised", { retryable: false })), "null refused");
  assert.is(retry(error("unsupported", { reference: "protocol", retryable: false })), "null refused");
  assert.is(retry({ type: "bye", code: "restart" }), "null");
  assert.is(retry(error("unsupported", { reference: "99", retryable: false })), false, "an older central, that is all");
});

test("a log that central was not told of in HELLO ends the connection, so that the next HELLO names it", () => {
  const edge = new Edge().open();
  assert.match(edge.hear(error("unsupported", { reference: edge.log }))[0]!, /^close/);
});

test("a protocol that is not spoken here ends the connection before anything is done", () => {
  const edge = new Edge(3);
  edge.step({ type: "connected", session: sessionOf(1) });
  assert.equal(edge.hear(edge.welcome({ protocol: 2 })), ["close: Central speaks protocol 2, this site 1. Update this site's program."]);
});

test("in an HTTP exchange the repeated WELCOME leaves alone what is under way", () => {
  const edge = new Edge().open();
  const before = edge.welcome();
  assert.equal(edge.grow(edge.urgent, 1), ["append urgent 1+1"]);
  const again = edge.hear(before);
  assert.not.ok(
    again.some((word) => /^append|heartbeat|offer/.test(word)),
    again.join(),
  );
  assert.equal(edge.ack(edge.urgent, 2), ["acknowledged"]);
});

test("a backup is told by BEAT, once", () => {
  const edge = new Edge(9).open();
  const beat: Beat = { ...sample("beat"), feeds: [], logs: [{ logId: edge.log, durable: 7, credit: WIDE }] };
  assert.ok(edge.hear(beat).includes("acknowledged"));
  assert.ok(edge.last.some((effect) => effect.type === "acknowledged" && effect.durable === 7 && effect.next === 10));
  assert.not.ok(edge.hear(beat).includes("acknowledged"));
});

test("pictures are offered after WELCOME; while an urgent record waits not for a second, and then only two", () => {
  const edge = new Edge();
  edge.pictures = [picture("a")];
  edge.open();
  assert.is(edge.state.offers.phase, "waiting");
  const waiting = new Edge().open();
  waiting.grow(waiting.urgent, 1);
  waiting.pictures = [picture("a"), picture("b"), picture("c")];
  assert.equal(waiting.step({ type: "images" }), []);
  assert.is(nextTickMs(waiting.state, waiting.nowMs), waiting.nowMs + 1_000, "waiting costs nothing");
  assert.equal(waiting.tick(999), []);
  assert.equal(waiting.tick(1), ["offer"]);
  const offers = waiting.last.flatMap((effect) => (effect.type === "send" && effect.frame.type === "offer" ? [effect.frame.images] : []));
  assert.is(offers[0]?.length, 2);
  const soon = new Edge().open();
  soon.grow(soon.urgent, 1);
  soon.pictures = [picture("a")];
  assert.equal(soon.step({ type: "images" }), []);
  assert.equal(soon.ack(soon.urgent, 2), ["acknowledged", "offer"]);
});

test("one batch of pictures at a time: the next offer follows when the last was tried", () => {
  const edge = new Edge();
  edge.pictures = [picture("a"), picture("b")];
  edge.open();
  const want = { type: "want" as const, images: edge.pictures.map(({ sha256 }) => ({ sha256, offset: 0 })) };
  assert.equal(edge.hear(want), ["put-images"]);
  assert.equal(edge.hear(want), [], "a repeated WANT sends nothing twice");
  edge.grow(edge.urgent, 1);
  assert.equal(edge.ack(edge.urgent, 2), ["acknowledged"], "no second offer while pictures are being sent");
  edge.pictures = [picture("c")];
  assert.equal(edge.step({ type: "images-tried", tried: { left: [], broken: false } }), ["offer"]);
});

test("a picture that central does not want yet is offered again after the next ACK, then hourly, and keeps none waiting", () => {
  const edge = new Edge();
  edge.pictures = [picture("a")];
  edge.open();
  const none = { type: "want" as const, images: [] };
  const tried = () => edge.step({ type: "images-tried", tried: { left: [], broken: false } });
  edge.hear(none);
  edge.pictures = [picture("a"), picture("b")];
  assert.equal(tried(), ["offer"]);
  assert.ok(edge.last.every((one) => one.type !== "send" || one.frame.type !== "offer" || one.frame.images[0]!.sha256[0] === "b"));
  edge.pictures = [picture("a")];
  edge.hear({ type: "want", images: [{ sha256: picture("b").sha256, offset: 10 }] });
  assert.equal(tried(), [], "nothing else to offer");
  edge.grow(edge.urgent, 1);
  assert.equal(edge.ack(edge.urgent, 2), ["acknowledged", "offer"]);
  edge.hear(none);
  assert.equal(tried(), []);
  edge.grow(edge.urgent, 1);
  assert.equal(edge.ack(edge.urgent, 3), ["acknowledged"]);
  for (let minute = 1; minute * 60_000 < IMAGE_REOFFER_MS; minute++) {
    assert.not.ok(edge.tick(60_000).includes("offer"), `minute ${minute}`);
    edge.hear({ ...sample("beat"), feeds: [], logs: [] });
  }
  assert.ok(edge.tick(60_000).includes("offer"));
});

test("an offer that is never answered is made again, and a broken way waits a little", () => {
  const edge = new Edge();
  edge.pictures = [picture("a")];
  edge.open();
  assert.equal(edge.tick(ANSWER_TIMEOUT_MS), []);
  assert.equal(edge.tick(1), ["offer"]);
  edge.hear({ type: "want", images: [{ sha256: picture("a").sha256, offset: 0 }] });
  assert.equal(edge.step({ type: "images-tried", tried: { left: [], broken: true } }), []);
  assert.not.ok(edge.tick(29_000).includes("offer"));
  assert.ok(edge.tick(1_000).includes("offer"));
});

test("what central does not name of lists is settled only when it has everything urgent, and has named them twice since", () => {
  const edge = new Edge().open();
  const settled = (frame: DownFrame = { ...sample("beat"), logs: [] }): boolean => {
    edge.hear(frame);
    return edge.last.some((effect) => effect.type === "lists" && effect.settled);
  };
  assert.equal([settled(), settled()], [true, true], "WELCOME was the first time");
  edge.grow(edge.urgent, 1);
  assert.equal([settled(), settled()], [false, false]);
  edge.ack(edge.urgent, 2);
  assert.equal([settled(), settled()], [false, true]);
  // Restored: the same session's WELCOME names an older place.
  const logs = edge.welcome().logs.map((log) => ({ ...log, ...edge.at(log.logId, 1) }));
  assert.equal([settled(edge.welcome({ logs })), settled()], [false, false]);
});

test("lists, clock, wanted configuration and pieces of feeds are handed on as they come", () => {
  const edge = new Edge().open();
  assert.equal(edge.hear({ ...sample("beat"), logs: [] }), ["clock", "lists", "wanted-config"]);
  assert.equal(edge.hear({ ...sample("beat"), logs: [], policy: { neighbours: [] } }), ["clock", "lists", "wanted-config", "policy"]);
  assert.equal(edge.hear(sample("delta")), ["apply-delta"]);
  assert.equal(edge.hear(sample("snapshot")), ["fetch-snapshot"]);
  assert.equal(edge.hear(sample("command")), ["command"]);
});

test("a device whose key nobody has confirmed hears it by WELCOME or BEAT, once, and hears when somebody has", () => {
  const edge = new Edge(1).open();
  const beatWith = (isUnconfirmed?: true) => {
    const logs = [...edge.disk.logs.keys()].map((logId) => ({
      logId,
      durable: 0,
      credit: WIDE,
      ...(isUnconfirmed ? { isUnconfirmed } : {}),
    }));
    return edge.hear({ ...sample("beat"), feeds: [], treeHead: null, logs }).filter((word) => word === "marked").length;
  };
  assert.is(beatWith(), 0);
  assert.is(beatWith(true), 1);
  assert.is(beatWith(true), 0);
  assert.is(beatWith(), 1);
  const { logs } = edge.welcome();
  const again = edge.hear(edge.welcome({ logs: logs.map((log) => ({ ...log, status: "unconfirmed" })) }));
  assert.is(again.filter((word) => word === "marked").length, 1);
});

test.run();

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CentralId, Incarnation, ListId, LogId } from "../model/ids.ts";
import { type CentralEffect, type MergeAnswer, newCentralSession, type StandingFeed, stepCentral } from "./central-session.ts";
import type { Append, CollectorPolicy, FeedHead, Frame, Heartbeat, Hello, UpFrame, Welcome } from "./frames.ts";
import { SAMPLE_FRAMES } from "./golden/sample-frames.ts";
import { APPENDS_WAITING_MAX, LOGS_PER_HELLO_MAX } from "./limits.ts";

const sample = <Type extends Frame["type"]>(type: Type) => SAMPLE_FRAMES.find((one) => one.type === type) as Extract<Frame, { type: Type }>;
const LIST = "01999999-0000-7000-8000-000000000115" as ListId;
const OTHER_LIST = "01999999-0000-7000-8000-000000000116" as ListId;
const INCARNATION = "30".repeat(16) as Incarnation;
const LOG = "10".repeat(16) as LogId;
const HELLO: Hello = { ...sample("hello"), feeds: [] };
const head = (list: ListId, at: number): FeedHead => ({ list, generation: INCARNATION, head: at });
const WELCOME: Welcome = { ...sample("welcome"), feeds: [] };
const append = (fromSeq: number, count = 10, logId = LOG): Append => ({ ...sample("append"), logId, fromSeq, count });
const at = (next: number): MergeAnswer => ({
  kind: "at",
  next,
  head: new Uint8Array(32),
  durable: 0,
  credit: { nextAccepted: 500, bytesOutstanding: 1 },
  notes: [],
});
const rewind = (next: number): MergeAnswer => ({ kind: "rewind", why: "gap", next, head: new Uint8Array(32), pairs: [] });
const heartbeat = (cursor: number | null, list = LIST): Heartbeat => ({
  ...sample("heartbeat"),
  feeds: cursor === null ? [] : [{ list, generation: INCARNATION, cursor, checksum: new Uint8Array(32) }],
});
/** Commands are asked for with each WELCOME and BEAT; the test of that looks for itself. */
const words = (effects: readonly CentralEffect[]): string[] =>
  effects.flatMap((effect) => {
    if (effect.type === "load-commands") return [];
    if (effect.type === "merge") return `merge ${effect.append.fromSeq}`;
    if (effect.type === "load-feed") return `load from ${effect.held?.cursor ?? "nothing"}`;
    if (effect.type === "close") return `close ${effect.code}`;
    if (effect.type !== "send") return effect.type;
    return effect.frame.type === "error" ? `error ${effect.frame.code}` : effect.frame.type;
  });

function opened(feeds: readonly FeedHead[] = []) {
  const state = newCentralSession();
  const step = (event: Parameters<typeof stepCentral>[1]) => words(stepCentral(state, event));
  const hear = (frame: UpFrame) => step({ type: "frame", frame });
  assert.equal(hear(HELLO), ["open"]);
  const welcome = step({ type: "opened", welcome: { ...WELCOME, feeds } });
  return { state, step, hear, welcome };
}

test("another list at the very same position is loaded again, an equal one is not", () => {
  const { step, hear } = opened([{ list: LIST, generation: INCARNATION, head: 12 }]);
  const same: StandingFeed = { list: LIST, generation: INCARNATION, head: 12, checksum: new Uint8Array(32) };
  hear(heartbeat(12));
  assert.equal(step({ type: "feeds", feeds: [same] }), []);
  assert.equal(step({ type: "feeds", feeds: [{ ...same, checksum: new Uint8Array(32).fill(1) }] }), ["load from 12"]);
});

test("a list whose position lies above central's is loaded again, one piece at a time, until the edge stands where the feed does", () => {
  const { hear, step } = opened([head(LIST, 3)]);
  assert.equal(hear(heartbeat(4)), ["hear", "load from 4"]);
  assert.equal(hear(heartbeat(4)), ["hear"], "a piece is on its way");
  assert.equal(hear(heartbeat(3)), ["hear"]);
  assert.equal(hear(heartbeat(4)), ["hear", "load from 4"]);
  assert.equal(step({ type: "feed-loaded", list: LIST, frame: null }), [], "the feed had grown meanwhile: nothing to send");
  assert.equal(step({ type: "feeds", feeds: [head(LIST, 4)] }), []);
});

test("HELLO comes first: anything else ends the connection", () => {
  for (const frame of [append(0), heartbeat(null), sample("offer")]) {
    assert.equal(words(stepCentral(newCentralSession(), { type: "frame", frame })), ["error bad-frame", "close bad-frame"]);
  }
});

test("nothing is merged before HELLO was accepted", () => {
  const state = newCentralSession();
  stepCentral(state, { type: "frame", frame: HELLO });
  assert.equal(words(stepCentral(state, { type: "frame", frame: append(0) })), ["error bad-frame", "close bad-frame"]);
  assert.equal(stepCentral(state, { type: "opened", welcome: WELCOME }), [], "closed is closed");
});

test("a caller that has a slot is told so and nothing of what it sent behind HELLO is done", () => {
  const state = newCentralSession();
  stepCentral(state, { type: "frame", frame: HELLO });
  assert.equal(stepCentral(state, { type: "later", retryAfterMs: 1_500 }), [
    { type: "send", frame: { type: "later", retryAfterMs: 1_500 } },
    { type: "close", code: "later" },
  ]);
  assert.equal(stepCentral(state, { type: "frame", frame: append(0) }), []);
});

test("a protocol that is not spoken here is refused in words", () => {
  const frame = { ...HELLO, protocolMin: 2, protocolMax: 9 };
  assert.equal(words(stepCentral(newCentralSession(), { type: "frame", frame })), ["error unsupported", "close unsupported"]);
  assert.equal(words(stepCentral(newCentralSession(), { type: "frame", frame: { ...HELLO, protocolMax: 9 } })), ["open"]);
});

test("HELLO twice changes nothing, and what is under way goes on meanwhile", () => {
  const state = newCentralSession();
  stepCentral(state, { type: "frame", frame: HELLO });
  assert.equal(stepCentral(state, { type: "frame", frame: HELLO }), [], "while it is being opened");
  const { hear, step } = opened();
  assert.equal(hear(append(0)), ["merge 0"]);
  assert.equal(hear(HELLO), ["open"]);
  assert.equal(hear(append(10)), []);
  assert.equal(step({ type: "merged", logId: LOG, answer: at(10) }), ["ack", "merge 10"]);
  assert.equal(step({ type: "opened", welcome: WELCOME }), ["welcome"]);
});

test("a HELLO that comes while another is looked at waits for it, and the newest of those that wait is looked at", () => {
  const state = newCentralSession();
  const hear = (frame: UpFrame) => stepCentral(state, { type: "frame", frame });
  const naming = (logId: LogId): Hello => ({ ...HELLO, logs: [{ ...HELLO.logs[0]!, logId }] });
  const later = naming("12".repeat(16) as LogId);
  assert.equal(hear(HELLO), [{ type: "open", hello: HELLO }]);
  assert.equal([...hear(naming("11".repeat(16) as LogId)), ...hear(later)], []);
  assert.equal(stepCentral(state, { type: "opened", welcome: WELCOME }).at(-1), { type: "open", hello: later });
  assert.equal(words(stepCentral(state, { type: "opened", welcome: WELCOME })), ["welcome"], "nothing waits any more");
});

test("each BEAT tells the credit of all logs that this session named, the newest first and no more than a HELLO may name", () => {
  const state = newCentralSession();
  const logIdOf = (at: number) => at.toString(16).padStart(32, "0") as LogId;
  for (let at = 0; at < LOGS_PER_HELLO_MAX + 2; at++) {
    stepCentral(state, { type: "frame", frame: HELLO });
    stepCentral(state, { type: "opened", welcome: { ...WELCOME, logs: [{ ...WELCOME.logs[0]!, logId: logIdOf(at) }] } });
  }
  const heard = stepCentral(state, { type: "frame", frame: heartbeat(null) })[0];
  const newestFirst = Array.from({ length: LOGS_PER_HELLO_MAX }, (_, back) => logIdOf(LOGS_PER_HELLO_MAX + 1 - back));
  assert.equal(heard?.type === "hear" && heard.logs, newestFirst);
});

test("one merge at a time per log, in order of arrival, and logs do not wait for each other", () => {
  const { hear, step } = opened();
  const other = "11".repeat(16) as LogId;
  assert.equal(hear(append(0)), ["merge 0"]);
  assert.equal(hear(append(10)), []);
  assert.equal(hear(append(0, 10, other)), ["merge 0"]);
  assert.equal(step({ type: "merged", logId: LOG, answer: at(10) }), ["ack", "merge 10"]);
  assert.equal(step({ type: "merged", logId: LOG, answer: at(20) }), ["ack"]);
  assert.equal(step({ type: "merged", logId: other, answer: at(10) }), ["ack"]);
});

test("what waits behind a piece that was not taken is dropped up to the resend, which is kept", () => {
  const { hear, step } = opened();
  for (const from of [10, 20, 30]) hear(append(from));
  for (const from of [0, 10, 20]) hear(append(from));
  assert.equal(step({ type: "merged", logId: LOG, answer: rewind(0) }), ["rewind", "merge 0"]);
  assert.equal(step({ type: "merged", logId: LOG, answer: at(10) }), ["ack", "merge 10"]);
});

test("a database that is away answers busy once, not once for each piece behind", () => {
  const { hear, step } = opened();
  for (const from of [0, 10, 20, 30]) hear(append(from));
  assert.equal(step({ type: "merged", logId: LOG, answer: { kind: "busy", retryAfterMs: 5 } }), ["error busy"]);
  assert.equal(hear(append(0)), ["merge 0"]);
});

test("a fenced or unknown log drops all that waits of it", () => {
  for (const [answer, word] of [
    [{ kind: "fenced" }, "error fenced"],
    [{ kind: "unknown-log" }, "error unsupported"],
  ] as const) {
    const { hear, step } = opened();
    for (const from of [0, 10, 20]) hear(append(from));
    assert.equal(step({ type: "merged", logId: LOG, answer }), [word]);
    assert.equal(hear(append(30)), ["merge 30"]);
  }
});

test("an edge's resend meeting what was under way is no flood; more than that is", () => {
  const { hear } = opened();
  for (let sent = 0; sent < APPENDS_WAITING_MAX; sent++) assert.equal(hear(append(sent * 10)), sent === 0 ? ["merge 0"] : []);
  assert.equal(hear(append(0)), ["error busy", "close busy"]);
});

test("a frame that cannot be read ends the connection, one of a later release is answered", () => {
  const { step } = opened();
  assert.equal(step({ type: "unsupported", number: 99 }), ["error unsupported"]);
  assert.equal(step({ type: "malformed", why: "cut" }), ["error bad-frame", "close bad-frame"]);
});

test("a refused HELLO is told and ends the connection; BYE ends it without a word", () => {
  const state = newCentralSession();
  stepCentral(state, { type: "frame", frame: HELLO });
  const error = { ...sample("error"), code: "unauthorised" };
  assert.equal(words(stepCentral(state, { type: "refused", error })), ["error unauthorised", "close unauthorised"]);
  assert.equal(opened().hear({ type: "bye", code: "stop" }), ["close bye"]);
});

test("heartbeats and offers are handed on and answered", () => {
  const { hear, step } = opened();
  assert.equal(hear(heartbeat(null)), ["hear"]);
  assert.equal(step({ type: "heard", beat: sample("beat") }), ["beat"]);
  assert.equal(hear(sample("offer")), ["want"]);
  assert.equal(step({ type: "wanted", want: sample("want") }), ["want"]);
});

test("a list goes down one piece at a time: the next only when the edge has moved", () => {
  const { welcome, hear, step } = opened([head(LIST, 9)]);
  assert.equal(welcome, ["welcome", "load from nothing"]);
  assert.equal(step({ type: "feed-loaded", list: LIST, frame: sample("delta") }), ["delta"]);
  assert.equal(hear(heartbeat(null)), ["hear"]);
  assert.equal(step({ type: "feeds", feeds: [head(LIST, 12)] }), [], "a piece is on its way");
  assert.equal(hear(heartbeat(9)), ["hear", "load from 9"]);
  assert.equal(hear(heartbeat(12)), ["hear"]);
  assert.equal(step({ type: "feeds", feeds: [head(LIST, 13)] }), ["load from 12"]);
});

test("a piece that was lost or could not be taken is sent again after some heartbeats, not at each", () => {
  const { hear } = opened([head(LIST, 9)]);
  const again = Array.from({ length: 7 }, () => hear(heartbeat(null)).length - 1);
  assert.equal(again, [0, 0, 1, 0, 0, 1, 0]);
});

test("a list that the edge does not hold any more is sent to it anew", () => {
  const { hear, step } = opened([head(LIST, 9)]);
  assert.equal(hear(heartbeat(9)), ["hear"]);
  assert.equal(step({ type: "feeds", feeds: [] }), []);
  assert.equal(hear(heartbeat(null)), ["hear"]);
  assert.equal(step({ type: "feeds", feeds: [head(LIST, 9), head(OTHER_LIST, 1)] }), ["load from nothing", "load from nothing"]);
});

test("another generation is another list: what is held of the old one does not count", () => {
  const { hear, step } = opened();
  hear(heartbeat(9));
  const next = { ...head(LIST, 3), generation: "31".repeat(16) as Incarnation };
  assert.equal(step({ type: "feeds", feeds: [next] }), ["load from 9"]);
});

test("nothing loaded takes the list off the way", () => {
  const { hear, step } = opened([head(LIST, 9)]);
  assert.equal(step({ type: "feed-loaded", list: LIST, frame: null }), []);
  assert.equal(hear(heartbeat(null)), ["hear", "load from nothing"]);
});

test("commands are asked for after WELCOME, after each BEAT and when one was made, and go down as they are; not before HELLO", () => {
  const state = newCentralSession();
  const asks = (effects: readonly CentralEffect[]) => effects.filter((one) => one.type === "load-commands").length;
  assert.is(asks(stepCentral(state, { type: "commands-made" })), 0);
  stepCentral(state, { type: "frame", frame: HELLO });
  const welcomed = stepCentral(state, { type: "opened", welcome: WELCOME });
  assert.equal(welcomed.map((one) => one.type).slice(0, 2), ["send", "load-commands"]);
  assert.is(asks(stepCentral(state, { type: "heard", beat: sample("beat") })), 1);
  assert.is(asks(stepCentral(state, { type: "commands-made" })), 1);
  const command = sample("command");
  assert.equal(stepCentral(state, { type: "commands", commands: [command] }), [{ type: "send", frame: command }]);
});

test("the policy goes along with WELCOME, and with a BEAT only when it has become another one", () => {
  const state = newCentralSession();
  const neighbour = { collectorId: HELLO.collectorId, deviceKey: new Uint8Array(32).fill(7), name: "Oak & Elm" };
  const told = (policy: CollectorPolicy) => {
    const [first] = stepCentral(state, { type: "heard", beat: { ...sample("beat"), policy } });
    return first?.type === "send" && first.frame.type === "beat" ? first.frame.policy : undefined;
  };
  stepCentral(state, { type: "frame", frame: HELLO });
  const [welcome] = stepCentral(state, { type: "opened", welcome: { ...WELCOME, policy: { neighbours: [] } } });
  assert.equal(welcome?.type === "send" && welcome.frame.type === "welcome" && welcome.frame.policy, { neighbours: [] });
  assert.is(told({ neighbours: [] }), undefined);
  assert.equal(told({ neighbours: [neighbour] }), { neighbours: [neighbour] });
  assert.is(told({ neighbours: [{ ...neighbour, deviceKey: neighbour.deviceKey.slice() }] }), undefined);
  const other = { neighbours: [{ ...neighbour, deviceKey: new Uint8Array(32).fill(8) }] };
  assert.equal(told(other), other);
  assert.equal(told({ neighbours: [] }), { neighbours: [] });
});

test("a smaller tree head is never told after a larger one of the same life; a new life's is, whatever its size", () => {
  const state = newCentralSession();
  const beat = sample("beat");
  const told = (size: number, incarnation: Incarnation) => {
    const treeHead = {
      centralId: "40".repeat(16) as CentralId,
      incarnation,
      size,
      root: new Uint8Array(32),
      signature: new Uint8Array(64),
    };
    const [effect] = stepCentral(state, { type: "heard", beat: { ...beat, treeHead } });
    return effect?.type === "send" && effect.frame.type === "beat" ? effect.frame.treeHead?.size : undefined;
  };
  assert.is(told(9, INCARNATION), 9);
  assert.is(told(7, INCARNATION), 9, "an answer that was made earlier and ended later");
  assert.is(told(12, INCARNATION), 12);
  assert.is(told(3, "31".repeat(16) as Incarnation), 3);
});

test.run();

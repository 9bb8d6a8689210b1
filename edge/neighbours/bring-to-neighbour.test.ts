import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Standing } from "../../shared/neighbour/neighbour-messages.ts";
import { type BringDeps, type Carried, makeBringer } from "./bring-to-neighbour.ts";
import type { HandedOver } from "./hand-over.ts";
import type { Outgoing } from "./outgoing-bundle.ts";
import { bundleFile, device, random } from "./test-neighbour-world.ts";

const NEVER = new AbortController().signal;
const [B, C] = [device("Oak & Elm"), device("Pine & Ash")];
const MINUTE = 60_000;

function world(over: Partial<BringDeps> = {}) {
  const state = {
    nowMs: 1_000,
    uplink: "down" as ReturnType<BringDeps["uplink"]>,
    made: 0,
    waits: true,
    sound: true,
    wallAheadMs: 0,
    current: null as Outgoing | null,
  };
  const asked: string[] = [];
  const said: string[] = [];
  const carried: Carried[] = [];
  /** What stands at which address; anything else is unreachable. */
  const at = new Map<string, { carrier: typeof B; standing: Partial<Standing> }>();
  /** Addresses at which what came whole is never what was offered. */
  const spoils = new Set<string>();
  const taken = { isTaken: true, isProgress: true, words: "taken" };
  const bringer = makeBringer({
    outgoing: {
      current: () => state.current,
      async make() {
        state.made += 1;
        state.current = state.waits ? { ...bundleFile(10), madeMs: state.nowMs + state.wallAheadMs } : null;
        return state.current;
      },
      isSound: async () => state.sound,
      drop: () => {
        state.current = null;
      },
    },
    uplink: () => state.uplink,
    isWorthwhile: () => state.waits,
    addresses: () => ["b", "c"],
    async handOver(address, bundle): Promise<HandedOver> {
      asked.push(address);
      if (spoils.has(address)) return { kind: "failed", why: "it began again", carrier: B, isSpoiled: true };
      const there = at.get(address);
      if (there === undefined) return { kind: "failed", why: "ECONNREFUSED", carrier: null };
      const standing = {
        sha256: bundle.sha256,
        state: "held",
        offset: bundle.bytes,
        words: "",
        atMs: null,
        receipt: null,
        ...there.standing,
      } as const;
      return { kind: "standing", carrier: there.carrier, standing };
    },
    takeReceipt: async () => taken,
    remember: (one) => carried.push(one),
    onChange: () => {},
    now: () => state.nowMs + state.wallAheadMs,
    monoMs: () => state.nowMs,
    log: { info: (_facts, words) => said.push(words), warn: (_facts, words) => said.push(words) },
    ...over,
  });
  return { state, asked, said, carried, at, spoils, taken, round: () => bringer.round(NEVER), waitsAt: bringer.waitsAt };
}

test("the first neighbour that takes it is enough; the receipt lets the bundle go, and the next round looks for more at once", async () => {
  const { state, asked, at, round, carried, waitsAt } = world();
  at.set("c", { carrier: C, standing: {} });
  assert.not.ok(await round());
  assert.equal(asked, ["b", "c"]);
  assert.equal(waitsAt(), { by: C.name, records: 12, sinceMs: 1_000 });
  at.set("c", { carrier: C, standing: { state: "delivered", receipt: random(5) } });
  assert.ok(await round());
  assert.equal(carried, [{ by: C.name, records: 12, images: 0, receiptAtMs: 1_000 }]);
  assert.equal([state.current, waitsAt()], [null, null]);
});

test("while the uplink is there, or only just went, no neighbour is asked; when it is back, its word is the newer one", async () => {
  const { state, asked, at, round, waitsAt } = world();
  at.set("b", { carrier: B, standing: {} });
  for (const uplink of ["connected", "soon"] as const) {
    state.uplink = uplink;
    await round();
  }
  assert.equal([asked, state.made], [[], 0]);
  state.uplink = "down";
  await round();
  assert.is(waitsAt()?.by, B.name);
  state.uplink = "connected";
  await round();
  assert.equal([state.current, waitsAt()], [null, null]);
});

test("what a neighbour shows instead of central's receipt changes nothing, and another one is asked", async () => {
  const { state, at, round, taken, carried, said, asked } = world();
  Object.assign(taken, { isTaken: false, words: "central has not signed it" });
  at.set("b", { carrier: B, standing: { state: "delivered", receipt: random(5) } });
  at.set("c", { carrier: C, standing: {} });
  await round();
  assert.equal([carried, asked], [[], ["b", "c"]]);
  assert.ok(state.current !== null);
  assert.match(said.join("\n"), /no receipt: central has not signed it/);
});

test("held for long without an answer, it is given to a second neighbour; stuck for an hour, a fresh bundle holds what came since", async () => {
  const { state, at, round, asked } = world();
  at.set("b", { carrier: B, standing: {} });
  at.set("c", { carrier: C, standing: {} });
  await round();
  assert.equal(asked.splice(0), ["b"]);
  state.nowMs += 31 * MINUTE;
  await round();
  assert.equal(asked.splice(0), ["b", "c"]);
  assert.is(state.made, 1);
  state.nowMs += 62 * MINUTE;
  await round();
  assert.is(state.made, 2);
});

test("a bundle that central refused is not made again at once, and neither is one with nothing in it", async () => {
  const { state, at, round, said } = world();
  at.set("b", { carrier: B, standing: { state: "refused", words: "a stranger" } });
  await round();
  assert.match(said.join("\n"), /central refused this site's bundle: a stranger/);
  await round();
  assert.is(state.made, 1);
  state.nowMs += 11 * MINUTE;
  await round();
  assert.is(state.made, 2);
});

test("a receipt after which as much waits as before is followed by a pause: the same bundle would go round and round", async () => {
  const { state, at, round, taken } = world();
  Object.assign(taken, { isProgress: false });
  at.set("b", { carrier: B, standing: { state: "delivered", receipt: random(5) } });
  for (let n = 0; n < 5; n++) await round();
  assert.is(state.made, 1);
  state.nowMs += 11 * MINUTE;
  await round();
  assert.is(state.made, 2);
});

test("a bundle that changed on this disk is given up and made anew after a pause", async () => {
  const { state, asked, at, spoils, round } = world();
  spoils.add("b");
  at.set("c", { carrier: C, standing: {} });
  state.sound = false;
  await round();
  assert.equal([asked.splice(0), state.current], [["b"], null]);
  await round();
  assert.equal([asked.splice(0), state.made], [[], 1]);
  Object.assign(state, { nowMs: state.nowMs + 11 * MINUTE, sound: true });
  spoils.clear();
  await round();
  assert.equal([asked, state.made], [["b", "c"], 2]);
});

test("a neighbour whose card changes what it takes rests, and another one is asked; the sound bundle stays", async () => {
  const { state, asked, at, spoils, round } = world();
  spoils.add("b");
  at.set("c", { carrier: C, standing: {} });
  for (let n = 0; n < 3; n++) await round();
  assert.equal([asked.splice(0), state.made], [["b", "c", "c", "c"], 1]);
  state.nowMs += 11 * MINUTE;
  await round();
  assert.equal(asked, ["b", "c"]);
});

test("a wall clock that stood years ahead holds nothing up once it is right", async () => {
  const { state, at, round, asked } = world();
  state.wallAheadMs = 65 * 365 * 24 * 60 * MINUTE;
  at.set("b", { carrier: B, standing: { state: "refused", words: "a stranger" } });
  await round();
  state.wallAheadMs = 0;
  at.set("b", { carrier: B, standing: {} });
  at.set("c", { carrier: C, standing: {} });
  state.nowMs += 11 * MINUTE;
  await round();
  assert.is(state.made, 2);
  asked.splice(0);
  state.nowMs += 31 * MINUTE;
  await round();
  assert.equal(asked, ["b", "c"]);
  state.nowMs += 31 * MINUTE;
  await round();
  state.nowMs += 62 * MINUTE;
  await round();
  assert.is(state.made, 3);
});

test("an address that does not answer is one line in the log, until it says something else", async () => {
  const { said, round } = world();
  for (let n = 0; n < 5; n++) await round();
  assert.is(said.filter((words) => /did not take/.test(words)).length, 2);
});

test.run();

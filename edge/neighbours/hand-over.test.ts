import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeChallenge, decodeStanding, encodeChallenge, encodeStanding } from "../../shared/neighbour/neighbour-messages.ts";
import { type HandedOver, type HandOverDeps, handOver } from "./hand-over.ts";
import { type LanTamper, makeCarrierAnswers } from "./test-lan.ts";
import {
  bundleFile,
  CENTRAL_ID,
  device,
  knowing,
  random,
  removeFolders,
  type TestBundleFile,
  testCarrier,
} from "./test-neighbour-world.ts";

test.after(removeFolders);

const NEVER = new AbortController().signal;
const shortly = (handed: HandedOver): string =>
  handed.kind === "failed" ? handed.why : `${handed.standing.state} ${handed.standing.offset}`;

function world(tamper: LanTamper = {}) {
  const origin = device("House A");
  const b = testCarrier([origin]);
  const lan = makeCarrierAnswers(b.carrier, tamper);
  const bring = (bundle: TestBundleFile, known = knowing(b.own)): Promise<HandedOver> => {
    const deps: HandOverDeps = {
      collectorId: origin.collectorId,
      deviceKeys: origin.keys,
      centralId: () => CENTRAL_ID,
      known,
      outgoing: { read: async (offset, bytesMax) => bundle.content.subarray(offset, offset + bytesMax) },
      post: lan.post,
      randomBytes: random,
    };
    return handOver(deps, "http://192.0.2.2:8080", bundle, NEVER);
  };
  return { ...b, origin, lan, bring };
}

test("a bundle goes over in pieces and is held; the second time nothing of it is sent", async () => {
  const { bring, lan } = world();
  const bundle = bundleFile(600_000);
  assert.is(shortly(await bring(bundle)), "held 600000");
  assert.equal(lan.asked(), ["greeting", "offer", "piece", "piece", "piece"]);
  assert.is(shortly(await bring(bundle)), "held 600000");
  assert.equal(lan.asked(), ["greeting", "offer"]);
});

test("a hand-over that was cut goes on where the neighbour stands", async () => {
  const { bring, lan } = world();
  const bundle = bundleFile(600_000);
  lan.cutAfter(3);
  assert.is(shortly(await bring(bundle)), "ECONNRESET");
  lan.cutAfter(null);
  lan.asked();
  assert.is(shortly(await bring(bundle)), "held 600000");
  assert.equal(lan.asked(), ["greeting", "offer", "piece", "piece"]);
});

test("nothing is offered to a machine that central has not named, or that cannot prove its key", async () => {
  const bundle = bundleFile(10);
  const unnamed = world();
  assert.match(shortly(await unnamed.bring(bundle, knowing(device("House C")))), /not named/);
  assert.equal(unnamed.lan.asked(), ["greeting"]);
  const forged = world({ greeting: (bytes) => encodeChallenge({ ...decodeChallenge(bytes)!, signature: random(64) }) });
  assert.match(shortly(await forged.bring(bundle)), /not proved/);
  assert.equal(forged.lan.asked(), ["greeting"]);
});

test("a challenge that was recorded from the right neighbour proves nothing to a new greeting", async () => {
  let recorded: Uint8Array | null = null;
  const { bring } = world({ greeting: (bytes) => (recorded ??= bytes) });
  const bundle = bundleFile(10);
  assert.is(shortly(await bring(bundle)), "held 10");
  assert.match(shortly(await bring(bundle)), /not proved/);
});

test("a neighbour that answers rubbish, for another bundle, or keeps nothing of what it is sent costs a few requests and no more", async () => {
  const bundle = bundleFile(10);
  const rubbish = world({ offer: () => random(40) });
  assert.match(shortly(await rubbish.bring(bundle)), /cannot be read/);
  const other = world({ offer: (bytes) => encodeStanding({ ...decodeStanding(bytes)!, sha256: bundleFile(1).sha256 }) });
  assert.match(shortly(await other.bring(bundle)), /another bundle/);
  const greedy = world({ offer: (bytes) => encodeStanding({ ...decodeStanding(bytes)!, offset: 10 }) });
  assert.match(shortly(await greedy.bring(bundle)), /more than there is/);
  const still = world({ piece: (bytes) => encodeStanding({ ...decodeStanding(bytes)!, state: "wanted", offset: 0 }) });
  assert.match(shortly(await still.bring(bundle)), /does not keep/);
  assert.is(still.lan.asked().length, 5);
});

test("what came whole and was not what was offered is not sent for ever, and is told as such", async () => {
  const { bring, lan } = world();
  const bundle = bundleFile(600_000);
  const changed = { ...bundle, content: bundle.content.map((byte, at) => (at === 5 ? byte ^ 1 : byte)) };
  const handed = await bring(changed);
  assert.equal([shortly(handed), "isSpoiled" in handed], ["it began again: what came was not what was offered", true]);
  assert.equal(lan.asked(), ["greeting", "offer", "piece", "piece", "piece"]);
  assert.is(shortly(await bring(bundle)), "held 600000");
  const small = bundleFile(10);
  const again = await bring({ ...small, content: bundleFile(10).content });
  assert.equal([shortly(again), "isSpoiled" in again], ["it does not keep what it is sent", true]);
});

test("a neighbour that lost what it had before the end is asked again later, and the file is not blamed for it", async () => {
  const { bring, lan } = world({
    offer: (bytes) => encodeStanding({ ...decodeStanding(bytes)!, offset: 5_000 }),
    piece: (bytes) => encodeStanding({ ...decodeStanding(bytes)!, offset: 0 }),
  });
  const handed = await bring(bundleFile(600_000));
  assert.equal([shortly(handed), "isSpoiled" in handed], ["it began again: what came was not what was offered", false]);
  assert.equal(lan.asked(), ["greeting", "offer", "piece"]);
});

test("a neighbour that refuses is told by its own sentence", async () => {
  const { bring, uplink } = world();
  uplink.isUp = false;
  assert.is(shortly(await bring(bundleFile(10))), "This site has no uplink now either.");
});

test.run();

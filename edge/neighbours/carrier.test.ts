import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex } from "../../shared/model/ids.ts";
import { decodeStanding, encodeGreeting, encodeOffer } from "../../shared/neighbour/neighbour-messages.ts";
import {
  bundleFile,
  type CENTRAL_ID,
  device,
  greetAs,
  random,
  removeFolders,
  sessionOf,
  shortly,
  testCarrier,
} from "./test-neighbour-world.ts";

test.after(removeFolders);

test("a listed neighbour hands over a bundle piece by piece, and is told how it stands", async () => {
  const origin = device("House A");
  const { carrier, spool } = testCarrier([origin]);
  const session = sessionOf(carrier, origin);
  const bundle = bundleFile(10);
  assert.is(shortly(await session.offer(bundle)), "wanted 0");
  assert.is(shortly(await session.piece(bundle, 0, 4)), "wanted 4");
  assert.is(shortly(await session.piece(bundle, 4, 10)), "held 10");
  spool.settle(spool.bundles()[0]!, { state: "delivered", words: "12 new records", receipt: random(9) });
  const answer = await session.offer(bundle);
  assert.is(shortly(answer), "delivered 10");
  assert.is(answer.kind === "ok" && decodeStanding(answer.bytes)?.receipt?.length, 9);
});

test("a bundle twice, a piece twice, and a piece out of its place change nothing", async () => {
  const origin = device("House A");
  const { carrier, spool } = testCarrier([origin]);
  const session = sessionOf(carrier, origin);
  const bundle = bundleFile(10);
  await session.offer(bundle);
  await session.piece(bundle, 0, 4);
  assert.is(shortly(await session.piece(bundle, 0, 4)), "wanted 4");
  assert.is(shortly(await session.piece(bundle, 6, 10)), "wanted 4");
  assert.is(shortly(await session.offer(bundle)), "wanted 4");
  await session.piece(bundle, 4, 10);
  assert.is(shortly(await session.piece(bundle, 4, 10)), "held 10");
  assert.is(shortly(await session.offer(bundle)), "held 10");
  assert.is(spool.bundles().length, 1);
});

test("a stranger gets nothing: not listed, another key for a listed collector, another central", () => {
  const origin = device("House A");
  const { carrier } = testCarrier([origin]);
  assert.is(shortly(greetAs(carrier, device("Stranger")) as never), "not_allowed");
  const thief = device("Thief");
  assert.is(shortly(greetAs(carrier, { ...thief, collectorId: origin.collectorId }) as never), "not_allowed");
  const greeting = {
    centralId: "22".repeat(16) as typeof CENTRAL_ID,
    collectorId: origin.collectorId,
    deviceKey: origin.deviceKey,
    nonce: random(32),
  };
  assert.is(shortly(carrier.greet(encodeGreeting(greeting))), "not_allowed");
});

test("who claims a listed key without having it cannot hand over anything", async () => {
  const origin = device("House A");
  const { carrier, spool } = testCarrier([origin]);
  const session = greetAs(carrier, origin, device("Thief").keys);
  if (!("session" in session)) throw new Error("the claim itself costs a challenge");
  assert.is(shortly(await session.offer(bundleFile(10))), "not_allowed");
  assert.equal(spool.bundles(), []);
});

test("what was signed once is worth nothing in another session, for another verb or another body", async () => {
  const origin = device("House A");
  const { carrier, spool } = testCarrier([origin]);
  const first = sessionOf(carrier, origin);
  const second = sessionOf(carrier, origin);
  const [body, other] = [encodeOffer(bundleFile(10)), encodeOffer(bundleFile(11))];
  const signature = first.sign("offer", body);
  assert.is(shortly(await carrier.request("offer", second.session, signature, body)), "not_allowed");
  assert.is(shortly(await carrier.request("piece", first.session, signature, body)), "not_allowed");
  assert.is(shortly(await carrier.request("offer", first.session, signature, other)), "not_allowed");
  assert.equal(spool.bundles(), []);
  assert.is(shortly(await carrier.request("offer", first.session, signature, body)), "wanted 0");
});

test("a recorded greeting brings another challenge, in whose session nothing recorded holds", async () => {
  const origin = device("House A");
  const { carrier, clock } = testCarrier([origin]);
  const recorded = sessionOf(carrier, origin);
  const body = encodeOffer(bundleFile(10));
  const signature = recorded.sign("offer", body);
  clock.monoMs += 31_000;
  assert.is(shortly(await carrier.request("offer", recorded.session, signature, body)), "conflict");
  const again = sessionOf(carrier, origin);
  assert.is.not(again.session, recorded.session);
  assert.is(shortly(await carrier.request("offer", again.session, signature, body)), "not_allowed");
});

test("greetings are held to a rate, and those that prove nothing crowd nobody out who did", async () => {
  const [origin, other] = [device("House A"), device("House C")];
  const { carrier, clock } = testCarrier([origin, other]);
  const proved = sessionOf(carrier, origin);
  await proved.offer(bundleFile(10));
  let refused = 0;
  for (let n = 0; n < 200; n++) {
    const greeted = greetAs(carrier, other);
    if ("kind" in greeted) refused += 1;
    if (n % 4 === 0) clock.monoMs += 100;
  }
  assert.ok(refused > 100, `${refused} of 200 refused`);
  assert.ok(carrier.isSession(proved.session));
});

test("without an uplink of its own a site takes no new bundle, and still answers for the one it has", async () => {
  const origin = device("House A");
  const { carrier, uplink } = testCarrier([origin]);
  const session = sessionOf(carrier, origin);
  const bundle = bundleFile(10);
  await session.offer(bundle);
  uplink.isUp = false;
  assert.is(shortly(await session.piece(bundle, 0, 10)), "held 10");
  assert.is(shortly(await session.offer(bundle)), "held 10");
  assert.is(shortly(await session.offer(bundleFile(12))), "not_stored");
});

test("rubbish is refused in every place where a message is read", async () => {
  const origin = device("House A");
  const { carrier } = testCarrier([origin]);
  const session = sessionOf(carrier, origin);
  for (const bytes of [new Uint8Array(0), random(200), new Uint8Array([0x91, 0xc0])]) {
    assert.is(shortly(carrier.greet(bytes)), "bad_request");
    for (const verb of ["offer", "piece"] as const) {
      assert.is(shortly(await carrier.request(verb, session.session, session.sign(verb, bytes), bytes)), "bad_request");
    }
  }
  assert.is(shortly(await carrier.request("offer", bytesToHex(random(32)), bytesToHex(random(64)), random(9))), "conflict");
});

test.run();

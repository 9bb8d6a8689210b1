import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner, signingKeysFromSeed, verifySignature } from "../../crypto/device-keys.ts";
import { loadSodium } from "../../crypto/load-sodium.ts";
import { bytesToHex, type CentralId, type CollectorId, hexToBytes, type Sha256 } from "../../model/ids.ts";
import * as messages from "../neighbour-messages.ts";
import { carrierSignedBytes, neighbourSession, requestSignedBytes } from "../neighbour-proof.ts";

await loadSodium();
const golden = JSON.parse(readFileSync(new URL("./neighbour-v1.json", import.meta.url), "utf8")) as Record<string, string>;
const AT_MS = 1_795_000_000_000;
const bytes = (fill: number, count: number): Uint8Array => new Uint8Array(count).fill(fill);
const CENTRAL = "21".repeat(16) as CentralId;
const keys = { origin: signingKeysFromSeed(bytes(0x31, 32)), carrier: signingKeysFromSeed(bytes(0x32, 32)) };
const ORIGIN = { collectorId: "01999999-0000-7000-8000-00000000000a" as CollectorId, deviceKey: keys.origin.publicKey, nonce: bytes(0x41, 32) };
const CARRIER = { collectorId: "01999999-0000-7000-8000-00000000000b" as CollectorId, deviceKey: keys.carrier.publicKey, nonce: bytes(0x42, 32) };
const SESSION = neighbourSession(CENTRAL, ORIGIN, CARRIER);
const FILE = "56".repeat(32) as Sha256;
const OFFER: messages.BundleOffer = { sha256: FILE, bytes: 4_000_000_000, records: 340, madeMs: AT_MS };
const held: messages.Standing = { sha256: FILE, state: "held", offset: 4_000_000_000, words: "", atMs: null, receipt: null };
const samples = {
  greeting: [messages.encodeGreeting, messages.decodeGreeting, { centralId: CENTRAL, ...ORIGIN }],
  challenge: [messages.encodeChallenge, messages.decodeChallenge, { ...CARRIER, signature: makeSigner(keys.carrier)(carrierSignedBytes(SESSION)) }],
  offer: [messages.encodeOffer, messages.decodeOffer, OFFER],
  piece: [messages.encodePiece, messages.decodePiece, { sha256: FILE, offset: 262_144, bytes: bytes(0x61, 5) }],
  "standing, held": [messages.encodeStanding, messages.decodeStanding, held],
  "standing, delivered": [
    messages.encodeStanding,
    messages.decodeStanding,
    { ...held, state: "delivered", words: "12 new records", atMs: AT_MS + 5, receipt: bytes(0x71, 9) },
  ],
} as unknown as Record<string, [(message: object) => Uint8Array, (bytes: Uint8Array) => object | undefined, object]>;

for (const [name, [encode, decode, message]] of Object.entries(samples)) {
  test(`${name}: today's code writes the released bytes and reads them back`, () => {
    assert.is(bytesToHex(encode(message)), golden[name]);
    assert.equal(decode(hexToBytes(golden[name]!)), message);
  });

  test(`${name}: cut short anywhere it is refused, a later release's field is ignored, another message is none`, () => {
    const whole = hexToBytes(golden[name]!);
    for (let length = 0; length < whole.length; length++) assert.is(decode(whole.subarray(0, length)), undefined, `${length} bytes`);
    const longer = new Uint8Array([...whole, 0x07]);
    longer[0]! += 1;
    assert.equal(decode(longer), message);
    for (const [other, [, decodeOther]] of Object.entries(samples)) {
      if (other.split(",")[0] !== name.split(",")[0]) assert.is(decodeOther(whole), undefined, other);
    }
  });
}

test("the session and both signatures have released bytes", () => {
  assert.is(bytesToHex(SESSION), golden.session);
  const request = requestSignedBytes(SESSION, "offer", messages.encodeOffer(OFFER));
  assert.is(bytesToHex(makeSigner(keys.origin)(request)), golden["offer's signature"]);
  assert.ok(verifySignature(keys.origin.publicKey, request, hexToBytes(golden["offer's signature"]!)));
});

test("a session is another one for another central, device, nonce or direction, and a signature holds for its verb and body alone", () => {
  const others = [
    neighbourSession("22".repeat(16) as CentralId, ORIGIN, CARRIER),
    neighbourSession(CENTRAL, CARRIER, ORIGIN),
    neighbourSession(CENTRAL, { ...ORIGIN, nonce: bytes(0x43, 32) }, CARRIER),
    neighbourSession(CENTRAL, ORIGIN, { ...CARRIER, nonce: bytes(0x43, 32) }),
    neighbourSession(CENTRAL, { ...ORIGIN, deviceKey: bytes(0x44, 32) }, CARRIER),
    neighbourSession(CENTRAL, ORIGIN, { ...CARRIER, collectorId: ORIGIN.collectorId }),
  ];
  assert.is(new Set([SESSION, ...others].map(bytesToHex)).size, others.length + 1);
  const signed = [requestSignedBytes(SESSION, "offer", bytes(1, 3)), requestSignedBytes(SESSION, "piece", bytes(1, 3)), requestSignedBytes(SESSION, "offer", bytes(2, 3)), carrierSignedBytes(SESSION)];
  assert.is(new Set(signed.map(bytesToHex)).size, signed.length);
});

test("sizes over their bound are refused", () => {
  assert.is(messages.decodeOffer(messages.encodeOffer({ ...OFFER, bytes: 2 ** 32 - 1 }))?.bytes, 2 ** 32 - 1);
  assert.is(messages.decodePiece(messages.encodePiece({ sha256: FILE, offset: 0, bytes: new Uint8Array(256 * 1024) }))?.bytes.length, 256 * 1024);
  assert.is(messages.decodePiece(messages.encodePiece({ sha256: FILE, offset: 0, bytes: new Uint8Array(256 * 1024 + 1) })), undefined);
});

test.run();

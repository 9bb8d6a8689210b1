/** Two devices that central named to each other, with a spool on a real disk; for the tests of this room. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeSigner, type SigningKeys, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { bytesToHex, type CentralId, type CollectorId, type SessionId, type Sha256 } from "../../shared/model/ids.ts";
import {
  decodeChallenge,
  decodeStanding,
  encodeGreeting,
  encodeOffer,
  encodePiece,
  type Standing,
} from "../../shared/neighbour/neighbour-messages.ts";
import { neighbourSession, requestSignedBytes } from "../../shared/neighbour/neighbour-proof.ts";
import type { NeighbourKey } from "../../shared/protocol/frames.ts";
import { writeDurably } from "../write-durably.ts";
import { type Carrier, type CarrierAnswer, type CarrierDeps, makeCarrier } from "./carrier.ts";
import { type CarrySpool, openCarrySpool, type SpoolDeps } from "./carry-spool.ts";
import type { Outgoing } from "./outgoing-bundle.ts";

await loadSodium();
export const CENTRAL_ID = "21".repeat(16) as CentralId;
export const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count));

export interface Device extends NeighbourKey {
  readonly keys: SigningKeys;
}

export function device(name: string): Device {
  const keys = signingKeysFromSeed(random(32));
  const hex = bytesToHex(random(6));
  return { collectorId: `01999999-0000-7000-8000-${hex}` as CollectorId, deviceKey: keys.publicKey, name, keys };
}

export const knowing = (...known: readonly NeighbourKey[]): CarrierDeps["known"] => ({
  find: (centralId, collectorId, key) =>
    centralId === CENTRAL_ID
      ? known.find((one) => one.collectorId === collectorId && bytesToHex(one.deviceKey) === bytesToHex(key))
      : undefined,
});

export interface TestSpool {
  readonly folder: string;
  readonly spool: CarrySpool;
  /** The same folder after a restart. */
  readonly reopen: () => CarrySpool;
}

const folders: string[] = [];
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "neighbours-"));
  folders.push(folder);
  return folder;
}

export function testSpool(over: Partial<SpoolDeps> = {}): TestSpool {
  const folder = join(newFolder(), "spool");
  const deps: SpoolDeps = {
    folder,
    bytesMax: 1_000_000,
    bundlesMax: 4,
    freeBytes: () => null,
    keepFreeBytes: 0,
    writeDurably,
    now: Date.now,
    ...over,
  };
  return { folder, spool: openCarrySpool(deps), reopen: () => openCarrySpool(deps) };
}

export interface TestBundleFile extends Outgoing {
  readonly content: Uint8Array;
}

/** A file of so many random bytes: nobody between origin and central can tell it from a bundle. */
export function bundleFile(bytes: number): TestBundleFile {
  const content = random(bytes);
  const sha256 = createHash("sha256").update(content).digest("hex") as Sha256;
  return { bundleId: bytesToHex(random(16)) as SessionId, sha256, bytes, records: 12, images: 0, madeMs: Date.now(), content };
}

export interface TestCarrier {
  readonly carrier: Carrier;
  readonly own: Device;
  readonly spool: CarrySpool;
  readonly uplink: { isUp: boolean };
  readonly clock: { monoMs: number };
}

export function testCarrier(origins: readonly NeighbourKey[], spool = testSpool().spool): TestCarrier {
  const own = device("House B");
  const uplink = { isUp: true };
  const clock = { monoMs: 1_000 };
  const carrier = makeCarrier({
    collectorId: own.collectorId,
    deviceKeys: own.keys,
    centralId: () => CENTRAL_ID,
    known: knowing(...origins),
    spool,
    hasUplink: () => uplink.isUp,
    onHeld: () => {},
    randomBytes: random,
    monoMs: () => clock.monoMs,
    random: () => 0.5,
    log: { info: () => {} },
  });
  return { carrier, own, spool, uplink, clock };
}

export interface TestSession {
  readonly session: string;
  readonly sign: (verb: "offer" | "piece", body: Uint8Array) => string;
  readonly offer: (bundle: TestBundleFile) => Promise<CarrierAnswer>;
  readonly piece: (bundle: TestBundleFile, from: number, to: number) => Promise<CarrierAnswer>;
}

/** Greets as `origin`; `keys`: what it signs with, its own by default. */
export function greetAs(carrier: Carrier, origin: Device, keys = origin.keys): TestSession | CarrierAnswer {
  const own = { collectorId: origin.collectorId, deviceKey: origin.deviceKey, nonce: random(32) };
  const answer = carrier.greet(encodeGreeting({ centralId: CENTRAL_ID, ...own }));
  if (answer.kind === "refused") return answer;
  const id = neighbourSession(CENTRAL_ID, own, decodeChallenge(answer.bytes)!);
  const session = bytesToHex(id);
  const signer = makeSigner(keys);
  const sign: TestSession["sign"] = (verb, body) => bytesToHex(signer(requestSignedBytes(id, verb, body)));
  const ask = (verb: "offer" | "piece", body: Uint8Array) => carrier.request(verb, session, sign(verb, body), body);
  return {
    session,
    sign,
    offer: (bundle) => ask("offer", encodeOffer(bundle)),
    piece: ({ sha256, content }, from, to) => ask("piece", encodePiece({ sha256, offset: from, bytes: content.subarray(from, to) })),
  };
}

export function sessionOf(carrier: Carrier, origin: Device): TestSession {
  const greeted = greetAs(carrier, origin);
  if (!("session" in greeted)) throw new Error(greeted.kind === "refused" ? greeted.words : "no session");
  return greeted;
}

/** The standing of an answer, in short: "wanted 3", "held 10"; or the code of a refusal. */
export function shortly(answer: CarrierAnswer): string {
  if (answer.kind === "refused") return answer.code;
  const standing: Standing = decodeStanding(answer.bytes)!;
  return `${standing.state} ${standing.offset}`;
}

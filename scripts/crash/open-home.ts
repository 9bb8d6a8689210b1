/** Opens a home that a power cut left, with the edge's own store, as its writer does at a start. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { openCredentials } from "../../edge/config/credential-store.ts";
import { lockHome } from "../../edge/log/lock-home.ts";
import { eventsFile } from "../../edge/log/open-database.ts";
import { openStore } from "../../edge/log/open-store.ts";
import { makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import type { BootId, CollectorId } from "../../shared/model/ids.ts";
import { bytesToHex, hexToBytes } from "../../shared/model/ids.ts";

/** Throws what the store says when it does not open. A home of before its first start gets what the first start makes. Needs sodium. */
export function openHome(home: string, collector: CollectorId): void {
  const credentials = openCredentials(home);
  if (credentials.read("device-key") === null && existsSync(eventsFile(home))) throw new Error("records are there and their key is not");
  const seed = hexToBytes(credentials.readOrMake("device-key", () => bytesToHex(randomBytes(32))));
  const keys = signingKeysFromSeed(seed);
  const locked = lockHome(home);
  if (locked.kind === "in-use") throw new Error(locked.words);
  const moment = { boot: "00000000000000c4" as BootId, monoMs: 1_000, wallMs: Date.now(), clockQuality: 0 };
  try {
    const device = { publicKey: keys.publicKey, sign: makeSigner(keys) };
    openStore({ home, collector, device, random: randomBytes, now: () => moment }).close();
  } finally {
    locked.lock.release();
  }
}

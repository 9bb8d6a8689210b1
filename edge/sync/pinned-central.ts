import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { bytesToHex, type CentralId, hexToBytes } from "../../shared/model/ids.ts";
import { centralIdOf, UNKNOWN_CENTRAL } from "../../shared/protocol/signed-bytes.ts";

/**
 * Central's two public keys, pinned at first contact or given by `edge -- init --central-key`. Another key later means another
 * central: nothing is sent to it, and a notice says what to do.
 */
export interface PinnedCentral {
  readonly centralId: () => CentralId;
  /** ed25519 key; null before the first contact. */
  readonly signingKey: () => Uint8Array | null;
  /** Pins at first contact; false when another central is pinned already. */
  readonly accept: (keys: readonly [Uint8Array, Uint8Array]) => boolean;
}

interface PinFile {
  readonly ed25519: string;
  readonly x25519: string;
}

/** Keeps the pin in a JSON file of two hex keys, mode 0600; an unreadable file stops the start rather than pin a stranger. */
export function openPinnedCentral(file: string): PinnedCentral {
  let keys = readPin(file);
  return {
    centralId: () => (keys === null ? UNKNOWN_CENTRAL : centralIdOf(keys[0])),
    signingKey: () => keys?.[0] ?? null,
    accept: (offered) => {
      if (keys !== null) return bytesToHex(keys[0]) === bytesToHex(offered[0]);
      keys = [offered[0].slice(), offered[1].slice()];
      writePin(file, { ed25519: bytesToHex(keys[0]), x25519: bytesToHex(keys[1]) });
      return true;
    },
  };
}

/** Writes the pin; also used by `edge -- init --central-key`. */
export function writePin(file: string, pin: PinFile): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(pin)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** "ED25519:X25519" as `collector add` prints them, base64url or hex; undefined when it is neither. */
export function parseCentralKeys(text: string): PinFile | undefined {
  const [first, second] = text.trim().split(":").map(keyToHex);
  return first === undefined || second === undefined ? undefined : { ed25519: first, x25519: second };
}

function keyToHex(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === 32 ? bytesToHex(bytes) : undefined;
}

function readPin(file: string): [Uint8Array, Uint8Array] | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return null;
  }
  try {
    const pin = JSON.parse(text) as PinFile;
    return [hexToBytes(pin.ed25519), hexToBytes(pin.x25519)];
  } catch {
    throw new Error(
      `${file} does not hold central's keys: run "npm run edge -- init --central-key KEYS" again, or remove the file to pin central anew.`,
    );
  }
}

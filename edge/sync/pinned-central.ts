import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { bytesToHex, type CentralId, hexToBytes } from "../../shared/model/ids.ts";
import { centralIdOf, UNKNOWN_CENTRAL } from "../../shared/protocol/signed-bytes.ts";
import { writeDurably } from "../write-durably.ts";

/**
 * Central's two public keys, pinned at first contact or given by `edge -- init --central-key`. Another key later means another
 * central: nothing is sent to it, and a notice says what to do.
 */
export interface PinnedCentral {
  readonly centralId: () => CentralId;
  /** ed25519 key; null before the first contact. */
  readonly signingKey: () => Uint8Array | null;
  /** X25519 key that bundles are sealed to; null before the first contact. */
  readonly boxKey: () => Uint8Array | null;
  /** Pins at first contact; false when another central is pinned already. */
  readonly accept: (keys: readonly [Uint8Array, Uint8Array]) => boolean;
}

interface PinFile {
  readonly ed25519: string;
  readonly x25519: string;
}

/** Keeps the pin in a JSON file of two hex keys, mode 0600; a damaged or unreadable file stops the start rather than pin a stranger. */
export function openPinnedCentral(file: string): PinnedCentral {
  let keys = readPin(file);
  return {
    centralId: () => (keys === null ? UNKNOWN_CENTRAL : centralIdOf(keys[0])),
    signingKey: () => keys?.[0] ?? null,
    boxKey: () => keys?.[1] ?? null,
    accept: (offered) => {
      if (keys !== null) return bytesToHex(keys[0]) === bytesToHex(offered[0]);
      writePin(file, { ed25519: bytesToHex(offered[0]), x25519: bytesToHex(offered[1]) });
      keys = [offered[0].slice(), offered[1].slice()];
      return true;
    },
  };
}

/** Writes the pin, durably: an empty file after a power cut would keep the edge from starting. Throws when it cannot. Also used by `edge -- init --central-key`. */
export function writePin(file: string, pin: PinFile): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeDurably(file, `${JSON.stringify(pin)}\n`, 0o600);
}

/** "ED25519:X25519" as `collector add` prints them, base64url or hex; undefined when it is neither. */
export function parseCentralKeys(text: string): PinFile | undefined {
  const [first, second, ...more] = text.trim().split(":").map(keyToHex);
  return first === undefined || second === undefined || more.length > 0 ? undefined : { ed25519: first, x25519: second };
}

function keyToHex(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  return /^[A-Za-z0-9_-]{43}=?$/.test(text) ? bytesToHex(Buffer.from(text, "base64url")) : undefined;
}

function readPin(file: string): [Uint8Array, Uint8Array] | null {
  try {
    const pin = JSON.parse(readFileSync(file, "utf8")) as PinFile;
    const keys = [hexToBytes(pin.ed25519), hexToBytes(pin.x25519)] as [Uint8Array, Uint8Array];
    if (keys.some((key) => key.length !== 32)) throw new Error("a key has 32 bytes");
    return keys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new Error(
      `${file} does not hold central's keys: run "npm run edge -- init --central-key KEYS" again, or remove the file to pin central anew.`,
    );
  }
}

/**
 * What this site hands to a neighbour: its sealed bundle as a file, made once and kept until central's receipt is back, so that a hand-over that
 * was cut goes on where it stopped. There is one at a time: the next one begins behind what the receipt of this one acknowledges.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { SessionId } from "../../shared/model/ids.ts";
import type { BundleOffer } from "../../shared/neighbour/neighbour-messages.ts";
import type { BundleExport } from "../sync/export-bundle.ts";
import { digestOf } from "./digest-of.ts";

export interface Outgoing extends BundleOffer {
  /** As in its manifest, and in central's receipt. */
  readonly bundleId: SessionId;
  readonly images: number;
}

export interface OutgoingDeps {
  readonly folder: string;
  readonly exportBundle: () => BundleExport;
  readonly writeDurably: (path: string, text: string, mode: number) => void;
  readonly now: () => number;
}

export interface OutgoingBundle {
  readonly current: () => Outgoing | null;
  /** Makes a fresh one in place of the current one. Null when there is nothing to carry. */
  readonly make: () => Promise<Outgoing | null>;
  /** At most so many bytes from there on. */
  readonly read: (offset: number, bytesMax: number) => Promise<Uint8Array>;
  /** What lies here is byte for byte what was made; false when there is none. */
  readonly isSound: () => Promise<boolean>;
  readonly drop: () => void;
}

export function openOutgoingBundle({ folder, exportBundle, writeDurably, now }: OutgoingDeps): OutgoingBundle {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "outgoing.alprbundle");
  const facts = join(folder, "outgoing.json");
  let current = readFacts(facts, file);
  const drop = (): void => {
    current = null;
    rmSync(facts, { force: true });
    rmSync(file, { force: true });
  };
  return {
    current: () => current,
    async make() {
      drop();
      const made = exportBundle();
      if (made.kind === "refused") return null;
      const part = `${file}.part`;
      const sha256 = await writeWhole(part, made.bytes).catch((error: unknown) => {
        rmSync(part, { force: true });
        throw error;
      });
      const { bytes, records, images } = made.counts;
      if (records === 0 && images === 0) {
        rmSync(part, { force: true });
        return null;
      }
      renameSync(part, file);
      const outgoing: Outgoing = { bundleId: made.bundleId, sha256: sha256 as Outgoing["sha256"], bytes, records, images, madeMs: now() };
      writeDurably(facts, `${JSON.stringify(outgoing)}\n`, 0o600);
      current = outgoing;
      return outgoing;
    },
    async read(offset, bytesMax) {
      const opened = await open(file, "r");
      try {
        const { buffer, bytesRead } = await opened.read(new Uint8Array(bytesMax), 0, bytesMax, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await opened.close();
      }
    },
    isSound: async () => current !== null && (await digestOf(file).catch(() => null)) === current.sha256,
    drop,
  };
}

async function writeWhole(path: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "w", 0o600);
  try {
    for await (const chunk of bytes) {
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

/** Null when there is none, or what lies there is not what was made: a fresh one costs nothing but the making. */
function readFacts(facts: string, file: string): Outgoing | null {
  try {
    const outgoing = JSON.parse(readFileSync(facts, "utf8")) as Outgoing;
    return statSync(file).size === outgoing.bytes ? outgoing : null;
  } catch {
    return null;
  }
}

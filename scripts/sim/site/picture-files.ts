/** The pictures on a site's card, with what a power cut takes of those that were not synced. The ledger of them is the store's, and real. */
import { createHash } from "node:crypto";
import { sameBytes } from "../../../shared/log/record.ts";
import type { Sha256 } from "../../../shared/model/ids.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { Tail } from "./sim-disk.ts";

interface PictureFile {
  readonly bytes: Uint8Array;
  readonly synced: boolean;
}

const SECTOR_BYTES = 512;

export class PictureFiles {
  private readonly files = new Map<Sha256, PictureFile>();

  holds(sha256: Sha256, bytes: Uint8Array): boolean {
    const file = this.files.get(sha256);
    return file !== undefined && sameBytes(file.bytes, bytes);
  }

  read(sha256: Sha256): Uint8Array | null {
    return this.files.get(sha256)?.bytes ?? null;
  }

  /** Whole under its name, in memory only until it is synced. */
  put(sha256: Sha256, bytes: Uint8Array): void {
    this.files.set(sha256, { bytes, synced: false });
  }

  sync(sha256: Sha256): void {
    const file = this.files.get(sha256);
    if (file !== undefined) this.files.set(sha256, { ...file, synced: true });
  }

  /** The card has changed what it holds: a flipped bit, or an end that is gone. */
  damage(sha256: Sha256, random: SeededRandom): boolean {
    const file = this.files.get(sha256);
    if (file === undefined) return false;
    const bytes = Uint8Array.from(file.bytes);
    const at = random.whole(0, bytes.length - 1);
    bytes[at] = bytes[at]! ^ 1;
    this.files.set(sha256, { ...file, bytes: random.chance(0.3) ? bytes.subarray(0, at) : bytes });
    return true;
  }

  /** What the next start finds: of what was not synced nothing, a part, or a part with a torn sector. */
  crash(tail: Tail, random: SeededRandom): void {
    for (const [sha256, file] of this.files) {
      if (file.synced) continue;
      const bytes = Uint8Array.from(file.bytes.subarray(0, Math.floor((file.bytes.length * tail.kept) / 1_000)));
      if (tail.torn) for (let at = Math.max(0, bytes.length - SECTOR_BYTES); at < bytes.length; at++) bytes[at] = random.whole(0, 255);
      this.files.set(sha256, { bytes, synced: true });
    }
  }

  copy(): PictureFiles {
    const copy = new PictureFiles();
    for (const [sha256, file] of this.files) copy.files.set(sha256, file);
    return copy;
  }
}

export const nameOfBytes = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

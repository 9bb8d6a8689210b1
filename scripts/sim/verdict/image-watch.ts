/** What is known of pictures apart from those who are tested, and the invariants about them: 19, 20, and 24 for those that are lost. */
import type { Sha256 } from "../../../shared/model/ids.ts";
import { nameOfBytes } from "../site/picture-files.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { World } from "../world.ts";

interface LedgerRow {
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly state: string;
}

export class ImageWatch {
  /** Changed on some card after they were written: they may be refused, and never come. */
  readonly damaged = new Set<Sha256>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** 19, 20: what central shows under a name, if it shows anything, is whole and hashes to the name. */
  shown(sha256: Sha256): void {
    const { checks, central } = this.world;
    const row = central.tables.storedImages.get(sha256);
    if (row === undefined) return;
    const bytes = central.images.objects.get(row.key);
    checks.check(20, bytes?.length === row.bytes, () => `central shows ${bytes?.length ?? "no"} of ${row.bytes} bytes of ${sha256}`);
    if (bytes?.length === row.bytes) checks.check(19, nameOfBytes(bytes) === sha256, () => `central shows other bytes as ${sha256}`);
  }

  settled(process: SiteProcess, sha256: Sha256, outcome: "stored" | "gone" | "mismatch"): void {
    const { world } = this;
    world.mark(`image-${outcome}-said`);
    const isSound = outcome === "stored" || this.damaged.has(sha256);
    world.checks.check(24, isSound, () => `${process.site.name}: picture ${sha256} is given up (${outcome}), and nothing is wrong with it`);
  }

  /** 19, 20: after a start each name in the ledger has whole bytes behind it. */
  started(process: SiteProcess): void {
    const { checks } = this.world;
    const { pictures } = process.site.disk;
    for (const { sha256, bytes } of this.rowsOf(process)) {
      if (this.damaged.has(sha256)) continue;
      const held = pictures.read(sha256);
      checks.check(
        20,
        held?.length === bytes,
        () => `${process.site.name}: ${held?.length ?? "no"} of ${bytes} bytes of ${sha256} are there`,
      );
      if (held?.length === bytes)
        checks.check(19, nameOfBytes(held) === sha256, () => `${process.site.name}: other bytes lie under the name ${sha256}`);
    }
  }

  /** Pictures that go up yet: central has a record that names them. (A bit that flipped may have taken the record of one.) */
  waitingAt(process: SiteProcess): number {
    if (process.reader.waitingImageCount() === 0) return 0;
    const { expectedImages } = this.world.central.tables;
    return this.rowsOf(process).filter(({ sha256, state }) => state === "waiting" && expectedImages.has(sha256)).length;
  }

  /** 24: a picture that a site has, and that a record at central names, is at central. */
  quiet(): void {
    const { checks, sites, central } = this.world;
    for (const sha256 of central.tables.storedImages.keys()) this.shown(sha256);
    for (const { process, name } of sites) {
      if (process === null) continue;
      for (const { sha256, state } of this.rowsOf(process)) {
        if (this.damaged.has(sha256) || !central.tables.expectedImages.has(sha256)) continue;
        const isThere = central.tables.storedImages.has(sha256);
        checks.check(24, isThere, () => `${name}: picture ${sha256} is ${state} here and not at central`);
      }
    }
  }

  private rowsOf(process: SiteProcess): LedgerRow[] {
    return process.store.db
      .prepare("select sha256, bytes, state from images where state in ('waiting', 'stored') order by sha256")
      .all() as LedgerRow[];
  }
}

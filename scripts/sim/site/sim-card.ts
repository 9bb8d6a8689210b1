/** How much room a site's card has: what else lies on it is a number, the store's own files are real. */
import { climb } from "../../../edge/disk/climb.ts";
import type { DiskLevel, DiskLimits, Step } from "../../../edge/disk/decide-step.ts";
import type { SiteProcess } from "./site-process.ts";

const MIB = 1024 * 1024;
const CARD_BYTES = 32 * 1024 * MIB;
/** As an edge's config has them. */
const LIMITS: DiskLimits = { ballastBytes: 64 * MIB, lowBytes: 512 * MIB, veryLowBytes: 256 * MIB, stopBytes: 64 * MIB };

export class SimCard {
  level: DiskLevel = "fine";
  /** The ballast is made soon after the first start; nothing here can come before it. */
  private hasBallast = true;
  private otherBytes = 0;

  /** Something else takes the card until so much is free. */
  fill(freeMib: number): void {
    this.otherBytes = CARD_BYTES - LIMITS.ballastBytes - freeMib * MIB;
  }

  clear(): void {
    this.otherBytes = 0;
  }

  isFull(): boolean {
    return this.level === "full";
  }

  /** One look of the ladder, as `edge/disk/disk-ladder.ts`. */
  look(process: SiteProcess): void {
    const steps = climb({
      limits: LIMITS,
      look: (exhausted) => {
        const freeBytes = CARD_BYTES - this.otherBytes - (this.hasBallast ? LIMITS.ballastBytes : 0);
        return { freeBytes, freeInsideBytes: process.rows.prune.freeInside(), hasBallast: this.hasBallast, exhausted };
      },
      say: (level) => {
        if (level !== this.level) process.site.world.mark(`card-${level}`);
        this.level = level;
      },
    });
    for (let step = steps.next(); !step.done; ) {
      const count = this.take(step.value, process);
      if (!process.isAlive) return;
      step = steps.next(count);
    }
  }

  private take(step: Exclude<Step, "none">, process: SiteProcess): number {
    switch (step) {
      case "make-ballast":
      case "release-ballast":
        this.hasBallast = step === "make-ballast";
        return 1;
      case "carried-bundles":
        return 0;
      case "stored-scenes":
        return process.command("freeStored", "scenes") ?? 0;
      case "stored-crops":
        return process.command("freeStored", "crops") ?? 0;
      case "unsent-scenes":
        return process.command("dropUnsentScenes", process.clock.moment()) ?? 0;
      case "old-detections":
        return process.site.world.variant.pruneAcknowledged(process);
    }
  }
}

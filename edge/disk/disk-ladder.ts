import type { Ballast } from "./ballast.ts";
import { climb } from "./climb.ts";
import type { DiskLevel, DiskLimits, DiskNow, PieceStep, Step } from "./decide-step.ts";

export interface DiskLadderDeps {
  readonly limits: DiskLimits;
  readonly ballast: Ballast;
  /** Null: the system does not say; then the ladder waits for a full disk. */
  readonly freeBytes: () => number | null;
  readonly freeInsideBytes: () => number;
  /** Gives up one piece; answers how many things went, 0 when nothing is left. */
  readonly giveUp: Readonly<Record<PieceStep, () => Promise<number>>>;
  /** The level is another one. */
  readonly onLevel: (level: DiskLevel) => void;
  readonly onTrouble: (error: Error) => void;
}

export interface DiskLadder {
  readonly level: () => DiskLevel;
  /** Looks at the disk and makes what room is needed; a second call while one runs joins it. Never rejects. */
  readonly look: () => Promise<void>;
  /** Ends what runs. */
  readonly stop: () => Promise<void>;
}

export function makeDiskLadder(deps: DiskLadderDeps): DiskLadder {
  const { limits, ballast } = deps;
  const ending = new AbortController();
  let level: DiskLevel = "fine";
  let running: Promise<void> | null = null;

  const now = (exhausted: ReadonlySet<PieceStep>): DiskNow => ({
    freeBytes: deps.freeBytes() ?? Number.MAX_SAFE_INTEGER,
    freeInsideBytes: deps.freeInsideBytes(),
    hasBallast: ballast.isThere(),
    exhausted,
  });
  const say = (next: DiskLevel): void => {
    if (next === level) return;
    level = next;
    deps.onLevel(next);
  };
  /** Answers how many things went; making and releasing the ballast is one. */
  const take = async (step: Exclude<Step, "none">): Promise<number> => {
    if (step !== "make-ballast" && step !== "release-ballast") return deps.giveUp[step]();
    if (step === "release-ballast") ballast.release();
    else await ballast.make(ending.signal);
    return 1;
  };
  const climbOnce = async (): Promise<void> => {
    const steps = climb({ limits, look: now, say });
    for (let step = steps.next(); !step.done; ) {
      const count = await take(step.value);
      if (ending.signal.aborted) return;
      step = steps.next(count);
    }
  };
  return {
    level: () => level,
    look() {
      running ??= climbOnce()
        .catch(deps.onTrouble)
        .finally(() => {
          running = null;
        });
      return running;
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}

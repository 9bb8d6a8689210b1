import type { Ballast } from "./ballast.ts";
import { type DiskLevel, type DiskLimits, type DiskNow, decideStep, levelOf, type PieceStep, type Step } from "./decide-step.ts";

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

/** Pieces of one look; the next look goes on. A look that never ended could not be stopped. */
const PIECES_MAX = 200;

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
  const take = async (step: Exclude<Step, "none">, exhausted: Set<PieceStep>): Promise<void> => {
    if (step === "make-ballast") return ballast.make(ending.signal);
    if (step === "release-ballast") return ballast.release();
    if ((await deps.giveUp[step]()) === 0) exhausted.add(step);
  };
  const climb = async (): Promise<void> => {
    const exhausted = new Set<PieceStep>();
    for (let pieces = 0; pieces < PIECES_MAX && !ending.signal.aborted; pieces++) {
      const at = now(exhausted);
      const step = decideStep(at, limits);
      if (step === "none") break;
      // Said before the work: while much is removed, people see why.
      say(levelOf(at, limits));
      await take(step, exhausted);
    }
    say(levelOf(now(exhausted), limits));
  };
  return {
    level: () => level,
    look() {
      running ??= climb()
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

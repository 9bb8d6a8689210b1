/** One look at a disk: which steps are taken, one after another, until there is room or nothing is left. Pure; whoever asks carries them out. */
import {
  type DiskLevel,
  type DiskLimits,
  type DiskNow,
  decideStep,
  levelOf,
  PIECE_STEPS,
  type PieceStep,
  type Step,
} from "./decide-step.ts";

/** Pieces of one look; the next look goes on. A look that never ended could not be stopped. */
const PIECES_MAX = 200;

export interface ClimbDeps {
  readonly limits: DiskLimits;
  readonly look: (exhausted: ReadonlySet<PieceStep>) => DiskNow;
  /** The level before each step, and at the end. */
  readonly say: (level: DiskLevel) => void;
}

/** Yields each step that is to be taken; is told how many things went by it (0: that step has nothing left). */
export function* climb({ limits, look, say }: ClimbDeps): Generator<Exclude<Step, "none">, void, number> {
  const exhausted = new Set<PieceStep>();
  for (let pieces = 0; pieces < PIECES_MAX; pieces++) {
    const at = look(exhausted);
    const step = decideStep(at, limits);
    if (step === "none") break;
    // Said before the work: while much is removed, people see why.
    say(levelOf(at, limits));
    const count = yield step;
    if (count === 0 && isPiece(step)) exhausted.add(step);
  }
  say(levelOf(look(exhausted), limits));
}

const isPiece = (step: Step): step is PieceStep => (PIECE_STEPS as readonly Step[]).includes(step);

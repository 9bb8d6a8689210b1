import type { Steps } from "../../shared/flow/run-steps.ts";

/** How one step ended; not calling either leaves the work where it is, as a death does. */
export interface Answering<Answer> {
  readonly with: (answer: Answer) => void;
  readonly failing: (error: unknown) => void;
}

/** Carries out the production's steps whenever the simulation gets to them: a step may be answered at once or at a later moment. */
export function driveSteps<Step, Result, Answer>(
  steps: Steps<Step, Result, Answer>,
  carryOut: (step: Step, answer: Answering<Answer>) => void,
  done: (result: Result) => void,
): void {
  const go = (turn: IteratorResult<Step, Result>): void => {
    if (turn.done) return done(turn.value);
    carryOut(turn.value, { with: (answer) => go(steps.next(answer)), failing: (error) => go(steps.throw(error)) });
  };
  go(steps.next());
}

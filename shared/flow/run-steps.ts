/**
 * Work that says, one thing at a time, what it wants done and goes on from the answer: what it decides is plain and synchronous, whoever
 * carries it out has the disk, the line and the clock. Production carries it out with promises, the simulator in virtual time.
 */
export type Steps<Step, Result, Answer> = Generator<Step, Result, Answer>;

/** Carries out every step, in order. A step that fails is thrown into the work, which may catch it; what it does not catch rejects. */
export async function runSteps<Step, Result, Answer>(
  steps: Steps<Step, Result, Answer>,
  carryOut: (step: Step) => Answer | Promise<Answer>,
): Promise<Result> {
  let turn = steps.next();
  while (!turn.done) {
    const answer = await settle(carryOut, turn.value);
    turn = "failed" in answer ? steps.throw(answer.failed) : steps.next(answer.value);
  }
  return turn.value;
}

type Settled<Answer> = { readonly value: Answer } | { readonly failed: unknown };

async function settle<Step, Answer>(carryOut: (step: Step) => Answer | Promise<Answer>, step: Step): Promise<Settled<Answer>> {
  try {
    return { value: await carryOut(step) };
  } catch (failed) {
    return { failed };
  }
}

import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSteps, type Steps } from "./run-steps.ts";

/** Writes, and tidies up when that fails. */
function* keeping(): Steps<string, string, number> {
  try {
    const written = yield "write";
    return `wrote ${written}`;
  } catch (error) {
    yield "tidy up";
    if ((error as Error).message === "worse") throw error;
    return (error as Error).message;
  }
}

test("work goes on from what each step answers", async () => {
  assert.is(await runSteps(keeping(), async () => 7), "wrote 7");
});

test("a step that fails is the work's to deal with", async () => {
  const done: string[] = [];
  const outcome = await runSteps(keeping(), (step) => {
    done.push(step);
    if (step === "write") throw new Error("the disk is full");
    return 0;
  });
  assert.is(outcome, "the disk is full");
  assert.equal(done, ["write", "tidy up"]);
});

test("what the work does not deal with rejects, after it has tidied up", async () => {
  const done: string[] = [];
  const outcome = runSteps(keeping(), (step) => {
    done.push(step);
    return step === "write" ? Promise.reject(new Error("worse")) : 0;
  });
  const words = await outcome.then(
    () => "resolved",
    (error: Error) => error.message,
  );
  assert.is(words, "worse");
  assert.equal(done, ["write", "tidy up"]);
});

test.run();

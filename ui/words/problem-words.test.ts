import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemWords } from "./problem-words.ts";

test("a program's own refusal is shown, ended as a sentence", () => {
  assert.is(problemWords("weak_password", 422, "The password is too short"), "The password is too short.");
});

test("the text of a server failure is never shown to people", () => {
  assert.not.match(problemWords("internal", 500, "relation detections does not exist"), /relation/);
});

test("without a message the status is put in words; an unknown one still says something", () => {
  assert.match(problemWords("403", 403, undefined), /may not/);
  assert.match(problemWords("teapot", 418, undefined), /Try again/);
});

test.run();

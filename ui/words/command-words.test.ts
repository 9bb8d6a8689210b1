import { test } from "uvu";
import * as assert from "uvu/assert";
import { commandTitle, configWords, refusedLine } from "./command-words.ts";

test("a configuration is told by what is wanted and what runs", () => {
  assert.is(configWords(null, 0), undefined);
  assert.is(configWords(4, 4), "Revision 4 in force");
  assert.is(configWords(4, 3), "Revision 4 wanted, revision 3 in force");
  assert.is(configWords(1, 0), "Revision 1 wanted, the site's own in force");
});

test("the line of a refusal is found in the sentences of both programs", () => {
  assert.is(refusedLine("Line 3: cameras[0].password is a secret."), 3);
  assert.is(refusedLine("config/central.yaml, line 12: web.lisen is not a known key. Nothing was changed."), 12);
  assert.is(refusedLine("The baseline 7 is wrong."), undefined);
});

test("a kind that this page does not know shows its own name", () => {
  assert.is(commandTitle({ kind: "set-config", revision: 7 }), "Configuration, revision 7");
  assert.is(commandTitle({ kind: "restart", revision: null }), "restart");
});

test.run();

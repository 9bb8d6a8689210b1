// runner: timeout 180 s
/** The simulator's merge and the real one agree; the long run is `npm run sim -- --differential N`. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runDifferential } from "./differential.ts";

test("what reached central in a history leaves the same rows in SQL as in the simulator", async () => {
  const [result] = await runDifferential(3, 1, () => {});
  assert.equal(result!.differences, []);
  assert.ok(result!.appends > 100 && result!.rows > 1_000, `${result!.appends} APPENDs, ${result!.rows} rows`);
});

test.run();

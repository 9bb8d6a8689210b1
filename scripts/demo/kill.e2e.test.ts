// runner: timeout 300 s
/**
 * kill -9 in mid-demo: both programs are killed and started again while cars pass, and at the end every message that a camera numbered is
 * exactly one detection at the site and at central.
 */
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareWithLedger } from "./check/compare-ledger.ts";
import { searchCentral } from "./check/read-central.ts";
import { siteDetections } from "./check/read-site.ts";
import { waitFor } from "./wait.ts";
import { openWorld, restartCentral, restartEdge, type World } from "./world.ts";

const ROUNDS = 3;
const QUIET_WITHIN_MS = 90_000;
const TOWN = { seed: "kill", perMinute: 240, heartbeatMs: 2_000, sites: ["Main & Maple"] };

let world: World | null = null;
test.after(async () => world?.close());

test("T-71 killing the edge and central again and again loses and doubles nothing", async () => {
  world = await openWorld({ town: TOWN, say: () => {} });
  const { town, central, sites } = world;
  const site = sites[0]!;
  for (let round = 0; round < ROUNDS; round++) {
    await delay(2_500);
    site.child.kill("SIGKILL");
    await site.child.ended;
    await delay(500);
    await restartEdge(world, site);
    await delay(1_500);
    central.child.kill("SIGKILL");
    await central.child.ended;
    await delay(500);
    await restartCentral(world);
  }
  await town.setPaused(true);
  const verdict = await waitFor(
    "everything to arrive",
    QUIET_WITHIN_MS,
    async () => {
      const now = await compare();
      return now.edge.lost.length + now.central.lost.length === 0 ? now : undefined;
    },
    500,
  ).catch(compare);
  assert.ok(verdict.edge.expected > 30, `${verdict.edge.expected} messages are too few to prove anything`);
  for (const [where, { lost, doubled, unexplained }] of Object.entries(verdict)) {
    assert.equal({ lost, doubled, unexplained }, { lost: [], doubled: [], unexplained: [] }, where);
  }

  async function compare() {
    const { rows } = await town.ledger();
    return {
      edge: compareWithLedger(rows, await siteDetections(site.client)),
      central: compareWithLedger(rows, await searchCentral(central.client, {})),
    };
  }
});

test.run();

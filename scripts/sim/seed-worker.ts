/** A worker thread of `npm run sim`: one seed after another, each in a world of its own. */
import { parentPort } from "node:worker_threads";
import { planSeed } from "./faults/plan.ts";
import { runSeed } from "./run-seed.ts";
import type { SeedOrder, SeedReport } from "./seed-messages.ts";
import { variantOf } from "./variant.ts";

const port = parentPort;
if (port === null) throw new Error("this is a worker's program");

port.on("message", (order: SeedOrder) => {
  const say = (report: SeedReport): void => port.postMessage(report);
  const variant = order.variant === null ? {} : { variant: variantOf(order.variant) };
  runSeed(planSeed(order.seed), variant).then(
    (result) => say({ kind: "result", order, result }),
    (error: Error) => say({ kind: "failed", order, words: error.stack ?? error.message }),
  );
});

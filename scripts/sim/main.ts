import { planSeed } from "./plan.ts";
import { runSeed } from "./run-seed.ts";
import { VARIANTS } from "./variant.ts";

const from = Number(process.argv[2] ?? 1);
const count = Number(process.argv[3] ?? 1);
const vs = process.argv[4] === "variants" ? VARIANTS : [undefined];
for (const v of vs) {
  for (let seed = from; seed < from + count; seed++) {
    const t = performance.now();
    const r = await runSeed(planSeed(seed), v ? { variant: v() } : {});
    if (v) {
      if (r.broken.length) {
        console.log(v().name, "caught at", seed, JSON.stringify(r.broken[0]));
        break;
      }
      if (seed === from + count - 1) console.log(v().name, "NOT CAUGHT");
      continue;
    }
    console.log(
      seed,
      r.traceHash,
      "counted",
      r.isCounted,
      "quiet",
      r.isQuiet,
      "records",
      r.records,
      "steps",
      r.steps,
      Math.round(performance.now() - t),
      "ms",
      JSON.stringify(r.faults),
    );
    if (count === 1) console.log(r.marks, r.looked);
    if (r.broken.length) console.log(r.broken, count === 1 ? r.tail.join("\n") : "");
  }
}

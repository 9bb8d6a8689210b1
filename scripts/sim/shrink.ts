/** Makes the script of a bad seed short: faults are taken out as long as it stays bad. */
import type { Fault } from "./faults/faults.ts";
import type { SeedPlan } from "./faults/plan.ts";

/**
 * The shortest list of faults found that keeps `isBad` true: first halves, then single ones are left out. Each fault draws from a stream
 * of its own, so that what is left out does not move the others. At most `triesMax` plans are tried.
 */
export async function shrinkPlan(plan: SeedPlan, isBad: (plan: SeedPlan) => Promise<boolean>, triesMax = 200): Promise<SeedPlan> {
  let faults = plan.faults;
  let tries = 0;
  for (let size = Math.ceil(faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < faults.length && tries < triesMax; ) {
      const fewer: readonly Fault[] = [...faults.slice(0, from), ...faults.slice(from + size)];
      tries += 1;
      if (await isBad({ ...plan, faults: fewer })) faults = fewer;
      else from += size;
    }
  }
  return { ...plan, faults };
}

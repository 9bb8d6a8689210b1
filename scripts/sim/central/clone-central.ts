/**
 * A copy of central beside it. Whoever copies a machine, or brings a backup up to have a look, has two centrals with one key: some sites
 * reach the one and some the other, until the copy is gone. Nobody tells the sites.
 */
import { sameBytes } from "../../../shared/log/record.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { Fault } from "../faults/faults.ts";
import type { SimSite } from "../site/sim-site.ts";
import type { World } from "../world.ts";
import type { SimCentral } from "./sim-central.ts";

type CloneFault = Extract<Fault, { kind: "clone-central" }>;

/** False when there was no backup to copy. */
export function cloneCentral(world: World, fault: CloneFault): boolean {
  const random = world.stream(`clone of central ${fault.id}`);
  const clone = world.central.clone(fault.copyOf, fault.life, random.fork("clone"));
  if (clone === null) return false;
  const isSameLife = fault.life === "same";
  const lines = random.fork("lines");
  steer(world, clone, isSameLife, lines);
  world.agenda.after(fault.lastsMs / 2, () => steer(world, clone, isSameLife, lines));
  world.agenda.after(fault.lastsMs, () => {
    for (const site of world.sites) lead(site, null, isSameLife);
    clone.end();
  });
  return true;
}

/** Names are resolved anew: each site reaches the one or the other, at least one of them the copy. */
function steer({ sites }: World, clone: SimCentral, isSameLife: boolean, random: SeededRandom): void {
  const one = random.whole(0, sites.length - 1);
  for (const [at, site] of sites.entries()) lead(site, at === one || random.chance(0.4) ? clone : null, isSameLife);
}

function lead(site: SimSite, clone: SimCentral | null, isSameLife: boolean): void {
  const { line } = site;
  if (line.clone === clone) return;
  line.cut();
  line.clone = clone;
  if (clone !== null) site.world.mark("reaches-clone");
  if (isSameLife) site.metClone = true;
  site.mustNotice = !knowsWitness(site, line.central());
}

/** Whether the largest tree head on the site's card is one of this central's own history. Yes for a site that does not run. */
export function knowsWitness(site: SimSite, { tables }: SimCentral): boolean {
  const witness = site.witness();
  const root = witness === null ? null : tables.tree.rootOf(witness.size);
  return witness === null || (root !== null && sameBytes(root, witness.root));
}

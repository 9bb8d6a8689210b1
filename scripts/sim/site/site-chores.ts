/** What the writer thread and the disk ladder do by themselves while nothing else happens: rarer here, where each look costs a seed. */
import type { SiteProcess } from "./site-process.ts";

const CHORES_EVERY_MS = 15 * 60_000;
const FIRST_CHORES_MS = 20_000;
/** Pieces of one round. */
const PIECES_MAX = 200;

export function beginChores(process: SiteProcess): void {
  const again = (): void => {
    doChores(process);
    process.after(CHORES_EVERY_MS, again);
  };
  process.after(FIRST_CHORES_MS, again);
}

/** Removes what may go by rule, then looks how full the card is. */
export function doChores(process: SiteProcess): void {
  const { world, card } = process.site;
  // Nothing can look a week old where no day has passed and every clock is right: the look is spared.
  if (world.mayLookOld(process.site)) prune(process);
  if (process.isAlive) card.look(process);
  if (process.isAlive) world.losses.settle(process);
}

function prune(process: SiteProcess): void {
  for (let pieces = 0; pieces < PIECES_MAX && process.isAlive && process.store.isPruning(); pieces++) {
    if (process.command("prune", process.clock.moment()) === undefined) return;
  }
}

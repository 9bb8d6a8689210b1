/**
 * Snapshots on their way: one of a list at a time, whichever connection asked for it. A large one is staged for a minute or two on a Pi, and a
 * line may not hold that long: what a closed connection had fetched is put in force all the same, and nobody writes over its file meanwhile.
 */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ListId } from "../../shared/model/ids.ts";
import type { Snapshot } from "../../shared/protocol/frames.ts";
import { receiveSnapshot } from "./receive-feed.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

/** Fetches a list and puts it in force, unless one of that list is on its way already. The signal ends the fetch, not what follows it. */
export type FetchSnapshot = (snapshot: Snapshot, signal: AbortSignal) => void;

const LEFT_OVER = /^snapshot-.*\.part$/;

export const snapshotFileIn = (folder: string, list: ListId): string => join(folder, `snapshot-${list}.part`);

/** Lives as long as the uplink. `onDone`: whatever came of it, what is held now is to be told to whoever is connected. */
export function oneOfEachList(deps: UplinkDeps, onDone: () => void): FetchSnapshot {
  const fetching = new Set<ListId>();
  const refused = (why: string): void => deps.log.warn({}, `watchlist not taken over: ${why}`);
  const take: (...taken: Parameters<FetchSnapshot>) => Promise<void> = async (snapshot, signal) => {
    try {
      const result = await receiveSnapshot(deps, snapshot, signal);
      if (result.kind === "refused") refused(result.why);
    } catch (error) {
      if (!signal.aborted) refused(error instanceof Error ? error.message : String(error));
    } finally {
      fetching.delete(snapshot.list);
    }
    onDone();
  };
  return (snapshot, signal) => {
    if (fetching.has(snapshot.list)) return;
    fetching.add(snapshot.list);
    void take(snapshot, signal);
  };
}

/** At the start: files of snapshots that the program's end cut off, up to 64 MiB each. */
export function sweepSnapshots(folder: string): void {
  for (const name of readdirSync(folder)) if (LEFT_OVER.test(name)) rmSync(join(folder, name), { force: true });
}

import type { SiteStatus } from "../../shared/api/site-api.ts";
import type { AlarmReport } from "../../shared/protocol/frames.ts";
import type { TreeEvent } from "../log/tree-rows.ts";

type Notice = SiteStatus["notices"][number];

/** What this site keeps of central's tree, as far as people read it. */
export interface TreeEvents {
  readonly standingForks: () => readonly TreeEvent[];
  readonly restoredSince: (sinceMs: number) => TreeEvent | null;
}

/** A restore of central is news for a day. */
const RESTORED_SHOWN_MS = 24 * 3_600_000;

/** The alarms that a heartbeat carries: one, however often central contradicts itself. */
export function treeAlarms(tree: Pick<TreeEvents, "standingForks">): AlarmReport[] {
  const [first] = tree.standingForks();
  return first === undefined ? [] : [{ code: "LOG_FORK", words: forkWords(first), sinceMs: first.atMs }];
}

/** For the site's page. */
export function treeNotices(tree: TreeEvents, nowMs: number): Notice[] {
  const alarms = treeAlarms(tree).map(({ words, sinceMs }): Notice => ({ at: new Date(sinceMs).toISOString(), level: "alarm", words }));
  const restored = tree.restoredSince(nowMs - RESTORED_SHOWN_MS);
  if (restored === null) return alarms;
  const words =
    "Central was restored from an older copy. This site sends again what is missing there, and gives back changes of watchlists that central has lost. Nothing needs to be done here.";
  return [...alarms, { at: new Date(restored.atMs).toISOString(), level: "warning", words }];
}

const WHAT: Record<string, (held: number, shown: number) => string> = {
  smaller: (held, shown) => `It had ${held} entries, now it shows ${shown}.`,
  "two-roots": (held) => `It shows two different histories of ${held} entries.`,
  "not-proved": (held, shown) => `It cannot prove that its ${shown} entries begin with the ${held} it had.`,
};

function forkWords({ why, held, shown }: TreeEvent): string {
  const what = WHAT[why]?.(held.size, shown.size) ?? "";
  return `LOG_FORK: central's history was changed, or a copy of central runs beside it. ${what} Nothing is lost here, and all of it is still sent. Tell the administrator.`;
}

import type { Incarnation } from "../../shared/model/ids.ts";
import type { StandingFeed } from "../../shared/protocol/central-session.ts";
import type { Db } from "../db/open-db.ts";
import { listHeads } from "./feed-rows.ts";

/** Feeds that grew in another process, and lists that got or lost a site, are noticed within this. */
const LOOK_EVERY_MS = 1_000;
/** Nudges closer than this are one look. */
const GATHER_MS = 25;

export interface FeedWatchDeps {
  readonly db: Db;
  readonly incarnation: Incarnation;
  /** Sites whose lists have changed: each connected session of theirs is told. */
  readonly onChanged: (feedsOf: (siteId: string) => readonly StandingFeed[], changed: (siteId: string) => boolean) => void;
}

export interface FeedWatch {
  /** A feed of this process has grown. */
  readonly nudge: () => void;
  /** The lists of a site, freshly read. */
  readonly headsOf: (siteId: string) => Promise<readonly StandingFeed[]>;
  readonly stop: () => void;
}

/** Follows where every feed stands and tells what changed for which site. */
export function watchFeeds(deps: FeedWatchDeps): FeedWatch {
  let known = new Map<string, string>();
  let stopped = false;
  let looking = false;
  let again = false;
  let gather: NodeJS.Timeout | null = null;

  const look = async (): Promise<void> => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    try {
      const sites = await readSites(deps);
      if (stopped) return;
      const before = known;
      known = new Map([...sites].map(([site, feeds]) => [site, feeds.map(standing).join()]));
      const none: readonly StandingFeed[] = [];
      deps.onChanged(
        (site) => sites.get(site) ?? none,
        (site) => known.get(site) !== before.get(site),
      );
    } catch {
      // The database is away; the next look finds what was missed.
    } finally {
      looking = false;
      if (again && !stopped) {
        again = false;
        nudge();
      }
    }
  };
  const nudge = (): void => {
    gather ??= setTimeout(() => {
      gather = null;
      void look();
    }, GATHER_MS);
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return {
    nudge,
    headsOf: async (siteId) => (await readSites(deps)).get(siteId) ?? [],
    stop: () => {
      stopped = true;
      clearInterval(timer);
      if (gather !== null) clearTimeout(gather);
    },
  };
}

const standing = ({ list, generation, head, horizon, durable }: StandingFeed): string =>
  `${list}:${generation}:${head}:${horizon}:${durable}`;

async function readSites({ db, incarnation }: FeedWatchDeps): Promise<Map<string, StandingFeed[]>> {
  const sites = new Map<string, StandingFeed[]>();
  for (const { site, ...standsAt } of await listHeads(db)) {
    const feeds = sites.get(site) ?? [];
    feeds.push({ ...standsAt, generation: incarnation });
    sites.set(site, feeds);
  }
  return sites;
}

import { parseEntryBytes } from "../../shared/crdt/entry-bytes.ts";
import { entryOf, listFactsId } from "../../shared/crdt/list-state.ts";
import { buildWatchlistIndex, type IndexedList, type WatchlistIndex } from "../../shared/match/watchlist-index.ts";
import type { Entry } from "../../shared/model/watchlist.ts";
import type { Tx } from "../db/open-db.ts";
import { currentGeneration, type ListFacts, listFacts, presentEntries } from "./matching-rows.ts";

/** Matching indexes of sites, kept between turns and renewed when a list or its sites changed. */
export interface SiteIndexes {
  readonly renew: (tx: Tx) => Promise<void>;
  /** The lists that name a site; undefined when none does. Sites that share their lists share one index. */
  readonly of: (siteId: string) => WatchlistIndex | undefined;
}

interface HeldList {
  readonly facts: ListFacts;
  readonly indexed: IndexedList;
  readonly entries: readonly Entry[];
}

export function siteIndexes(): SiteIndexes {
  let lists = new Map<string, HeldList>();
  let bySite = new Map<string, WatchlistIndex>();

  return {
    of: (siteId) => bySite.get(siteId),
    renew: async (tx) => {
      const facts = await listFacts(tx);
      const isSame = facts.length === lists.size && facts.every((each) => sameFacts(lists.get(each.list.id)?.facts, each));
      if (isSame) return;
      const generation = await currentGeneration(tx);
      const next = new Map<string, HeldList>();
      for (const each of facts) {
        const held = lists.get(each.list.id);
        const entries = held !== undefined && held.facts.feedNext === each.feedNext ? held.entries : await readEntries(tx, each);
        next.set(each.list.id, {
          facts: each,
          indexed: { list: each.list, version: { generation, cursor: each.feedNext, overlay: 0 } },
          entries,
        });
      }
      lists = next;
      bySite = indexSites([...next.values()]);
    },
  };
}

function indexSites(lists: readonly HeldList[]): Map<string, WatchlistIndex> {
  const bySite = new Map<string, WatchlistIndex>();
  const byLists = new Map<string, WatchlistIndex>();
  for (const site of new Set(lists.flatMap((held) => held.facts.sites))) {
    const own = lists.filter((held) => held.facts.sites.includes(site));
    const key = own.map((held) => held.facts.list.id).join(" ");
    const index =
      byLists.get(key) ??
      buildWatchlistIndex(
        own.map((held) => held.indexed),
        own.flatMap((held) => held.entries),
      );
    byLists.set(key, index);
    bySite.set(site, index);
  }
  return bySite;
}

async function readEntries(tx: Tx, { list }: ListFacts): Promise<Entry[]> {
  const rows = await presentEntries(tx, list.id);
  return rows.flatMap(({ entry, state }) => {
    const parsed = entry === listFactsId(list.id) ? null : parseEntryBytes(state);
    return parsed === null ? [] : (entryOf(list.id, parsed, list.keepWins) ?? []);
  });
}

function sameFacts(a: ListFacts | undefined, b: ListFacts): boolean {
  return (
    a !== undefined && a.feedNext === b.feedNext && a.sites.join() === b.sites.join() && JSON.stringify(a.list) === JSON.stringify(b.list)
  );
}

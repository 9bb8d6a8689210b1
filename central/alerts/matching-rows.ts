import { sql } from "kysely";
import type { MatchKind } from "../../shared/model/alert.ts";
import type { AlertId, EntryId, ListId, Plate, Rid } from "../../shared/model/ids.ts";
import type { Watchlist } from "../../shared/model/watchlist.ts";
import type { Tx } from "../db/open-db.ts";
import type { FindingPlace } from "./finding-rows.ts";

/** A detection or a revision as matching needs it. */
export interface Passing extends FindingPlace {
  readonly rid: Rid;
  readonly pass: Rid;
  readonly plate: Plate;
}

/** Those of these rids that are detections or revisions with a plate. A revision belongs to its detection's pass and site. */
export async function passingsOf(tx: Tx, detections: readonly string[], revisions: readonly string[]): Promise<Passing[]> {
  const { rows } = await sql<{
    rid: string;
    pass: string;
    plate: string;
    site_id: string;
    camera_id: string;
    collector_id: string;
    captured_at: Date;
    received_at: Date;
    test: boolean;
  }>`
    select id as rid, pass, plate, site_id, camera_id, collector_id, captured_at, received_at, test
    from detections where id = any(${[...detections]}::uuid[]) and plate is not null
    union all
    select r.id, d.pass, r.plate, d.site_id, d.camera_id, d.collector_id, r.captured_at, r.received_at, r.test
    from detection_revisions r join detections d on d.id = r.revises
    where r.id = any(${[...revisions]}::uuid[]) and r.plate is not null`.execute(tx);
  return rows.map((row) => ({
    rid: row.rid as Rid,
    pass: row.pass as Rid,
    plate: row.plate as Plate,
    siteId: row.site_id,
    cameraId: row.camera_id,
    collectorId: row.collector_id,
    capturedMs: row.captured_at.getTime(),
    receivedMs: row.received_at.getTime(),
    test: row.test,
  }));
}

/** Alerts of these passes, each with the surest kind that central itself has found. */
export async function knownAlerts(tx: Tx, passes: readonly string[]): Promise<Map<string, Map<AlertId, MatchKind | null>>> {
  const { rows } = await sql<{ pass: string; id: string; kind: MatchKind | null }>`
    select a.pass, a.id, (
      select f.explanation ->> 'kind' from alert_findings f where f.alert_id = a.id and f.raised_by = 'central'
      order by array_position(array['exact', 'confusable', 'wildcard'], f.explanation ->> 'kind') limit 1) as kind
    from alerts a where a.pass = any(${[...passes]}::uuid[])`.execute(tx);
  const known = new Map<string, Map<AlertId, MatchKind | null>>();
  for (const row of rows) {
    const own = known.get(row.pass) ?? new Map<AlertId, MatchKind | null>();
    own.set(row.id as AlertId, row.kind);
    known.set(row.pass, own);
  }
  return known;
}

export interface ListFacts {
  readonly list: Watchlist;
  /** Positions given out in its feed: when it stands still, so does the list. */
  readonly feedNext: number;
  readonly sites: readonly string[];
}

export async function listFacts(tx: Tx): Promise<ListFacts[]> {
  const { rows } = await sql<{
    id: string;
    name: string;
    owner: string;
    kind: Watchlist["kind"];
    differences_max: number;
    critical: boolean;
    keep_wins: boolean;
    feed_next: number;
    sites: string[];
  }>`
    select w.id, w.name, w.owner, w.kind, w.differences_max, w.critical, w.keep_wins, w.feed_next,
      array(select s.site_id::text from watchlist_sites s where s.list_id = w.id order by 1) as sites
    from watchlists w where w.deleted_at is null order by w.id`.execute(tx);
  return rows.map((row) => ({
    list: {
      id: row.id as ListId,
      name: row.name,
      owner: row.owner,
      kind: row.kind,
      differencesMax: row.differences_max,
      critical: row.critical,
      keepWins: row.keep_wins,
    },
    feedNext: Number(row.feed_next),
    sites: row.sites,
  }));
}

/** The folded state of every entry of a list that is there. */
export async function presentEntries(tx: Tx, list: string): Promise<{ entry: EntryId; state: Uint8Array }[]> {
  const rows = await tx
    .selectFrom("watchlist_entries")
    .select(["entry_id", "state"])
    .where("list_id", "=", list)
    .where("deleted_at", "is", null)
    .orderBy("entry_id")
    .execute();
  return rows.map((row) => ({ entry: row.entry_id as EntryId, state: new Uint8Array(row.state) }));
}

/** The generation of central's feeds: its newest incarnation, as 32 hex digits. */
export async function currentGeneration(tx: Tx): Promise<string> {
  const { rows } = await sql<{
    incarnation: string;
  }>`select encode(incarnation, 'hex') as incarnation from central_life order by started_at desc limit 1`.execute(tx);
  return rows[0]?.incarnation ?? "00".repeat(16);
}

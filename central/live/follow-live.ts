import type { CollectorView, LiveMessage } from "../../shared/api/central-api.ts";
import type { TurnOutcome } from "../../shared/flow/run-loop.ts";
import { arrivalsAfter, arrivalsOfKinds, newestArrival } from "../db/arrival-rows.ts";
import type { Db } from "../db/open-db.ts";
import { type LiveClient, type LiveClients, type LivePost, sendTo } from "./live-clients.ts";
import { heartbeatTimes } from "./live-subject-rows.ts";
import { ALERT_ARRIVALS, announced, postsOfArrivals } from "./posts-of-arrivals.ts";

/** Arrivals sent in one turn. Further behind, what is not an alert is passed over: a site that catches up brings more than anyone can watch. */
export const LIVE_BATCH_MAX = 200;
/** Of what is passed over the newest are shown all the same, so that the page does not stand still. */
export const NEWEST_SHOWN = 20;
/** Someone who comes back after more than this many gets the newest: the pages load older ones by themselves. */
export const REPLAY_MAX = 500;
const SESSIONS_EVERY_MS = 3_000;
const LINKS_EVERY_MS = 2_000;

export interface FollowLiveDeps {
  readonly db: Db;
  readonly clients: LiveClients;
  readonly nowMs: () => number;
  /** Which of these sessions are still live: asked every 3 s. */
  readonly liveSessions: (sids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly collectorViews: (ids: readonly string[], options: { withKeys: boolean }) => Promise<CollectorView[]>;
  readonly linkOf: (atMs: number | null, connected: boolean) => string;
}

export interface FollowLive {
  readonly turn: () => Promise<TurnOutcome>;
}

/** Sends what arrives to the open pages. One loop does everything, so that a page that joins can miss nothing and get nothing twice. */
export function followLive(deps: FollowLiveDeps): FollowLive {
  const { db, clients } = deps;
  const news = announced();
  const changed = new Set<string>();
  const links = new Map<string, string>();
  let position: number | null = null;
  let sessionsAtMs = 0;
  let linksAtMs = 0;

  async function admitJoining(): Promise<void> {
    const joining = clients.joining();
    if (joining.length === 0) return;
    position ??= await newestArrival(db);
    for (const client of joining) {
      const hello: LiveMessage = { type: "hello", after: String(position) };
      client.send(JSON.stringify(hello));
      if (client.after !== null && client.after < position) await replay(client, client.after, position);
      clients.admit(client);
    }
  }

  async function replay(client: LiveClient, after: number, upTo: number): Promise<void> {
    const from = Math.max(after, upTo - REPLAY_MAX);
    const missed = (await arrivalsAfter(db, from, REPLAY_MAX)).filter((each) => each.arrival <= upTo);
    sendTo(client, await postsOfArrivals(db, missed, "replay"));
  }

  async function sendArrivals(): Promise<TurnOutcome> {
    const from = position ?? 0;
    const newest = await newestArrival(db);
    if (newest - from > LIVE_BATCH_MAX) return await sendAlertsFirst(from, newest);
    if (newest === from) return "idle";
    const arrived = await arrivalsAfter(db, from, LIVE_BATCH_MAX);
    clients.post(await postsOfArrivals(db, arrived, news));
    position = arrived.at(-1)?.arrival ?? from;
    return arrived.length < LIVE_BATCH_MAX ? "idle" : "more";
  }

  /** Every alert on the way to `newest`, then the last of the others: an alert does not wait until detections are read for the page. */
  async function sendAlertsFirst(from: number, newest: number): Promise<TurnOutcome> {
    const alerts = await arrivalsOfKinds(db, ALERT_ARRIVALS, { after: from, upTo: newest }, LIVE_BATCH_MAX);
    clients.post(await postsOfArrivals(db, alerts, news));
    position = alerts.at(-1)?.arrival ?? from;
    if (alerts.length === LIVE_BATCH_MAX) return "more";
    const last = await arrivalsAfter(db, Math.max(position, newest - NEWEST_SHOWN), NEWEST_SHOWN);
    const others = last.filter(({ arrival, kind }) => arrival <= newest && !ALERT_ARRIVALS.has(kind));
    clients.post(await postsOfArrivals(db, others, news));
    position = newest;
    return "more";
  }

  async function sendCollectors(): Promise<void> {
    if (changed.size === 0) return;
    const ids = [...changed];
    changed.clear();
    const hasAdmin = clients.all().some((client) => client.actor.role === "admin");
    const posts = collectorPosts(await deps.collectorViews(ids, { withKeys: false }), "others");
    if (hasAdmin) posts.push(...collectorPosts(await deps.collectorViews(ids, { withKeys: true }), "admin"));
    clients.post(posts);
  }

  /** Heartbeats are looked for, not announced: another process may hold the edge's connection, and silence is nobody's message. */
  async function findHeartbeats(nowMs: number): Promise<void> {
    if (nowMs - linksAtMs < LINKS_EVERY_MS) return;
    linksAtMs = nowMs;
    for (const { id, atMs, connected } of await heartbeatTimes(db)) {
      const seen = `${atMs} ${deps.linkOf(atMs, connected)}`;
      if (links.has(id) && links.get(id) !== seen) changed.add(id);
      links.set(id, seen);
    }
  }

  async function endSessions(nowMs: number): Promise<void> {
    if (nowMs - sessionsAtMs < SESSIONS_EVERY_MS) return;
    sessionsAtMs = nowMs;
    const open = clients.all();
    const live = await deps.liveSessions([...new Set(open.map((client) => client.actor.sid))]);
    for (const client of open) if (!live.has(client.actor.sid)) client.close(4401, "signed out");
  }

  return {
    turn: async () => {
      if (clients.all().length === 0) {
        // Nobody listens: nothing is read, and the first to come starts at the newest.
        position = null;
        changed.clear();
        links.clear();
        return "idle";
      }
      const nowMs = deps.nowMs();
      await endSessions(nowMs);
      await admitJoining();
      const outcome = await sendArrivals();
      await findHeartbeats(nowMs);
      await sendCollectors();
      return outcome;
    },
  };
}

function collectorPosts(views: readonly CollectorView[], role: "admin" | "others"): LivePost[] {
  return views.map((collector) => {
    const message: LiveMessage = { type: "collector", collector };
    return { siteId: collector.site_id, role, text: JSON.stringify(message) };
  });
}

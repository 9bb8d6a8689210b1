/** Everything that edges talk to: connects ingest with the merge, the feeds and the picture store. */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { carrierRoutes, type ImportBundle } from "./carriers/bundle-routes.ts";
import type { MakeDownFile } from "./carriers/down-routes.ts";
import { type ImportDeps, importBundle } from "./carriers/import-bundle.ts";
import { type MakeDownDeps, makeDown } from "./carriers/make-down.ts";
import { authenticateCollector } from "./collectors/authenticate-collector.ts";
import { takeCarriedCommands, takeDueCommands } from "./collectors/command-rows.ts";
import { findSnapshotForSite, listHeads, readSnapshotPart } from "./feeds/feed-rows.ts";
import { forgetTombstones } from "./feeds/forget-tombstones.ts";
import { type FeedDeps, loadFeed } from "./feeds/load-feed.ts";
import { watchFeeds } from "./feeds/watch-feeds.ts";
import type { Foundation } from "./foundation.ts";
import type { Route } from "./http/route.ts";
import type { UpgradeRoute } from "./http/upgrades.ts";
import type { ImageStore } from "./images/image-store.ts";
import { appendAt, beginOrResume, discardAbandoned, finish } from "./images/partial-upload.ts";
import { admitBundle, beginCarriedLog, standingLogs } from "./ingest/admit-bundle.ts";
import { createAdmitCaller } from "./ingest/admit-caller.ts";
import type { Authenticate } from "./ingest/caller.ts";
import { nearestDevices } from "./ingest/neighbour-rows.ts";
import { createQuietLog } from "./ingest/quiet-log.ts";
import { imageStanding, type ReceiveImageDeps, receiveImage } from "./ingest/receive-image.ts";
import { markDisconnected, revokedAmong } from "./ingest/session-rows.ts";
import type { SyncDeps } from "./ingest/sync-deps.ts";
import { syncRoutes } from "./ingest/sync-routes.ts";
import { createSyncSocket } from "./ingest/sync-socket.ts";
import { watchSilence } from "./ingest/watch-silence.ts";
import { mergeAppend } from "./merge/merge-append.ts";
import { retryProjections } from "./merge/retry-projection.ts";
import type { Merging } from "./merging.ts";
import { programVersion } from "./program-version.ts";

export interface Syncing {
  readonly routes: readonly Route[];
  readonly upgrade: UpgradeRoute;
  /** A bundle from whatever carrier. */
  readonly importBundle: ImportBundle;
  /** A file for one site's stick. */
  readonly makeDown: MakeDownFile;
  /** A key was revoked in this process: its connections are cut at once, not at the next check. */
  readonly closeKey: (apiKeyId: string) => void;
  /** A command was made: a connected edge gets it at once, another one with its next heartbeat or exchange. */
  readonly tellCommands: (collectorId: string) => void;
  /** Reads records again that could not be shown; answers how many are now. */
  readonly readAgain: () => Promise<number>;
  /** Feeds may have grown, or lists got other sites. */
  readonly nudgeFeeds: () => void;
  /** Edges that are connected here. */
  readonly connections: () => number;
  /** Call after the sockets were closed; resolves when nothing of this works in the database any more. */
  readonly stop: () => Promise<void>;
}

/** Deleted entries are cleared away when every edge knows of their end; nobody waits for it. */
const FORGET_EVERY_MS = 10 * 60_000;
const UPLOADS_SWEPT_EVERY_MS = 6 * 3_600_000;
/** A database that hangs must not keep the program from ending. */
const SETTLE_MAX_MS = 5_000;

export function openSyncing(base: Foundation, merging: Merging, store: ImageStore): Syncing {
  const { db, nowMs } = base;
  const log = createQuietLog(base.log, nowMs);
  const { identity, life } = merging;
  const uploadsDir = join(base.config.dataDir, "uploads");
  const feeds = feedDeps(base, merging);
  const authenticate: Authenticate = (headers) => authenticateCollector({ db, nowMs }, headers);
  const watch = watchFeeds({
    db,
    get incarnation() {
      return life.incarnation();
    },
    onChanged: (feedsOf, changed) => socket.tellFeeds(feedsOf, changed),
  });
  const sync: SyncDeps = {
    db,
    identity,
    tree: merging.tree,
    nowMs,
    merge: { ...merging.merge, log },
    mergeAppend,
    feeds,
    loadFeed,
    headsOf: watch.headsOf,
    admitCaller: createAdmitCaller({ perSecond: base.config.hellosPerSecond, monoMs: () => performance.now(), random: Math.random }),
    dueCommands: (to) => takeDueCommands(db, to, nowMs()),
    neighboursOf: (collectorId) => nearestDevices(db, collectorId),
    uploadOffset: async (sha256) => (await beginOrResume(uploadsDir, sha256)).offset,
    log,
  };
  const images: ReceiveImageDeps = { db, store, uploadsDir, nowMs, uploads: { beginOrResume, appendAt, finish } };
  const importing = importDeps(sync, images);
  const takeBundle: ImportBundle = (bytes, also) => importBundle(importing, bytes, also);
  const socket = createSyncSocket({
    sync,
    authenticate,
    revokedAmong: (ids) => revokedAmong(db, ids),
    markDisconnected: (collectorId) => markDisconnected(db, collectorId),
  });
  const forgetting = setInterval(
    () =>
      void forgetTombstones({ db, incarnation: life.incarnation(), nowMs, onRisen: watch.nudge }).catch((error: Error) =>
        log.warn({ error: error.message }, "deleted entries could not be cleared away"),
      ),
    FORGET_EVERY_MS,
  );
  forgetting.unref();
  const silence = watchSilence({ db, nowMs });
  const sweep = setInterval(() => void discardAbandoned(uploadsDir, nowMs()).catch(() => undefined), UPLOADS_SWEPT_EVERY_MS);
  sweep.unref();
  const retried = retryProjections(sync.merge).then(
    (count) => {
      if (count > 0) log.info({ records: count }, "records that an older release could not show are shown now");
    },
    (error: Error) => log.warn({ error: error.message }, "waiting records could not be tried again"),
  );
  return {
    routes: [
      ...syncRoutes({ sync, images, authenticate, findSnapshot: (sha256, collectorId) => findSnapshotForSite(db, sha256, collectorId) }),
      ...carrierRoutes({ importBundle: takeBundle, nowMs }),
    ],
    upgrade: socket,
    importBundle: takeBundle,
    makeDown: (order, also) => makeDown(downDeps(base, merging, feeds), order, also),
    closeKey: socket.closeKey,
    tellCommands: socket.tellCommands,
    readAgain: () => retryProjections(sync.merge),
    nudgeFeeds: watch.nudge,
    connections: socket.connections,
    stop: async () => {
      watch.stop();
      silence.stop();
      clearInterval(sweep);
      clearInterval(forgetting);
      await Promise.race([Promise.all([socket.settled(), retried]), delay(SETTLE_MAX_MS, undefined, { ref: false })]);
    },
  };
}

/** A new life can begin while edges are connected: the incarnation is asked for each time. */
export function feedDeps({ db, nowMs }: Foundation, { identity, life }: Merging): FeedDeps {
  return {
    db,
    nowMs,
    sign: identity.sign,
    get incarnation() {
      return life.incarnation();
    },
  };
}

/** What a file on its way down is made of, with or without the rest of a running central. */
export function downDeps({ db, nowMs, randomBytes, log }: Foundation, { identity }: Merging, feeds: FeedDeps): MakeDownDeps {
  return {
    db,
    identity,
    nowMs,
    randomBytes,
    version: programVersion(),
    feeds,
    loadFeed,
    headsOf: async (siteId) =>
      (await listHeads(db)).filter((head) => head.site === siteId).map((head) => ({ ...head, generation: feeds.incarnation })),
    readSnapshotPart: (...part) => readSnapshotPart(db, ...part),
    carriedCommands: (collectorId, deviceKey, most) => takeCarriedCommands(db, { collectorId, deviceKey }, most, nowMs()),
    standingLogs,
    log,
  };
}

/** What an import needs, with or without the rest of a running central. */
export function importDeps(sync: ImportDeps["sync"], images: ReceiveImageDeps): ImportDeps {
  return { sync, images, admitBundle, beginCarriedLog, standingLogs, imageStanding, receiveImage };
}

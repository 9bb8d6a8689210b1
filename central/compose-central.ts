/** Connects the slices: what each is given, which loops run, which routes there are. The port is app.ts's. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Loop } from "../shared/flow/run-loop.ts";
import { alertRoutes } from "./alerts/alert-routes.ts";
import { raiseAlerts } from "./alerts/raise-alerts.ts";
import { siteIndexes } from "./alerts/site-indexes.ts";
import { auditRoutes } from "./audit/audit-routes.ts";
import { authRoutes } from "./auth/auth-routes.ts";
import { readActor } from "./auth/read-actor.ts";
import { liveSessions } from "./auth/session-rows.ts";
import { userRoutes } from "./auth/user-routes.ts";
import { answerRequests, clearRequests } from "./backup/backup-requests.ts";
import { backupRoutes } from "./backup/backup-routes.ts";
import { makeBackup } from "./backup/make-backup.ts";
import { recordVerifiedBackup } from "./backup/record-verified-backup.ts";
import { type BackupPlan, scheduledBackups } from "./backup/scheduled-backups.ts";
import { verifyBackup } from "./backup/verify-backup.ts";
import { watchBackups, watchPlan } from "./backup/watch-backups.ts";
import { downFile, importFile } from "./bundle-command.ts";
import { bundleInbox } from "./carriers/bundle-inbox.ts";
import { bundleRoutes } from "./carriers/bundle-routes.ts";
import { downRoutes } from "./carriers/down-routes.ts";
import { authenticateCollector } from "./collectors/authenticate-collector.ts";
import { linkOf } from "./collectors/collector-link.ts";
import { collectorRoutes } from "./collectors/collector-routes.ts";
import { listCollectorViews } from "./collectors/collector-view-rows.ts";
import { commandRoutes } from "./collectors/command-routes.ts";
import { databaseAnswers } from "./db/database-answers.ts";
import { ensurePartitionsAhead } from "./db/ensure-partition.ts";
import type { Foundation } from "./foundation.ts";
import { freeDisk } from "./health/free-disk.ts";
import { healthRoutes, type Readiness } from "./health/health-routes.ts";
import { createMetrics } from "./health/metrics.ts";
import { createHttp, type HttpApp } from "./http/create-http.ts";
import { openApiRoute } from "./http/openapi.ts";
import type { Route } from "./http/route.ts";
import { readSessionCookie, sessionCookieOf } from "./http/session-cookie.ts";
import { staticPages } from "./http/static-pages.ts";
import type { UpgradeRoute } from "./http/upgrades.ts";
import { imageRoutes } from "./images/image-routes.ts";
import { treeWords } from "./integrity/tree-words.ts";
import { followLive } from "./live/follow-live.ts";
import { liveClients } from "./live/live-clients.ts";
import { liveSocket } from "./live/live-socket.ts";
import { startLoop } from "./loops.ts";
import { redateDetections } from "./merge/redate-detections.ts";
import { type Sequencer, startSequencer } from "./merge/sequencer.ts";
import { orderWatch } from "./merge/watch-order.ts";
import { openMerging } from "./merging.ts";
import { noticeRoutes } from "./notices/notice-routes.ts";
import { openImageStore } from "./open-image-store.ts";
import { programVersion } from "./program-version.ts";
import { publicKeysOf, siteListMaker } from "./registration.ts";
import { searchRoutes } from "./search/search-routes.ts";
import { openSyncing, type Syncing } from "./syncing.ts";
import { unreadRoutes } from "./unread/unread-routes.ts";
import { watchFollower } from "./watch-follower.ts";
import { decisionRoutes } from "./watchlists/decision-routes.ts";
import { watchlistRoutes } from "./watchlists/watchlist-routes.ts";

/** Longest wait of the followers when nobody nudges them (another process did the writing). */
const FOLLOW_EVERY_MS = 200;
const ORDER_EVERY_MS = 2_000;
/** How long edges can be the backup changes slowly, and asking it reads a day of detections. */
const BACKUPS_EVERY_MS = 10 * 60_000;
const PLAN_EVERY_MS = 60_000;
const PARTITIONS_EVERY_MS = 6 * 3_600_000;
/** A command beside a central on the embedded database waits about so long for its request to be seen. */
const REQUESTS_EVERY_MS = 500;
const INBOX_EVERY_MS = 2_000;

export interface Composed {
  readonly http: HttpApp;
  readonly routes: readonly Route[];
  readonly upgrades: readonly UpgradeRoute[];
  /** Which medium holds the pictures, for the start-up line. */
  readonly images: string;
  readonly pages: "built" | "missing";
  /** Ends sockets and loops; the database stays open. */
  readonly stop: () => Promise<void>;
  /** To be called when the database was closed in good order. */
  readonly markClean: () => void;
}

/** Everything but the port. The loops run from now on. */
export async function composeCentral(base: Foundation): Promise<Composed> {
  const { config, db, log, nowMs, newId, randomBytes, passwords, keys } = base;
  const secure = isSecure(config);
  const version = programVersion();
  const metrics = createMetrics();
  const store = await openImageStore(config, nowMs);
  const auth = { db, passwords, tokenKey: keys.tokenKey, newId, randomBytes, nowMs, secure };

  let sequencer: Sequencer | undefined;
  let syncing: Syncing | undefined;
  const onCommitted = ({ entryOps }: { readonly entryOps: boolean }): void => {
    sequencer?.nudge();
    if (entryOps) syncing?.nudgeFeeds();
  };
  const merging = await openMerging(base, onCommitted);
  const sync = openSyncing(base, merging, store);
  syncing = sync;
  const { appendOwn } = merging.ownLog;
  const editing = { db, appendOwn, newId, nowMs, onListsChanged: () => onCommitted({ entryOps: true }) };
  const work = { db, appendOwn, newId, nowMs };
  const adding = { db, newId, randomBytes, nowMs, makeSiteList: siteListMaker(editing) };

  const clients = liveClients();
  const live = followLive({
    db,
    clients,
    nowMs,
    liveSessions: (sids) => liveSessions(db, sids, nowMs()),
    collectorViews: (ids, options) => listCollectorViews(db, { sites: [], ids }, nowMs(), options),
    linkOf: (atMs, connected) => linkOf(atMs, connected, 0, nowMs()).state,
  });

  const stopping = new AbortController();
  const loop = (name: string, everyMs: number, turn: Parameters<typeof startLoop>[2]) =>
    startLoop(name, everyMs, turn, stopping.signal, log);
  const indexes = siteIndexes();
  const follower = (name: string, standsStill: string, turn: Parameters<typeof startLoop>[2]): Loop =>
    loop(name, FOLLOW_EVERY_MS, watchFollower({ db, nowMs, monoMs: () => performance.now() }, name, standsStill, turn));
  const raising = follower("raise-alerts", "Central raises no alerts of its own.", () =>
    raiseAlerts({ db, indexes, nowMs, onRaised: () => sequencer?.nudge() }),
  );
  const following = follower("live", "Open pages show nothing new by themselves.", live.turn);
  const redating = follower("redate-detections", "Detections of devices without a clock stand at the hour of their arrival.", () =>
    redateDetections({ db }),
  );
  const { backups: plan } = config;
  const startedMs = nowMs();
  const backups = loop("backups", BACKUPS_EVERY_MS, async () => {
    await watchBackups({ db, nowMs });
    if (plan !== null) await watchPlan({ db, nowMs, plan, startedMs });
    return "idle";
  });
  const copying = plan === null ? null : loop("planned-backups", PLAN_EVERY_MS, planOf(base, version, plan));
  const keeping = loop("partitions", PARTITIONS_EVERY_MS, async () => {
    await ensurePartitionsAhead(db, nowMs());
    return "idle";
  });
  const { bundlesInbox } = config;
  const inbox =
    bundlesInbox === null
      ? null
      : loop(
          "bundles-inbox",
          INBOX_EVERY_MS,
          bundleInbox({
            importBundle: sync.importBundle,
            makeDown: sync.makeDown,
            folder: bundlesInbox,
            monoMs: () => performance.now(),
            log,
          }),
        );
  const answering = startAnswering(base, version, sync, loop);
  sequencer = startSequencer({
    open: base.open,
    onNumbered: () => {
      raising.nudge();
      redating.nudge();
      following.nudge();
    },
    growTree: merging.growTree,
    monoMs: () => performance.now(),
    log,
  });
  const numbering = sequencer;
  const ordering = loop("order", ORDER_EVERY_MS, orderWatch({ db, nowMs, stalledMs: numbering.stalledMs }));

  const readiness: Readiness[] = [
    { name: "database", check: async () => ({ ok: await databaseAnswers(db), words: "" }) },
    freeDisk(config.dataDir),
    { name: "tree of checkpoints", check: async () => ({ ok: true, words: treeWords(await merging.tree.facts(), nowMs()) }) },
    {
      name: "order of arrival",
      check: async () => {
        const stalledMs = Math.round(numbering.stalledMs());
        return stalledMs > 5_000
          ? { ok: false, words: `An open transaction, or a database that does not answer, has held the order back for ${stalledMs} ms.` }
          : { ok: true, words: "" };
      },
    },
  ];
  metrics.gauge("live_clients", "Open dashboards", () => clients.all().length);
  metrics.gauge("edges_connected", "Edges connected to this process", sync.connections);
  metrics.gauge("sequencer_stalled_ms", "How long rows have waited for their number", () => numbering.stalledMs());

  const upgrades: UpgradeRoute[] = [
    sync.upgrade,
    liveSocket({
      clients,
      publicUrl: config.publicUrl,
      readActor: (request) => readActor(auth, sessionCookieOf(request.headers.cookie, secure)),
      onJoin: following.nudge,
    }),
  ];
  const routes: Route[] = [
    ...authRoutes(auth),
    ...userRoutes(auth),
    ...auditRoutes({ db }),
    ...searchRoutes({ db, nowMs }),
    ...alertRoutes(work),
    ...decisionRoutes(editing),
    ...watchlistRoutes(editing),
    ...collectorRoutes({ ...adding, publicKeys: publicKeysOf(merging.identity), onKeyRevoked: sync.closeKey }),
    ...noticeRoutes({ db, nowMs }),
    ...unreadRoutes({ db, nowMs, readAgain: sync.readAgain }),
    ...commandRoutes({ db, newId, nowMs, sign: merging.identity.sign, onMade: sync.tellCommands }),
    ...imageRoutes({ db, store, nowMs }),
    ...bundleRoutes({ importBundle: sync.importBundle, nowMs }),
    ...downRoutes({ makeDown: sync.makeDown, nowMs }),
    ...sync.routes,
    ...backupRoutes({ db, nowMs }),
    ...healthRoutes({ metrics, readiness, version }),
  ];
  routes.push(openApiRoute(routes, version));

  const pagesFolder = builtPages();
  const http = createHttp({
    routes,
    guards: {
      readActor: (c) => readActor(auth, readSessionCookie(c, secure)),
      readCollector: (c) =>
        authenticateCollector({ db, nowMs }, { authorization: c.req.header("authorization"), xApiKey: c.req.header("x-api-key") }),
      publicUrl: config.publicUrl,
    },
    log,
    secure,
    observe: metrics.observeRequest,
    nowMs,
    pages: pagesFolder === null ? null : staticPages(pagesFolder),
  });
  const stop = async (): Promise<void> => {
    for (const upgrade of upgrades) upgrade.close();
    await sync.stop();
    stopping.abort();
    await numbering.stop();
    const followers = [raising, redating, following, ordering, keeping, backups].map((one) => one.done);
    await Promise.all([...followers, copying?.done, answering, inbox?.done]);
  };
  return {
    http,
    routes,
    upgrades,
    images: store.description,
    pages: pagesFolder === null ? "missing" : "built",
    stop,
    markClean: merging.life.markClean,
  };
}

/** A command cannot open the embedded database beside us: what it needs done is done here. */
function startAnswering(
  base: Foundation,
  program: string,
  sync: Pick<Syncing, "importBundle" | "makeDown">,
  loop: (name: string, everyMs: number, turn: Parameters<typeof startLoop>[2]) => Loop,
): Promise<void> {
  const { open, db, config, newId, nowMs, log } = base;
  if (open.pglite === null) return Promise.resolve();
  clearRequests(config.dataDir);
  const say = (line: string): void => log.info({}, `backup: ${line}`);
  return loop("requests", REQUESTS_EVERY_MS, async () => {
    await answerRequests(config.dataDir, (request) => {
      switch (request.kind) {
        case "bundle":
          return importFile(request.file, sync.importBundle);
        case "down":
          return downFile(db, request, sync.makeDown);
        case "backup":
          return makeBackup({ open, url: config.databaseUrl, program, newId, nowMs, say }, request.dir);
        case "record":
          return recordVerifiedBackup(base, request.backup, request.cursors, request.proof);
      }
    });
    return "idle";
  }).done;
}

/** Central's own backups, on the schedule of its configuration. */
function planOf(base: Foundation, program: string, plan: BackupPlan): Parameters<typeof startLoop>[2] {
  const { db, open, config, newId, nowMs, log } = base;
  const say = (line: string): void => log.info({}, `planned backup: ${line}`);
  const turn = scheduledBackups({
    db,
    plan,
    nowMs,
    say,
    make: (dir) => makeBackup({ open, url: config.databaseUrl, program, newId, nowMs, say }, dir),
    verify: async (dir) => {
      const { backup, cursors, proof } = await verifyBackup(
        { url: config.databaseUrl, postgresBin: config.postgresBin, random: Math.random, say },
        dir,
      );
      await recordVerifiedBackup(base, backup, cursors, proof);
    },
  });
  return async () => {
    await turn();
    return "idle";
  };
}

/** Browsers reach us by https, here or at a proxy. */
function isSecure(config: Foundation["config"]): boolean {
  return config.tls !== null || (config.publicUrl?.startsWith("https:") ?? false);
}

/** Where the built dashboard lies: beside the built program, or in dist/ when run from source. */
function builtPages(): string | null {
  for (const relative of ["./ui/central", "../dist/ui/central"]) {
    const folder = fileURLToPath(new URL(relative, import.meta.url));
    if (existsSync(`${folder}/index.html`)) return folder;
  }
  return null;
}

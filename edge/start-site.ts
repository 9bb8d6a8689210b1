/** The site's page and API put together with the rest of this edge, and listening. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { Logger } from "pino";
import { BUNDLE_BYTES_MAX } from "../shared/bundle/bundle-limits.ts";
import { clockWords } from "./clock/edge-clock.ts";
import type { EdgeConfig } from "./config.ts";
import { type MetricSource, makeEdgeMetrics } from "./health/edge-metrics.ts";
import type { NoticeBoard } from "./health/notice-board.ts";
import type { ImageStore } from "./images/image-store.ts";
import { testCapture } from "./ingest/button-capture.ts";
import type { Ingest } from "./ingest/ingest-capture.ts";
import { alertOpsOf } from "./log/apply-edits.ts";
import { isDamage } from "./log/salvage-file.ts";
import { checkPin, readPeople } from "./people/people-file.ts";
import { siteNotices } from "./site-notices.ts";
import type { CarriedDown } from "./start-carried.ts";
import type { StartedNeighbours } from "./start-neighbours.ts";
import type { StartedStore } from "./start-store.ts";
import { CENTRAL_KEYS, readApiKey, type StartedUplink } from "./start-uplink.ts";
import { exportBundle, waitingToCarry } from "./sync/export-bundle.ts";
import { openPinnedCentral } from "./sync/pinned-central.ts";
import { EDGE_VERSION } from "./version.ts";
import type { CameraRunner } from "./watch/camera-runner.ts";
import { makeAlertViews } from "./web/alert-views.ts";
import type { BundleRoutesDeps } from "./web/bundle-routes.ts";
import type { CameraRoutesDeps } from "./web/camera-routes.ts";
import { makeDetectionViews } from "./web/detection-views.ts";
import { makeLastDay } from "./web/last-day.ts";
import type { LiveHub } from "./web/live-hub.ts";
import { type Listening, type OpenWeb, openWeb, readTls, type WebOptions } from "./web/open-web.ts";
import { makeSignIn } from "./web/sign-in.ts";
import { siteApp } from "./web/site-app.ts";
import type { SiteFacts } from "./web/site-facts.ts";
import { cameraView, type StatusDeps, siteStatus } from "./web/site-status.ts";
import { tellPages } from "./web/tell-pages.ts";
import { makeWatchlistViews } from "./web/watchlist-views.ts";

export interface StartSiteDeps {
  readonly config: EdgeConfig;
  readonly store: StartedStore;
  readonly runner: CameraRunner;
  readonly uplink: StartedUplink;
  readonly images: ImageStore;
  readonly ingest: Ingest;
  readonly neighbours: Pick<StartedNeighbours, "carrier" | "lines">;
  readonly notices: NoticeBoard;
  /** The disk is full: pushes are not read. */
  readonly isFull: () => boolean;
  readonly freeBytes: () => number | null;
  readonly live: LiveHub;
  /** The site's own figures, beside those of the page itself. */
  readonly metrics: readonly MetricSource[];
  readonly addCamera: CameraRoutesDeps["add"];
  /** Central's answers and files that are brought here. */
  readonly carried: CarriedDown;
  /** A page met damage of the store's file. */
  readonly onDamage: (error: unknown) => void;
  readonly log: Logger;
}

export interface StartedSite {
  /** Opens the page, or opens it elsewhere when that has changed. */
  readonly listen: (web: EdgeConfig["web"]) => Promise<void>;
  readonly sayStatus: () => void;
  readonly address: () => string;
  /** Where it listens, as other machines would ask for it. */
  readonly listening: () => Listening;
  readonly close: () => Promise<void>;
}

const NOBODY = "Nobody can sign in yet, so this page is open on this machine only. Add a person: npm run edge -- person add NAME";

export function startSite(deps: StartSiteDeps): StartedSite {
  const { config, store, live, notices, log } = deps;
  const { app, status } = putTogether(deps);
  let web: OpenWeb | undefined;
  let opened: Omit<WebOptions, "app"> | null = null;
  return {
    async listen({ host: configured, port: wanted, tlsCert, tlsKey }) {
      // With nobody to sign in, the page is for this machine alone.
      const isForAll = readPeople(store.credentials).length > 0;
      const host = isForAll || isLoopbackHost(configured) ? configured : "127.0.0.1";
      if (isForAll) notices.take(NOBODY);
      else notices.put("warning", NOBODY);
      const port = wanted === 0 && web !== undefined ? web.port : wanted;
      const settings = { host, port, tls: readTls(tlsCert, tlsKey) };
      if (JSON.stringify(settings) === JSON.stringify(opened)) return;
      // The same port cannot be open twice, so the old page goes first; it must not stay away for a mistake.
      const before = opened;
      await web?.close();
      try {
        web = await openWeb({ app, ...settings });
      } catch (error) {
        if (before !== null) web = await openWeb({ app, ...before });
        throw error;
      }
      opened = { ...settings, port: web.port };
      log.info({ host, port: web.port, people: isForAll }, isForAll ? "the site's page is open" : NOBODY);
    },
    sayStatus() {
      if (live.size() === 0) return;
      const now = siteStatus(status, null);
      live.sayEach((person) => ({ type: "status", status: { ...now, person } }));
    },
    address: () => `${opened?.tls == null ? "http" : "https"}://${shownHost(web?.host ?? config.web.host)}:${web?.port ?? config.web.port}`,
    listening: () => ({ host: web?.host ?? config.web.host, port: web?.port ?? config.web.port, isTls: opened?.tls != null }),
    close: async () => void (await web?.close()),
  };
}

/** Bundles for a stick, and central's receipts for them. The keys are read when they are needed: central may be pinned meanwhile. */
function bundlesOf({ config, store, carried }: StartSiteDeps): BundleRoutesDeps {
  const { credentials, keys, reader, clock } = store;
  const apiKey = config.central === null ? null : readApiKey(config.central.apiKeyFile);
  const pinned = () => openPinnedCentral(credentials.pathOf(CENTRAL_KEYS));
  const deps = { collectorId: config.collectorId, deviceKeys: keys, reader, randomBytes, version: EDGE_VERSION, now: clock.wallMs };
  return {
    exportBundle: apiKey === null ? null : (options) => exportBundle({ ...deps, apiKey, pinned: pinned() }, options),
    waiting: () => waitingToCarry({ pinned: pinned(), reader }),
    takeReceipt: carried.takeReceipt,
    takeDown: carried.takeDown,
    bytesMax: BUNDLE_BYTES_MAX,
    siteName: config.site.name,
    nowMs: clock.wallMs,
  };
}

function putTogether(deps: StartSiteDeps) {
  const { config, store, runner, uplink, live, images, ingest, log } = deps;
  const { rows, writer, clock, credentials } = store;
  const site: SiteFacts = { collectorId: config.collectorId, ...config.site, version: EDGE_VERSION };
  const nameOf = (id: string): string | null => runner.cameras().find((one) => one.config.id === id)?.config.name ?? null;
  const detections = makeDetectionViews(rows, site, nameOf);
  const alerts = makeAlertViews(rows, detections, (pass) => alertOpsOf(rows, pass));
  store.onNews(tellPages({ live, detections, alerts, rows }));
  const status: StatusDeps = {
    rows,
    lastDay: makeLastDay(rows.detections),
    site,
    cameras: runner.cameras,
    uplink: uplink.status,
    neighbours: deps.neighbours.lines,
    notices: () => siteNotices(rows, deps.notices, clock.wallMs()),
    clock: { wallMs: clock.wallMs, quality: clock.quality, words: () => clockWords(clock.quality()) },
    freeBytes: deps.freeBytes,
  };
  const signIn = makeSignIn({
    rows: rows.site,
    writer,
    checkPin: (name, pin) => checkPin(credentials, name, pin),
    nowMs: clock.wallMs,
    randomBytes,
  });
  let wrongSecrets = 0;
  const app = siteApp({
    hosts: [hostname(), ...config.web.hosts],
    localToken: store.localToken,
    signIn: {
      signIn,
      people: () => readPeople(credentials).map(({ name }) => name),
      isSecure: config.web.tlsCert !== "",
      onSignedOut: live.closeSession,
    },
    detections,
    alerts: { views: alerts, passOfAlert: rows.alerts.passOfAlert, writer, moment: clock.moment },
    watchlists: { views: makeWatchlistViews(rows, site.name), writer, moment: clock.moment },
    bundles: bundlesOf(deps),
    neighbours: deps.neighbours.carrier,
    images: { isNamed: (sha256) => rows.images.byHash(sha256) !== undefined, get: images.get },
    cameras: {
      views: () => runner.cameras().map((camera) => ({ view: cameraView(status, camera, clock.wallMs()), config: camera.config })),
      add: deps.addCamera,
      test: (camera, plate) => ingest(camera, testCapture(plate, randomBytes(16)), "by-test-button"),
    },
    push: {
      find: runner.find,
      isFull: deps.isFull,
      onWrongSecret: (camera) => {
        wrongSecrets += 1;
        deps.notices.put("warning", wrongSecretWords(camera?.name ?? null));
      },
    },
    status,
    live,
    metrics: makeEdgeMetrics([
      ...deps.metrics,
      { name: "pushes_wrong_secret", help: "Pushes with a wrong secret", read: () => wrongSecrets },
      { name: "pages_open", help: "Open live sockets", read: live.size },
    ]),
    isHealthy: store.isAlive,
    onError: (error, requestId) => {
      if (isDamage(error)) return deps.onDamage(error);
      log.error({ requestId, error: String((error as Error).stack ?? error) }, "a request failed by a bug");
    },
  });
  return { app, status };
}

function wrongSecretWords(camera: string | null): string {
  const who =
    camera === null
      ? "A device pushes to an address that no camera of this site has"
      : `Messages for "${camera}" come to a wrong push address`;
  return `${who}. They are not stored. Copy the push address from the camera's page here into the camera.`;
}

const isLoopbackHost = (host: string): boolean => host === "localhost" || host === "::1" || /^127\./.test(host);

/** Under which address this machine's own browser finds it. */
function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

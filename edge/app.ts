/** The edge put together: the only place that knows all of its parts. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { uuidv7 } from "uuidv7";
import { makeSigner, signingKeysFromSeed } from "../shared/crypto/device-keys.ts";
import { loadSodium } from "../shared/crypto/load-sodium.ts";
import { bytesToHex, hexToBytes } from "../shared/model/ids.ts";
import { siteListId } from "../shared/model/site-list-id.ts";
import { openCamera } from "./cameras/open-camera.ts";
import { bootOf, kernelBoot } from "./clock/boot-id.ts";
import { clockWords, makeEdgeClock } from "./clock/edge-clock.ts";
import { type MachineTime, realMachineTime } from "./clock/machine-time.ts";
import { addCamera } from "./config/add-camera.ts";
import { type CredentialStore, openCredentials } from "./config/credential-store.ts";
import { type EdgeConfig, loadEdgeConfig } from "./config.ts";
import { makeEdgeMetrics } from "./health/edge-metrics.ts";
import { freeBytesAt } from "./health/heartbeat-facts.ts";
import { makeNoticeBoard } from "./health/notice-board.ts";
import { openImageStore } from "./images/image-store.ts";
import { testCapture } from "./ingest/button-capture.ts";
import { makeIngest, newIngestCounts } from "./ingest/ingest-capture.ts";
import { alertOpsOf } from "./log/apply-edits.ts";
import { floorOf } from "./log/clock-floor.ts";
import { makeEdgeLogReader } from "./log/edge-log-reader.ts";
import { lockHome } from "./log/lock-home.ts";
import { eventsFile, openReading } from "./log/open-database.ts";
import { openWriter } from "./log/open-writer.ts";
import type { StoreNews } from "./log/store-port.ts";
import { prepareRows } from "./log/store-rows.ts";
import { makeSiteList } from "./make-site-list.ts";
import { checkPin, readPeople } from "./people/people-file.ts";
import { startUplink } from "./start-uplink.ts";
import { EDGE_VERSION, RELEASED_MS } from "./version.ts";
import { makeCameraRunner } from "./watch/camera-runner.ts";
import { openUnknownMessages } from "./watch/unknown-messages.ts";
import { makeAlertViews } from "./web/alert-views.ts";
import { makeDetectionViews } from "./web/detection-views.ts";
import { makeLiveHub } from "./web/live-hub.ts";
import { type OpenWeb, openWeb } from "./web/open-web.ts";
import { makeSignIn } from "./web/sign-in.ts";
import { siteApp } from "./web/site-app.ts";
import type { SiteFacts } from "./web/site-facts.ts";
import { cameraView, type StatusDeps, siteStatus } from "./web/site-status.ts";
import { tellPages } from "./web/tell-pages.ts";
import { makeWatchlistViews } from "./web/watchlist-views.ts";

export interface EdgeOptions {
  readonly home: string;
  readonly log: Logger;
  readonly machine?: MachineTime;
  /** The store died: the program must end and be started again. */
  readonly onDeath?: (error: Error) => void;
  /** Longest wait before the first call to central, ms. */
  readonly firstTryMs?: number;
}

export interface RunningEdge {
  readonly address: string;
  readonly localToken: string;
  /** Reads the configuration again: cameras, people's listening. Answers one sentence when it is refused; the old one keeps running. */
  readonly reload: () => Promise<string | null>;
  readonly stop: () => Promise<void>;
}

const STATUS_EVERY_MS = 30_000;
const STATUS_SOON_MS = 250;
const FORGET_EVERY_MS = 10 * 60_000;
const sleep = async (ms: number, signal: AbortSignal): Promise<void> => void (await delay(ms, undefined, { signal }).catch(() => {}));

/** Starts an edge on its home; rejects with one sentence for people when it cannot. */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const { home, log } = options;
  let config = readConfig(home);
  const locked = lockHome(home);
  if (locked.kind === "in-use") throw new Error(locked.words);
  const closers: (() => void | Promise<void>)[] = [locked.lock.release];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    await loadSodium();
    const credentials = openCredentials(home);
    const seed = deviceSeed(credentials, home);
    const keys = signingKeysFromSeed(seed);
    const localToken = credentials.readOrMake("local-token", () => randomBytes(32).toString("base64url"));
    const clock = makeEdgeClock({
      machine: options.machine ?? realMachineTime(),
      boot: bootOf(home, kernelBoot(), randomBytes),
      floorMs: Math.max(RELEASED_MS, floorOf(home)),
    });
    const notices = makeNoticeBoard(clock.wallMs);

    // News come from the first command on; who listens is put together below.
    const listeners: ((news: StoreNews) => void)[] = [];
    let isAlive = true;
    const writer = await openWriter({
      home,
      collector: config.collectorId,
      seed,
      now: clock.moment,
      onNews: (news) => {
        for (const listener of listeners) listener(news);
      },
      onDeath: (error) => {
        isAlive = false;
        log.fatal({ error: String(error.stack ?? error) }, "the store's thread died");
        options.onDeath?.(error);
      },
    });
    closers.push(writer.close);
    const db = openReading(home);
    closers.push(() => void db.close());
    const rows = prepareRows(db);
    const reader = makeEdgeLogReader({ home, db, rows, sign: makeSigner(keys), now: clock.moment });
    await makeSiteList({ rows, writer, list: siteListId(config.collectorId), siteName: config.site.name, moment: clock.moment() });

    const images = openImageStore({ home, sleep });
    const counts = newIngestCounts();
    const ingest = makeIngest({ images, writer, moment: clock.moment, counts });
    const unknown = openUnknownMessages(home, clock.wallMs);

    let statusSoon: NodeJS.Timeout | undefined;
    const live = makeLiveHub();
    closers.push(live.stop);
    const sayStatus = (): void => {
      if (live.size() > 0) live.say({ type: "status", status: siteStatus(statusDeps, null) });
    };
    const statusChanged = (): void => {
      statusSoon ??= setTimeout(() => {
        statusSoon = undefined;
        sayStatus();
      }, STATUS_SOON_MS);
    };
    closers.push(() => clearTimeout(statusSoon));

    const runner = makeCameraRunner({
      openCamera,
      capture: (camera, capture) => ingest(camera, capture),
      keepUnknown: unknown.keep,
      password: (reference) => credentials.read(reference) ?? "",
      timeZone: config.site.timeZone,
      loadCursor: rows.site.cursor,
      saveCursor: (camera, cursor) => void writer.saveCursor(camera, cursor).catch(() => {}),
      nowMs: clock.wallMs,
      onState: (camera, health, sinceMs) => {
        statusChanged();
        uplink.changed();
        // What could not be written is said by the store's own trouble; the state itself is on the page.
        void writer.appendCameraStatus(camera, health.state, health.detail, sinceMs, clock.moment()).catch(() => {});
      },
      sleep,
      log,
    });

    const uplink = startUplink({
      config,
      credentials,
      keys,
      reader,
      writer,
      rows,
      clock,
      cameras: runner.cameras,
      freeBytes: () => freeBytesAt(home),
      log,
      onChange: statusChanged,
      firstTryMs: options.firstTryMs,
    });
    closers.push(uplink.stop);
    closers.push(runner.stop);

    const site: SiteFacts = { collectorId: config.collectorId, ...config.site, version: EDGE_VERSION };
    const statusDeps: StatusDeps = {
      rows,
      site,
      cameras: runner.cameras,
      uplink: uplink.status,
      notices: notices.notices,
      clock: { wallMs: clock.wallMs, quality: clock.quality, words: () => clockWords(clock.quality()) },
      freeBytes: () => freeBytesAt(home),
    };
    const detections = makeDetectionViews(
      rows,
      site,
      (id) => runner.cameras().find((camera) => camera.config.id === id)?.config.name ?? null,
    );
    const alerts = makeAlertViews(rows, detections, (pass) => alertOpsOf(rows, pass));
    listeners.push(uplink.onNews, tellPages({ live, detections, alerts, rows }), (news) => {
      if (news.kind !== "trouble") return;
      notices.put("alarm", news.words);
      log.error({}, news.words);
      statusChanged();
    });

    const signIn = makeSignIn({
      rows: rows.site,
      writer,
      checkPin: (name, pin) => checkPin(credentials, name, pin),
      nowMs: clock.wallMs,
      randomBytes,
    });
    let wrongSecrets = 0;
    const metrics = makeEdgeMetrics([
      { name: "detections_stored", help: "Detections stored since start", read: () => counts.stored },
      { name: "messages_known", help: "Camera messages that were repeats", read: () => counts.known },
      { name: "revisions_stored", help: "Later readings stored since start", read: () => counts.revised },
      { name: "messages_refused", help: "Captures that could not be stored", read: () => counts.refused },
      { name: "pictures_dropped", help: "Pictures that could not be kept", read: () => counts.picturesDropped },
      { name: "messages_unknown", help: "Camera messages that nobody understood", read: unknown.count },
      { name: "pushes_wrong_secret", help: "Pushes with a wrong secret", read: () => wrongSecrets },
      { name: "records_waiting", help: "Records that central has not acknowledged", read: () => uplink.status().waiting },
      { name: "images_waiting", help: "Pictures that central has not got", read: reader.waitingImageCount },
      { name: "pages_open", help: "Open live sockets", read: live.size },
      { name: "disk_free_bytes", help: "Free bytes where the home lies", read: () => freeBytesAt(home) ?? Number.NaN },
    ]);
    const reload = async (): Promise<string | null> => {
      const outcome = loadEdgeConfig(home);
      if (outcome.kind === "bad") {
        log.warn({}, `configuration refused, the old one keeps running: ${outcome.words}`);
        notices.put("warning", `The changed configuration was refused, the old one keeps running: ${outcome.words}`);
        return outcome.words;
      }
      config = outcome.config;
      await runner.apply(config.cameras);
      await listen();
      statusChanged();
      return null;
    };
    const app = siteApp({
      hosts: [hostname(), ...config.web.hosts],
      localToken,
      signIn: {
        signIn,
        people: () => readPeople(credentials).map(({ name }) => name),
        isSecure: config.web.tlsCert !== "",
        onSignedOut: live.closeSession,
      },
      detections,
      alerts: { views: alerts, passOfAlert: rows.alerts.passOfAlert, writer, moment: clock.moment },
      watchlists: { views: makeWatchlistViews(rows, site.name), writer, moment: clock.moment },
      images: { isNamed: (sha256) => rows.images.byHash(sha256) !== undefined, get: images.get },
      cameras: {
        views: () => runner.cameras().map((camera) => ({ view: cameraView(rows, camera, clock.wallMs()), config: camera.config })),
        add: async (values) => {
          const added = addCamera({ home, credentials, newId: uuidv7, newSecret }, values);
          if (added.kind === "added") await reload();
          return added;
        },
        test: (camera, plate) => ingest(camera, testCapture(plate, randomBytes(16)), "by-test-button"),
      },
      push: {
        find: runner.find,
        onWrongSecret: () => {
          wrongSecrets += 1;
        },
      },
      status: statusDeps,
      live,
      metrics,
      isHealthy: () => isAlive,
      onError: (error, requestId) => log.error({ requestId, error: String((error as Error).stack ?? error) }, "a request failed by a bug"),
    });

    let web: OpenWeb | undefined;
    closers.push(() => web?.close());
    /** With nobody to sign in, the page is for this machine alone. */
    const listen = async (): Promise<void> => {
      const isForAll = readPeople(credentials).length > 0;
      const host = isForAll || isLoopbackHost(config.web.host) ? config.web.host : "127.0.0.1";
      const words = "Nobody can sign in yet, so this page is open on this machine only. Add a person: npm run edge -- person add NAME";
      if (isForAll) notices.take(words);
      else notices.put("warning", words);
      if (web !== undefined && web.host === host) return;
      const port = web === undefined || config.web.port !== 0 ? config.web.port : web.port;
      await web?.close();
      web = await openWeb({ app, host, port, tlsCert: config.web.tlsCert, tlsKey: config.web.tlsKey });
      log.info({ host, port: web.port, people: isForAll }, isForAll ? "the site's page is open" : words);
    };
    await listen();
    await runner.apply(config.cameras);
    const every = [setInterval(sayStatus, STATUS_EVERY_MS), setInterval(() => void writer.forgetOld().catch(() => {}), FORGET_EVERY_MS)];
    closers.push(() => every.forEach(clearInterval));
    const scheme = config.web.tlsCert === "" ? "http" : "https";
    const shownHost = (host: string): string =>
      host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
    return { address: `${scheme}://${shownHost(web!.host)}:${web!.port}`, localToken, reload, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readConfig(home: string): EdgeConfig {
  const outcome = loadEdgeConfig(home);
  if (outcome.kind === "bad") throw new Error(outcome.words);
  return outcome.config;
}

const isLoopbackHost = (host: string): boolean => host === "localhost" || host === "::1" || /^127\./.test(host);

/** 24 random bytes: what stands between a stranger on the network and a forged detection. */
const newSecret = (): string => randomBytes(24).toString("base64url");

/** Made on first boot, never leaves. A home with records but without its key is damaged: a new key must not quietly take its place. */
function deviceSeed(credentials: CredentialStore, home: string): Uint8Array {
  if (credentials.read("device-key") === null && existsSync(eventsFile(home))) {
    throw new Error("config/.credentials/device-key is missing, and data/events.db was signed with it. Put it back, or begin a new home.");
  }
  const seed = hexToBytes(credentials.readOrMake("device-key", () => bytesToHex(randomBytes(32))));
  if (seed.length !== 32) throw new Error("config/.credentials/device-key is damaged: it must hold 64 hex digits.");
  return seed;
}

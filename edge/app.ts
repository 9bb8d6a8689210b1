/** The edge put together: what starts in which order, what tells whom, what ends it. */

import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { uuidv7 } from "uuidv7";
import { TRUSTED_QUALITY } from "../shared/clock/clock.ts";
import { openCamera } from "./cameras/open-camera.ts";
import { followTime } from "./clock/follow-time.ts";
import { type MachineTime, realMachineTime } from "./clock/machine-time.ts";
import { STARTS_ON_TRIAL_MAX } from "./commands/set-config.ts";
import { addCamera } from "./config/add-camera.ts";
import { openCentralLayer } from "./config/central-layer.ts";
import { type EdgeConfig, loadEdgeConfig } from "./config.ts";
import { endOnFault } from "./end-on-fault.ts";
import type { MetricSource } from "./health/edge-metrics.ts";
import { freeBytesAt } from "./health/heartbeat-facts.ts";
import { makeNoticeBoard, makeStandingNotice } from "./health/notice-board.ts";
import { type ImageStore, openImageStore } from "./images/image-store.ts";
import { type Ingest, type IngestCounts, makeIngest, newIngestCounts } from "./ingest/ingest-capture.ts";
import { knownFixes } from "./log/known-fixes.ts";
import { StoreRefusal } from "./log/open-writer.ts";
import { startCarried } from "./start-carried.ts";
import { startCommands, waitsForStart } from "./start-commands.ts";
import { releaseBallastIfFull, type StartedDisk, startDisk } from "./start-disk.ts";
import { knownNeighbours, startNeighbours } from "./start-neighbours.ts";
import { type StartedSite, startSite } from "./start-site.ts";
import { type Closers, type StartedStore, startStore } from "./start-store.ts";
import { startSweep } from "./start-sweep.ts";
import { type StartedUplink, startUplink } from "./start-uplink.ts";
import { type CameraRunner, makeCameraRunner } from "./watch/camera-runner.ts";
import { openUnknownMessages, type UnknownMessages } from "./watch/unknown-messages.ts";
import { makeLiveHub } from "./web/live-hub.ts";

export interface EdgeOptions {
  readonly home: string;
  readonly log: Logger;
  readonly machine?: MachineTime;
  /** The store died: the program must end and be started again. */
  readonly onDeath?: (error: Error) => void;
  /** Bytes free where the home lies; the file system by default. */
  readonly freeBytes?: () => number | null;
  /** Longest wait before the first call to central, ms. */
  readonly firstTryMs?: number;
  /** How long a configuration of central's has to prove itself, ms; 10 minutes. */
  readonly trialMs?: number;
}

export interface RunningEdge {
  readonly address: string;
  readonly localToken: string;
  /** Reads the configuration again: cameras, and where the page listens. One sentence when it is refused; the old one keeps running. */
  readonly reload: () => Promise<string | null>;
  readonly stop: () => Promise<void>;
}

const STATUS_EVERY_MS = 30_000;
const STATUS_SOON_MS = 250;
const FORGET_EVERY_MS = 10 * 60_000;
const sleep = async (ms: number, signal: AbortSignal): Promise<void> => void (await delay(ms, undefined, { signal }).catch(() => {}));

/** Starts an edge on its home; rejects with one sentence for people when it cannot. */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const closers: Closers = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await startParts(options, closers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(options: EdgeOptions, closers: Closers, stop: () => Promise<void>): Promise<RunningEdge> {
  const { home, log, onDeath, machine = realMachineTime() } = options;
  const freeBytes = options.freeBytes ?? (() => freeBytesAt(home));
  releaseBallastIfFull(readConfig(home), freeBytes, sleep);
  const store = await startStore({ config: readConfig(home), machine, log, onDeath }, closers);
  const layer = openCentralLayer(home);
  const startsOnTrial = layer.noteStart();
  if (startsOnTrial >= STARTS_ON_TRIAL_MAX) layer.putBack();
  const config = readConfig(home);
  const { clock, writer } = store;
  const notices = makeNoticeBoard(clock.wallMs);
  const images = openImageStore({ home, sleep });
  const counts = newIngestCounts();
  let disk: StartedDisk | undefined;
  const isFull = (): boolean => disk?.isFull() ?? false;
  const ingest = makeIngest({ images: unlessFull(images, isFull), writer, moment: clock.moment, counts });
  const unknown = openUnknownMessages(home, clock.wallMs, (camera, count) =>
    log.warn({ camera, count }, "a message was not understood; it is kept in data/unknown"),
  );
  const live = makeLiveHub();
  closers.push(live.stop);

  // A camera's state goes to page and uplink, which are made from the cameras: what is told too early is told by the next heartbeat.
  let uplink: StartedUplink | undefined;
  let site: StartedSite | undefined;
  const statusChanged = soon(() => site?.sayStatus(), closers);
  const changed = (): void => {
    statusChanged();
    uplink?.changed();
  };
  const runner = makeRunner({ config, store, ingest, isFull, unknown, changed, log });
  const centralClock = makeStandingNotice(notices, "warning");
  const time = followTime({
    clock,
    known: knownFixes(store.rows),
    append: writer.appendClockFix,
    doubt: centralClock.say,
    warn: (words) => log.warn({}, words),
  });
  time.look();
  const configTrouble = makeStandingNotice(notices, "warning");
  /** Never rejects: a mistake in a file must not end an edge that watches. */
  const reload = async (): Promise<string | null> => {
    const outcome = loadEdgeConfig(home);
    const words = outcome.kind === "bad" ? outcome.words : await takeOver(outcome.config);
    configTrouble.say(words === null ? null : `The changed configuration was refused, the old one keeps running: ${words}`);
    if (words !== null) log.warn({}, `configuration refused, the old one keeps running: ${words}`);
    statusChanged();
    return words;
  };
  /** As last taken over: some of it waits for the next start. */
  let inFiles = config;
  const takeOver = async (read: EdgeConfig): Promise<string | null> => {
    await runner.apply(read.cameras);
    try {
      await site?.listen(read.web);
      inFiles = read;
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const commands = await startCommands(
    {
      store,
      layer,
      cameras: runner.cameras,
      freeBytes,
      notices,
      reload,
      waitsForStart: () => waitsForStart(config, inFiles),
      beat: () => uplink?.changed(),
      trialMs: options.trialMs,
      log,
    },
    closers,
  );
  const known = knownNeighbours(config);
  const onDamage = endOnFault({ home, log, exit: () => onDeath?.(new Error("the store's file is damaged")) });
  const sweep = startSweep({ store, notices, onDamage, log }, closers);
  uplink = startUplink({
    ...store,
    known,
    recordAlarms: sweep.alarms,
    config,
    cameras: runner.cameras,
    freeBytes,
    log,
    onClockSample: time.noteCentral,
    configRevision: layer.revision,
    onCommand: commands.receive,
    onCentralAnswered: commands.centralHeard,
    onChange: statusChanged,
    firstTryMs: options.firstTryMs,
  });
  closers.push(uplink.stop, runner.stop);
  const neighbours = startNeighbours({ config, store, uplink, known, freeBytes, onChange: statusChanged, log }, closers);
  disk = startDisk({ config, store, freeBytes, notices, giveUpCarried: neighbours.giveUp, sleep, onChange: changed, log }, closers);
  const { makeRoom } = disk;
  const add = async (values: Readonly<Record<string, unknown>>) => {
    const added = addCamera({ home, credentials: store.credentials, newId: uuidv7, newSecret }, values);
    if (added.kind === "added") await reload();
    return added;
  };
  const metrics = metricsOf({ counts, unknown, store, uplink, freeBytes });
  const shown = { runner, uplink, images, ingest, neighbours, notices, live, metrics };
  const isConnected = (): boolean => uplink?.status().state === "connected";
  const carried = startCarried({ config, store, onCommand: commands.receive, isConnected, log }, closers);
  site = startSite({ config, store, ...shown, carried, isFull, freeBytes, addCamera: add, onDamage, log });
  closers.push(site.close);
  const sayTrouble = seldom((words) => log.error({}, words), clock.monoMs);
  // The pages first: an alert rings before it is sent anywhere.
  store.onNews(uplink.onNews);
  store.onNews((news) => {
    if (news.kind !== "trouble") return;
    notices.put("alarm", news.words);
    makeRoom();
    sayTrouble(news.words);
    statusChanged();
  });
  await site.listen(config.web).catch((error: Error) => {
    // The page cannot be opened with what central sent: the next start has the configuration before it.
    if (startsOnTrial > 0) layer.putBack();
    throw error;
  });
  await runner.apply(config.cameras);
  neighbours.begin(site.listening());
  commands.begin();
  const timers = [
    setInterval(site.sayStatus, STATUS_EVERY_MS),
    setInterval(time.look, LOOK_AT_TIME_EVERY_MS),
    setInterval(() => void writer.forgetOld().catch(() => {}), FORGET_EVERY_MS),
  ];
  closers.push(() => {
    for (const timer of timers) clearInterval(timer);
  });
  return { address: site.address(), localToken: store.localToken, reload, stop };
}

/** A time service tells the time minutes after boot, and says so to nobody. */
const LOOK_AT_TIME_EVERY_MS = 10_000;

function readConfig(home: string): EdgeConfig {
  const outcome = loadEdgeConfig(home);
  if (outcome.kind === "bad") throw new Error(outcome.words);
  return outcome.config;
}

/** 24 random bytes: what stands between a stranger on the network and a forged detection. */
const newSecret = (): string => randomBytes(24).toString("base64url");

/** A full disk is met every second: the same words are a line once in ten minutes. */
const SAME_WORDS_EVERY_MS = 10 * 60_000;

function seldom(say: (words: string) => void, monoMs: () => number): (words: string) => void {
  let last = { words: "", atMs: 0 };
  return (words) => {
    if (words === last.words && monoMs() - last.atMs < SAME_WORDS_EVERY_MS) return;
    last = { words, atMs: monoMs() };
    say(words);
  };
}

/** Calls that come in a bunch become one, a moment later. */
function soon(act: () => void, closers: Closers): () => void {
  let timer: NodeJS.Timeout | undefined;
  closers.push(() => clearTimeout(timer));
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      act();
    }, STATUS_SOON_MS);
  };
}

interface RunnerParts {
  readonly config: EdgeConfig;
  readonly store: StartedStore;
  readonly ingest: Ingest;
  readonly isFull: () => boolean;
  readonly unknown: UnknownMessages;
  readonly changed: () => void;
  readonly log: Logger;
}

/** On a full disk records are small and still fit for a long time; pictures are left out, each with a record. */
function unlessFull(images: ImageStore, isFull: () => boolean): Pick<ImageStore, "put"> {
  return { put: async (sha256, bytes) => (isFull() ? { kind: "dropped", why: "the disk is full" } : images.put(sha256, bytes)) };
}

function makeRunner({ config, store, ingest, isFull, unknown, changed, log }: RunnerParts): CameraRunner {
  const { writer, clock, credentials, rows } = store;
  const runner = makeCameraRunner({
    openCamera,
    capture(camera, capture) {
      // A polled camera keeps its list: what is refused now is asked for again.
      const isPolled = runner.cameras().some(({ config: { id, mode } }) => id === camera && mode === "poll");
      if (isPolled && isFull()) return Promise.reject(new StoreRefusal("The disk is full: the camera's list is read when there is room."));
      return ingest(camera, capture);
    },
    keepUnknown: unknown.keep,
    password: (reference) => credentials.read(reference) ?? "",
    timeZone: config.site.timeZone,
    loadCursor: rows.site.cursor,
    // A cursor that was not kept makes the next poll begin earlier: repeats are known.
    saveCursor: (camera, cursor) => void writer.saveCursor(camera, cursor).catch(() => {}),
    nowMs: clock.wallMs,
    isTimeKnown: () => clock.quality() >= TRUSTED_QUALITY,
    onChange: changed,
    monoMs: clock.monoMs,
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      timer.unref();
      return () => clearTimeout(timer);
    },
    onState: (camera, health, sinceMs) => {
      // What could not be written is said by the store's own trouble; the state itself is on the page.
      void writer.appendCameraStatus(camera, health.state, health.detail, sinceMs, clock.moment()).catch(() => {});
    },
    sleep,
    log,
  });
  return runner;
}

interface MetricParts {
  readonly counts: IngestCounts;
  readonly unknown: UnknownMessages;
  readonly store: StartedStore;
  readonly uplink: StartedUplink;
  readonly freeBytes: () => number | null;
}

function metricsOf({ counts, unknown, store, uplink, freeBytes }: MetricParts): MetricSource[] {
  return [
    { name: "detections_stored", help: "Detections stored since start", read: () => counts.stored },
    { name: "messages_known", help: "Camera messages that were repeats", read: () => counts.known },
    { name: "revisions_stored", help: "Later readings stored since start", read: () => counts.revised },
    { name: "messages_refused", help: "Captures that could not be stored", read: () => counts.refused },
    { name: "pictures_dropped", help: "Pictures that could not be kept", read: () => counts.picturesDropped },
    { name: "messages_unknown", help: "Camera messages that nobody understood", read: unknown.count },
    { name: "records_waiting", help: "Records that central has not acknowledged", read: () => uplink.status().waiting },
    { name: "images_waiting", help: "Pictures that central has not got", read: store.reader.waitingImageCount },
    { name: "disk_free_bytes", help: "Free bytes where the home lies", read: () => freeBytes() ?? Number.NaN },
  ];
}

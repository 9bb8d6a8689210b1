/** The uplink put together with the rest of this edge; or, without a central, the plain fact that there is none. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { SigningKeys } from "../shared/crypto/device-keys.ts";
import { decodeTail } from "../shared/log/record.ts";
import type { LogId } from "../shared/model/ids.ts";
import type { AlarmReport, Command } from "../shared/protocol/frames.ts";
import type { EdgeClock } from "./clock/edge-clock.ts";
import type { CredentialStore } from "./config/credential-store.ts";
import type { EdgeConfig } from "./config.ts";
import { heartbeatFacts } from "./health/heartbeat-facts.ts";
import { damageAlarms } from "./health/recovery-notices.ts";
import type { EdgeLogReader, EdgeWriter, StoreNews } from "./log/store-port.ts";
import type { StoreRows } from "./log/store-rows.ts";
import type { KnownNeighbours } from "./neighbours/known-neighbours.ts";
import { type ImageBudget, makeImageBudget } from "./sync/image-budget.ts";
import { openPinnedCentral, parseCentralKeys, writePin } from "./sync/pinned-central.ts";
import { snapshotFileIn, sweepSnapshots } from "./sync/snapshot-fetches.ts";
import { treeAlarms } from "./sync/tree-words.ts";
import { createUplink } from "./sync/uplink.ts";
import { EDGE_VERSION } from "./version.ts";
import type { CameraNow } from "./web/site-facts.ts";
import type { UplinkStatus } from "./web/uplink-status.ts";

/** Central's two public keys, in the credential store. */
export const CENTRAL_KEYS = "central-keys";

export interface StartUplinkDeps {
  readonly config: EdgeConfig;
  readonly credentials: CredentialStore;
  readonly keys: SigningKeys;
  readonly reader: EdgeLogReader;
  readonly writer: EdgeWriter;
  readonly rows: StoreRows;
  readonly clock: EdgeClock;
  readonly cameras: () => readonly CameraNow[];
  readonly freeBytes: () => number | null;
  readonly configRevision: () => number;
  /** What the sweep of stored records warns of. */
  readonly recordAlarms: () => readonly AlarmReport[];
  readonly onCommand: (command: Command) => void;
  /** Central answered a HELLO or a heartbeat. */
  readonly onCentralAnswered: () => void;
  /** Central named the devices with which this one may exchange bundles. */
  readonly known: Pick<KnownNeighbours, "take">;
  readonly log: Logger;
  /** Central's time: offset to this clock and how far it may be wrong, ms. */
  readonly onClockSample: (offsetMs: number, uncertaintyMs: number) => void;
  /** The state of the link may have changed: the page is told. */
  readonly onChange: () => void;
  readonly firstTryMs: number | undefined;
}

export interface StartedUplink {
  readonly status: () => UplinkStatus;
  /** How long it is in its state, by the monotonic clock. */
  readonly stateForMs: () => number;
  readonly onNews: (news: StoreNews) => void;
  /** Something that a heartbeat tells has changed. */
  readonly changed: () => void;
  readonly stop: () => Promise<void>;
}

/** The link's state is looked at this often for the page; the uplink has no need to know who watches it. */
const WATCH_MS = 500;

export function startUplink(deps: StartUplinkDeps): StartedUplink {
  const { central } = deps.config;
  const apiKey = central === null ? null : readApiKey(central.apiKeyFile);
  if (central === null || apiKey === null) return noUplink(deps, central !== null);
  const { clock, reader, writer, log } = deps;
  const data = join(deps.config.home, "data");
  sweepSnapshots(data);
  const imageBudget = makeImageBudget(deps.config.images.budget, deps.config.site.timeZone, clock);
  if (central.publicKey !== "") pinConfigured(deps.credentials, central.publicKey);
  const pinned = openPinnedCentral(deps.credentials.pathOf(CENTRAL_KEYS));
  const uplink = createUplink({
    centralUrl: central.url,
    collectorId: deps.config.collectorId,
    apiKey,
    deviceKeys: deps.keys,
    reader,
    writer,
    pinned,
    report: () => report(deps),
    clockReading: () => ({ wallMs: clock.wallMs(), monoMs: clock.monoMs(), quality: clock.quality() }),
    moment: clock.moment,
    onClockSample: deps.onClockSample,
    onCommand: deps.onCommand,
    onCentralAnswered: deps.onCentralAnswered,
    onNeighbours: (neighbours) => {
      try {
        deps.known.take(pinned.centralId(), neighbours);
      } catch (error) {
        log.warn({ error: (error as Error).message }, "the list of neighbours could not be kept; the old one stays");
      }
    },
    imagePath: (path) => path,
    imageBudget,
    snapshotFile: (list) => snapshotFileIn(data, list),
    recordsMax: deps.config.batch.maxDetections,
    version: EDGE_VERSION,
    now: clock.wallMs,
    random: Math.random,
    randomBytes,
    log,
  });
  const ending = new AbortController();
  const running = uplink.run(ending.signal, deps.firstTryMs);
  let shown = "";
  const watch = setInterval(() => {
    const facts = uplink.facts();
    const now = `${facts.state} ${facts.refusal} ${facts.isMarked} ${waitingRecords(reader)} ${deps.rows.tree.standingForks().length}`;
    if (now !== shown) deps.onChange();
    shown = now;
  }, WATCH_MS);
  return {
    status: () => {
      const { state, sinceMs, lastContactMs, refusal, isMarked } = uplink.facts();
      return { state, sinceMs, lastContactMs, refusal, isMarked, ...waitingNow(reader), imagesHeld: held(reader, imageBudget) };
    },
    stateForMs: uplink.stateForMs,
    onNews: uplink.onNews,
    changed: uplink.changed,
    async stop() {
      clearInterval(watch);
      ending.abort();
      await running;
    },
  };
}

function noUplink({ reader, clock, log }: StartUplinkDeps, isKeyMissing: boolean): StartedUplink {
  const sinceMs = clock.wallMs();
  const fromMs = clock.monoMs();
  const refusal = isKeyMissing ? "Central is named, but the API key is missing: run edge -- init again." : null;
  if (refusal !== null) log.warn({}, refusal);
  return {
    status: () => ({
      state: isKeyMissing ? "refused" : "not-configured",
      sinceMs,
      lastContactMs: null,
      refusal,
      isMarked: false,
      ...waitingNow(reader),
      imagesHeld: null,
    }),
    stateForMs: () => clock.monoMs() - fromMs,
    onNews: () => {},
    changed: () => {},
    stop: async () => {},
  };
}

/** Null when there is none. */
export function readApiKey(path: string): string | null {
  try {
    const key = readFileSync(path, "utf8").trim();
    return key === "" ? null : key;
  } catch {
    return null;
  }
}

function pinConfigured(credentials: CredentialStore, keys: string): void {
  const pin = parseCentralKeys(keys);
  if (pin === undefined) throw new Error("central.public_key does not hold central's two keys as `collector add` prints them.");
  if (credentials.read(CENTRAL_KEYS) === null) writePin(credentials.pathOf(CENTRAL_KEYS), pin);
}

const waitingRecords = (reader: EdgeLogReader): number =>
  reader.logs().reduce((sum, log) => sum + Math.max(0, log.head.next - log.acknowledged), 0);

const waitingNow = (reader: EdgeLogReader): Pick<UplinkStatus, "waiting" | "imagesWaiting"> => ({
  waiting: waitingRecords(reader),
  imagesWaiting: reader.waitingImageCount(),
});

/** Pictures that wait for their hours, for people. */
function held(reader: EdgeLogReader, budget: ImageBudget): UplinkStatus["imagesHeld"] {
  const until = budget.waitsUntil();
  if (until === null) return null;
  const { all, alerts } = reader.waitingImageSizes();
  return { until, count: Math.max(0, all.count - alerts.count), bytes: Math.max(0, all.bytes - alerts.bytes) };
}

function report(deps: StartUplinkDeps) {
  const { config, configRevision } = deps;
  const facts = factsOfSite(deps);
  const { set, latitude, longitude } = config.site;
  return {
    ...facts,
    configRevision: configRevision(),
    alarms: [...treeAlarms(deps.rows.tree), ...damageAlarms(deps.rows, deps.clock.wallMs()), ...deps.recordAlarms()],
    site: { ...set, latitude, longitude },
  };
}

/** What a heartbeat, and an answer to `report-now`, say of this site. */
export function factsOfSite({ reader, cameras, rows, freeBytes }: Pick<StartUplinkDeps, "reader" | "cameras" | "rows" | "freeBytes">) {
  return heartbeatFacts({ reader, cameras, freeBytes, version: EDGE_VERSION, wallMsAt: (logId, seq) => wallMsAt(rows, logId, seq) });
}

function wallMsAt(rows: StoreRows, logId: string, seq: number): number | null {
  const log = rows.logs.logById(logId as LogId);
  const tail = log === undefined ? undefined : rows.logs.recordAt(log.n, seq)?.tail;
  return tail === undefined ? null : (decodeTail(tail)?.wallMs ?? null);
}

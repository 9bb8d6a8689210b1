import { verifySignature } from "../../shared/crypto/device-keys.ts";
import { grantCredit } from "../../shared/flow/credits.ts";
import { sameBytes } from "../../shared/log/record.ts";
import type { CollectorId } from "../../shared/model/ids.ts";
import { refusal, type StandingFeed } from "../../shared/protocol/central-session.ts";
import type { ErrorFrame, Hello, Welcome } from "../../shared/protocol/frames.ts";
import { CREDIT_BYTES, CREDIT_RECORDS, HEARTBEAT_MS, PROTOCOL_MAX } from "../../shared/protocol/limits.ts";
import { helloSignedBytes, UNKNOWN_CENTRAL } from "../../shared/protocol/signed-bytes.ts";
import type { Tx } from "../db/open-db.ts";
import type { SyncCaller } from "./caller.ts";
import { upsertReplicas } from "./replica-rows.ts";
import {
  closeCollectorGap,
  type DeviceKeyRow,
  deviceKeysOf,
  findSessionLogs,
  insertDeviceKey,
  lockCollector,
  openLogs,
  raiseNewKeyNotice,
  upsertHeartbeat,
} from "./session-rows.ts";
import type { SyncDeps } from "./sync-deps.ts";

export type Opened =
  | { readonly kind: "opened"; readonly welcome: Welcome; readonly feeds: readonly StandingFeed[]; readonly siteId: string }
  | { readonly kind: "refused"; readonly error: ErrorFrame };

/**
 * Checks HELLO and makes its logs stand, in one transaction. The first device key under an API key is bound to it; another later is
 * accepted and stored, its logs "unconfirmed" until an administrator confirms the key. The same HELLO twice changes nothing.
 */
export async function openSession(deps: SyncDeps, caller: SyncCaller, hello: Hello): Promise<Opened> {
  const receivedMs = deps.nowMs();
  if (hello.collectorId !== caller.collectorId) {
    return refused(refusal("unauthorised", hello.collectorId, "The API key belongs to another collector.", false));
  }
  const opened = await deps.db.transaction().execute(async (tx) => {
    const collector = await lockCollector(tx, caller.collectorId);
    const keys = await deviceKeysOf(tx, caller.collectorId);
    if (!isSignedByDevice(deps, caller, hello, keys)) return null;
    await bindKey(tx, caller, hello.deviceKey, keys, receivedMs);
    const logs = hello.logs.map((log) => log.logId);
    await openLogs(tx, caller.collectorId, logs, hello.session, receivedMs);
    const standing = new Map((await findSessionLogs(tx, caller.collectorId, logs)).map((log) => [log.logId, log]));
    const waiting = hello.logs.reduce((sum, log) => sum + Math.max(0, log.next - (standing.get(log.logId)?.next ?? 0)), 0);
    await noteContact(tx, caller, hello, waiting, receivedMs);
    await upsertReplicas(tx, caller.collectorId, hello.feeds, receivedMs);
    return { collector, logs: logs.map((id) => standing.get(id)).filter((log) => log !== undefined) };
  });
  if (opened === null) {
    return refused(refusal("unauthorised", "signature", "HELLO is not signed by the device key for this central and API key.", false));
  }
  // What the edge has seen is heard before the lists are read: it may begin a new life, and their generation is its incarnation.
  const tree = await deps.tree.greet(caller.collectorId, hello.seen);
  const feeds = await deps.headsOf(opened.collector.siteId);
  const welcome: Welcome = {
    type: "welcome",
    protocol: PROTOCOL_MAX,
    centralKeys: [deps.identity.publicKey, deps.identity.boxKey],
    incarnation: tree.incarnation,
    treeHead: tree.head,
    logs: opened.logs.map((log) => ({ ...log, credit: grantCredit(log.next, CREDIT_RECORDS, CREDIT_BYTES) })),
    clock: [hello.clock.wallMs, receivedMs, deps.nowMs()],
    heartbeatMs: HEARTBEAT_MS,
    feeds,
    wantedConfigRevision: opened.collector.wantedConfigRevision,
    policy: { neighbours: await deps.neighboursOf(caller.collectorId) },
  };
  return { kind: "opened", welcome, feeds, siteId: opened.collector.siteId };
}

/**
 * Signed for this central; for a central that the edge does not know yet only while no key is bound, or by the bound key itself: the
 * WELCOME that would have told it may have been lost with the line.
 */
function isSignedByDevice(deps: SyncDeps, caller: SyncCaller, hello: Hello, keys: readonly DeviceKeyRow[]): boolean {
  const isSignedFor = (centralId: typeof UNKNOWN_CENTRAL): boolean => {
    const collectorId = caller.collectorId as CollectorId;
    const claim = { session: hello.session, collectorId, centralId, apiKeyDigest: caller.apiKeyHash };
    return verifySignature(hello.deviceKey, helloSignedBytes(claim), hello.signature);
  };
  if (isSignedFor(deps.identity.centralId)) return true;
  const bound = keys.filter((key) => key.confirmed);
  const mayNotKnowUs = bound.length === 0 || bound.some((key) => sameBytes(key.deviceKey, hello.deviceKey));
  return mayNotKnowUs && isSignedFor(UNKNOWN_CENTRAL);
}

/** The first device key is bound; another later is kept, and its logs are "unconfirmed" until an administrator confirms it. */
export async function bindKey(
  tx: Tx,
  caller: Pick<SyncCaller, "collectorId" | "apiKeyId">,
  deviceKey: Uint8Array,
  keys: readonly DeviceKeyRow[],
  atMs: number,
): Promise<void> {
  if (keys.some((key) => sameBytes(key.deviceKey, deviceKey))) return;
  const confirmed = keys.length === 0;
  await insertDeviceKey(tx, { ...caller, deviceKey, confirmed }, atMs);
  if (!confirmed) await raiseNewKeyNotice(tx, caller.collectorId, atMs);
}

async function noteContact(tx: Tx, { collectorId }: SyncCaller, hello: Hello, waitingRecords: number, atMs: number): Promise<void> {
  await upsertHeartbeat(
    tx,
    {
      collectorId,
      connected: true,
      spool: hello.spool,
      waitingRecords,
      clockQuality: hello.clock.quality,
      clockOffsetMs: hello.clock.wallMs - atMs,
      lagMs: lagOf(hello.spool.oldestMs, hello.clock.wallMs),
      version: hello.version,
      configRevision: hello.configRevision,
    },
    atMs,
  );
  await closeCollectorGap(tx, collectorId, atMs);
}

/** How far behind an edge is: the age of its oldest waiting record by its own clock; 0 when nothing waits. */
export function lagOf(oldestMs: number | null, wallMs: number): number {
  return oldestMs === null ? 0 : Math.max(0, wallMs - oldestMs);
}

const refused = (error: ErrorFrame): Opened => ({ kind: "refused", error });

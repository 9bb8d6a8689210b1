import type { BundleManifest } from "../../shared/bundle/bundle-parts.ts";
import { verifySignature } from "../../shared/crypto/device-keys.ts";
import type { CollectorId, LogId } from "../../shared/model/ids.ts";
import { helloSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { insertEmptyLog } from "../db/empty-log-rows.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { CentralIdentity } from "../integrity/central-identity.ts";
import { liveKeysOf } from "./bundle-rows.ts";
import { bindKey } from "./open-session.ts";
import { replaceReplicas } from "./replica-rows.ts";
import { deviceKeysOf, findSessionLogs, lockCollector, type SessionLog } from "./session-rows.ts";

export type Admission =
  | { readonly kind: "admitted" }
  /** No collector of that id with a live API key. */
  | { readonly kind: "stranger" }
  /** The signature is not that device's for this central and one of the collector's API keys. */
  | { readonly kind: "not-signed" };

interface AdmitDeps {
  readonly db: Db;
  readonly identity: CentralIdentity;
  readonly nowMs: () => number;
}

/**
 * A bundle's manifest is held to what HELLO is held to, and binds the device key alike: so that a first contact may come by stick. What it
 * says of the site's lists is kept as a heartbeat's. `also` is done in the same transaction.
 */
export async function admitBundle(deps: AdmitDeps, manifest: BundleManifest, also: (tx: Tx) => Promise<void>): Promise<Admission> {
  const { collectorId, deviceKey, bundleId, signature } = manifest;
  return deps.db.transaction().execute(async (tx): Promise<Admission> => {
    const keys = await liveKeysOf(tx, collectorId);
    if (keys.length === 0) return { kind: "stranger" };
    const signedBy = keys.find(({ apiKeyHash }) => {
      const claim = { session: bundleId, collectorId, centralId: deps.identity.centralId, apiKeyDigest: apiKeyHash };
      return verifySignature(deviceKey, helloSignedBytes(claim), signature);
    });
    if (signedBy === undefined) return { kind: "not-signed" };
    await lockCollector(tx, collectorId);
    await bindKey(tx, { collectorId, apiKeyId: signedBy.apiKeyId }, deviceKey, await deviceKeysOf(tx, collectorId), deps.nowMs());
    if (manifest.feeds !== null) await replaceReplicas(tx, collectorId, manifest.feeds, deps.nowMs());
    await also(tx);
    return { kind: "admitted" };
  });
}

/** Makes a log's row for its first records from a carrier. It is of no session: a live one is not touched. */
export async function beginCarriedLog(deps: AdmitDeps, collectorId: CollectorId, logId: LogId): Promise<void> {
  await deps.db.transaction().execute((tx) => insertEmptyLog(tx, collectorId, logId, deps.nowMs()));
}

/** Where these logs stand, of this collector only. */
export async function standingLogs(
  deps: AdmitDeps,
  collectorId: CollectorId,
  logs: readonly LogId[],
): Promise<ReadonlyMap<LogId, SessionLog>> {
  return new Map((await findSessionLogs(deps.db, collectorId, logs)).map((log) => [log.logId, log]));
}

import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import { clearNotice } from "../db/notice-rows.ts";
import type { Db } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { makeApiKey } from "./api-key.ts";
import { insertApiKey, revokeApiKey } from "./api-key-rows.ts";
import { confirmDeviceKeys, findCollector, type SiteFacts, updateCollector, updateSite } from "./collector-rows.ts";

export interface ChangeCollectorDeps {
  readonly db: Db;
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly nowMs: () => number;
}

export interface CollectorChange {
  readonly name?: string | undefined;
  readonly site?: { readonly [Fact in keyof SiteFacts]?: SiteFacts[Fact] | undefined } | undefined;
  readonly retired?: boolean | undefined;
  /** The administrator knows why it came with another device key. */
  readonly confirmKeys?: boolean | undefined;
}

const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such collector." };

export async function changeCollector(
  deps: ChangeCollectorDeps,
  id: string,
  change: CollectorChange,
  who: AuditWho,
): Promise<{ readonly kind: "done" } | Refusal> {
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done" } | Refusal> => {
    const collector = await findCollector(tx, id);
    if (collector === undefined) return UNKNOWN;
    const retiredMs = change.retired === undefined ? undefined : change.retired ? atMs : null;
    await updateCollector(tx, id, { name: change.name, retiredMs });
    if (change.site !== undefined) await updateSite(tx, collector.site_id, change.site as Partial<SiteFacts>);
    if (change.confirmKeys === true) {
      await confirmDeviceKeys(tx, id, who.userName, atMs);
      await clearNotice(tx, "unconfirmed-key", id, atMs);
    }
    await insertAudit(tx, who, { action: "collector.change", subject: id, outcome: "ok", details: change }, atMs);
    return { kind: "done" };
  });
}

export type AddedApiKey = { readonly kind: "added"; readonly id: string; readonly key: string; readonly prefix: string };

/** One more key, shown once: keys overlap while an edge is given the new one. */
export async function addApiKey(deps: ChangeCollectorDeps, collectorId: string, who: AuditWho): Promise<AddedApiKey | Refusal> {
  const made = makeApiKey(deps.randomBytes);
  const id = deps.newId();
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<AddedApiKey | Refusal> => {
    if ((await findCollector(tx, collectorId)) === undefined) return UNKNOWN;
    await insertApiKey(tx, id, collectorId, made, atMs);
    await insertAudit(tx, who, { action: "api-key.add", subject: collectorId, outcome: "ok", details: { key: made.prefix } }, atMs);
    return { kind: "added", id, key: made.key, prefix: made.prefix };
  });
}

export async function dropApiKey(
  deps: ChangeCollectorDeps,
  collectorId: string,
  id: string,
  who: AuditWho,
): Promise<{ readonly kind: "done" } | Refusal> {
  const atMs = deps.nowMs();
  return deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done" } | Refusal> => {
    if (!(await revokeApiKey(tx, id, collectorId, atMs))) return { kind: "not_found", message: "There is no such live key." };
    await insertAudit(tx, who, { action: "api-key.revoke", subject: collectorId, outcome: "ok", details: { id } }, atMs);
    return { kind: "done" };
  });
}

import { type CollectorId, type ListId, uuid } from "../../shared/model/ids.ts";
import { siteListId } from "../../shared/model/site-list-id.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { makeApiKey } from "./api-key.ts";
import { insertApiKey } from "./api-key-rows.ts";
import { findSite, insertCollector, insertSite, isNameTaken, type SiteFacts } from "./collector-rows.ts";

export interface AddCollectorDeps {
  readonly db: Db;
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly nowMs: () => number;
  /** Makes the list that the site itself keeps, through central's own log. */
  readonly makeSiteList: (tx: Tx, list: ListId, siteId: string, name: string, author: string) => Promise<void>;
}

export interface NewCollector {
  readonly name: string;
  /** An existing site, or the facts of a new one. */
  readonly site: { readonly id: string } | SiteFacts;
}

export type AddedCollector = {
  readonly kind: "added";
  readonly collectorId: string;
  readonly siteId: string;
  readonly apiKeyId: string;
  readonly apiKey: string;
  readonly prefix: string;
};

/** A collector with its site, its first API key (the answer is the only place where it stands) and the list of its site. */
export async function addCollector(deps: AddCollectorDeps, collector: NewCollector, who: AuditWho): Promise<AddedCollector | Refusal> {
  const key = makeApiKey(deps.randomBytes);
  const atMs = deps.nowMs();
  const collectorId = deps.newId();
  const apiKeyId = deps.newId();
  return deps.db.transaction().execute(async (tx): Promise<AddedCollector | Refusal> => {
    const given = collector.site;
    const siteId = "id" in given ? given.id : deps.newId();
    const known = "id" in given ? await findSite(tx, given.id) : given;
    if (known === undefined) return { kind: "invalid", message: "There is no such site." };
    if (await isNameTaken(tx, collector.name)) return { kind: "already_there", message: "A collector has this name already." };
    if (!("id" in given)) await insertSite(tx, siteId, given, atMs);
    await insertCollector(tx, { id: collectorId, name: collector.name, siteId, atMs });
    await insertApiKey(tx, apiKeyId, collectorId, key, atMs);
    await insertAudit(
      tx,
      who,
      { action: "collector.add", subject: collectorId, outcome: "ok", details: { site: siteId, key: key.prefix } },
      atMs,
    );
    await deps.makeSiteList(tx, siteListId(uuid<CollectorId>(collectorId)), siteId, `${known.name}: site list`, who.userName);
    return { kind: "added", collectorId, siteId, apiKeyId, apiKey: key.key, prefix: key.prefix };
  });
}

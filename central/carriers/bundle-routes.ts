import type { BundleImportAnswer } from "../../shared/api/central-api.ts";
import type { BundleManifest } from "../../shared/bundle/bundle-parts.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Tx } from "../db/open-db.ts";
import { auditWho } from "../http/audit-who.ts";
import type { HttpContext } from "../http/http-context.ts";
import type { Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import type { Imported } from "./import-bundle.ts";
import { outcomeWords, refusedWords } from "./import-words.ts";

/** `also` is done in the transaction that admits the bundle. */
export type ImportBundle = (
  bytes: AsyncIterable<Uint8Array>,
  also?: (tx: Tx, manifest: BundleManifest) => Promise<void>,
) => Promise<Imported>;

export interface BundleRouteDeps {
  readonly importBundle: ImportBundle;
  readonly nowMs: () => number;
}

/** For a carrier with a live API key of any collector: it need not be the bundle's own. */
export function carrierRoutes(deps: BundleRouteDeps): Route[] {
  return [
    route({
      method: "POST",
      path: "/sync/v1/bundles",
      access: "collector",
      summary: "A sealed bundle of a site's records, brought by any collector; answered with a signed receipt",
      handle: (c) => takeBundle(deps, c, null),
    }),
  ];
}

/** For people with a stick. */
export function bundleRoutes(deps: BundleRouteDeps): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/bundles",
      access: "operator",
      summary: "A sealed bundle from a site's stick; answered with what became of it and a signed receipt",
      handle: (c) => takeBundle(deps, c, auditWho(c)),
    }),
  ];
}

async function takeBundle({ importBundle, nowMs }: BundleRouteDeps, c: HttpContext, who: AuditWho | null): Promise<Response | Refusal> {
  const audit = async (tx: Tx, { bundleId, collectorId }: BundleManifest): Promise<void> => {
    if (who === null) return;
    await insertAudit(
      tx,
      who,
      { action: "bundle.import", subject: collectorId, outcome: "admitted", details: { bundle: bundleId } },
      nowMs(),
    );
  };
  const imported = await importBundle(c.req.raw.body ?? nothing(), audit);
  if (imported.kind === "refused") return { kind: "invalid", message: refusedWords(imported.why), details: { why: imported.why } };
  return c.json(importAnswer(imported));
}

/** What every way of importing tells. */
export function importAnswer({ outcome }: Extract<Imported, { kind: "imported" }>): BundleImportAnswer {
  const { manifest, cut, logs, images, receipt } = outcome;
  return {
    bundle: manifest.bundleId,
    collector_id: manifest.collectorId,
    whole: cut === null,
    words: outcomeWords(outcome),
    records: logs.reduce((sum, log) => sum + log.next - log.before, 0),
    images: images.stored,
    logs: logs.map(({ logId, class: logClass, from, to, before, next, trouble }) => ({
      log: logId,
      class: logClass,
      from,
      to,
      before,
      next,
      trouble,
    })),
    receipt: Buffer.from(receipt).toString("base64"),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

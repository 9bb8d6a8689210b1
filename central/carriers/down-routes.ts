import { z } from "zod";
import { RECEIPT_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import type { CollectorId } from "../../shared/model/ids.ts";
import { insertAudit } from "../db/audit-rows.ts";
import type { Tx } from "../db/open-db.ts";
import { auditWho } from "../http/audit-who.ts";
import { actorOf } from "../http/http-context.ts";
import { pathId } from "../http/path-id.ts";
import type { Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { downName, downRefusedWords } from "./down-words.ts";
import type { DownOrder, DownRefusal, MadeDown } from "./make-down.ts";

export type MakeDownFile = (order: DownOrder, also?: (tx: Tx) => Promise<void>) => Promise<MadeDown>;

export interface DownRouteDeps {
  readonly makeDown: MakeDownFile;
  readonly nowMs: () => number;
}

const BODY_BYTES_MAX = Math.ceil((RECEIPT_BYTES_MAX * 4) / 3) + 1_024;
const BODY = z.object({
  lists: z.enum(["whole", "changed"]).default("whole"),
  /** Base64 of central's answer to a bundle of this site. */
  receipt: z.base64().optional(),
});
const KINDS: Readonly<Record<DownRefusal, Refusal["kind"]>> = {
  unknown: "not_found",
  "no-device": "invalid",
  "strange-receipt": "invalid",
};

/** A file for one site, made while it is sent. It is sealed, so whoever may work with the site's lists may carry it. */
export function downRoutes({ makeDown, nowMs }: DownRouteDeps): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/collectors/:id/down",
      access: "operator",
      summary: "A sealed file for a site's stick: what central has of it, its watchlists and waiting commands",
      body: BODY,
      bodyMaxBytes: BODY_BYTES_MAX,
      handle: async (c, body) => {
        const collectorId = pathId<CollectorId>(c);
        if (collectorId === undefined) return { kind: "not_found", message: downRefusedWords("unknown") };
        const who = auditWho(c);
        const receipt = body.receipt === undefined ? null : new Uint8Array(Buffer.from(body.receipt, "base64"));
        const made = await makeDown({ collectorId, lists: body.lists, receipt, sites: actorOf(c).sites }, (tx) =>
          insertAudit(tx, who, { action: "bundle.down", subject: collectorId, outcome: "ok", details: { lists: body.lists } }, nowMs()),
        );
        if (made.kind === "refused") return { kind: KINDS[made.why], message: downRefusedWords(made.why) };
        const name = downName(made.site, made.madeMs);
        return c.body(streamOf(made.bytes), 200, {
          "content-type": "application/octet-stream",
          "content-disposition": `attachment; filename="${name}"`,
        });
      },
    }),
  ];
}

/** Made as it is taken; a browser that goes away ends it. */
function streamOf(bytes: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const next = await bytes.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => void (await bytes.return(undefined)),
  });
}

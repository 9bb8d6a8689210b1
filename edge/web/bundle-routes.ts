import { Hono } from "hono";
import { RECEIPT_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import type { BundleExport, ExportOptions } from "../sync/export-bundle.ts";
import type { ReceiptOutcome } from "../sync/take-receipt.ts";
import { readJson } from "./read-json.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

export interface BundleRoutesDeps {
  /** Null while no central is set up. */
  readonly exportBundle: ((options: ExportOptions) => BundleExport) | null;
  readonly takeReceipt: (bytes: Uint8Array) => Promise<ReceiptOutcome>;
  readonly bytesMax: number;
}

/** Base64 and the JSON around it. */
const RECEIPT_BODY_BYTES_MAX = Math.ceil((RECEIPT_BYTES_MAX * 4) / 3) + 1_024;
const HEADERS = { "content-type": "application/octet-stream", "content-disposition": 'attachment; filename="site.alprbundle"' };
const NO_CENTRAL = "No central is set up here, so there is nobody to seal a bundle for.";

/** `GET /api/bundle` streams what central has not got; `POST /api/bundle/receipt {receipt: base64}` takes central's answer. */
export function bundleRoutes({ exportBundle, takeReceipt, bytesMax }: BundleRoutesDeps): Hono<SiteEnv> {
  let isUnderWay = false;
  return new Hono<SiteEnv>()
    .get("/", (c) => {
      const images = c.req.query("images") ?? "all";
      if (images !== "all" && images !== "alerts" && images !== "none") return refuse(c, "invalid", "images is all, alerts or none.");
      if (isUnderWay) return refuse(c, "busy", "A bundle is being made already. Wait for it to end.");
      const made = exportBundle === null ? NO_CENTRAL : exportBundle({ images, bytesMax });
      if (typeof made === "string") return refuse(c, "conflict", made);
      if (made.kind === "refused") return refuse(c, "conflict", made.words);
      // HEAD comes here too, and nobody takes or ends the body of its answer: the next bundle would wait for it for ever.
      if (c.req.method === "HEAD") return c.body(null, 200, HEADERS);
      isUnderWay = true;
      const body = streamOf(made.bytes, () => {
        isUnderWay = false;
      });
      return c.body(body, 200, HEADERS);
    })
    .post("/receipt", async (c) => {
      const body = await readJson(c, RECEIPT_BODY_BYTES_MAX);
      if (typeof body?.receipt !== "string") return refuse(c, "bad_request", "Send {receipt: base64 of the .alprreceipt file}.");
      const outcome = await takeReceipt(new Uint8Array(Buffer.from(body.receipt, "base64")));
      return outcome.kind === "refused" ? refuse(c, "invalid", outcome.words) : c.json({ words: outcome.words });
    });
}

/** Made as it is taken; a browser that goes away ends it. */
function streamOf(bytes: AsyncGenerator<Uint8Array>, ended: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await bytes.next();
        if (next.done !== true) return controller.enqueue(next.value);
        ended();
        controller.close();
      } catch (error) {
        ended();
        controller.error(error);
      }
    },
    async cancel() {
      ended();
      await bytes.return(undefined);
    },
  });
}

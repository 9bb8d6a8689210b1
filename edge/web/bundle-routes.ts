import { Hono } from "hono";
import type { BundleProgress, BundleWaitingAnswer } from "../../shared/api/site-api.ts";
import { RECEIPT_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import type { BundleExport, ExportOptions, WaitingToCarry } from "../sync/export-bundle.ts";
import type { ReceiptOutcome } from "../sync/take-receipt.ts";
import { iso } from "./detection-views.ts";
import { readJson } from "./read-json.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

export interface BundleRoutesDeps {
  /** Null while no central is set up. */
  readonly exportBundle: ((options: ExportOptions) => BundleExport) | null;
  readonly waiting: () => WaitingToCarry;
  readonly takeReceipt: (bytes: Uint8Array) => Promise<ReceiptOutcome>;
  /** Central's file for this site, as its bytes come. */
  readonly takeDown: (bytes: AsyncIterable<Uint8Array>) => Promise<ReceiptOutcome>;
  readonly bytesMax: number;
  readonly siteName: string;
  readonly nowMs: () => number;
}

/** Base64 and the JSON around it. */
const RECEIPT_BODY_BYTES_MAX = Math.ceil((RECEIPT_BYTES_MAX * 4) / 3) + 1_024;
const NO_CENTRAL = "No central is set up here, so there is nobody to seal a bundle for.";

/**
 * `GET /api/bundle` streams what central has not got; `GET /api/bundle/waiting` says how much that is, and how far a download is;
 * `POST /api/bundle/receipt {receipt: base64}` takes central's answer; `POST /api/bundle/down` its file for this site, which holds the answer,
 * watchlists and commands.
 */
export function bundleRoutes(deps: BundleRoutesDeps): Hono<SiteEnv> {
  let making: (() => BundleProgress) | null = null;
  let last: BundleWaitingAnswer["last"] = null;
  return new Hono<SiteEnv>()
    .get("/", (c) => {
      const images = c.req.query("images") ?? "all";
      if (images !== "all" && images !== "alerts" && images !== "none") return refuse(c, "invalid", "images is all, alerts or none.");
      if (making !== null) return refuse(c, "busy", "A bundle is being made already. Wait for it to end.");
      const made = deps.exportBundle === null ? NO_CENTRAL : deps.exportBundle({ images, bytesMax: deps.bytesMax });
      if (typeof made === "string") return refuse(c, "conflict", made);
      if (made.kind === "refused") return refuse(c, "conflict", made.words);
      const file = fileName(deps.siteName, deps.nowMs());
      const headers = { "content-type": "application/octet-stream", "content-disposition": `attachment; filename="${file}"` };
      // HEAD comes here too, and nobody takes or ends the body of its answer: the next bundle would wait for it for ever.
      if (c.req.method === "HEAD") return c.body(null, 200, headers);
      making = () => progressOf(made);
      const body = streamOf(made.bytes, (whole) => {
        making = null;
        const { isCut: full, missing } = made.counts;
        last = { ...progressOf(made), at: iso(deps.nowMs()), file, whole, full, missing };
      });
      return c.body(body, 200, headers);
    })
    .get("/waiting", (c) => c.json(waitingAnswer(deps, making?.() ?? null, last)))
    .post("/receipt", async (c) => {
      const body = await readJson(c, RECEIPT_BODY_BYTES_MAX);
      if (typeof body?.receipt !== "string") return refuse(c, "bad_request", "Send {receipt: base64 of the .alprreceipt file}.");
      const outcome = await deps.takeReceipt(new Uint8Array(Buffer.from(body.receipt, "base64")));
      return outcome.kind === "refused" ? refuse(c, "invalid", outcome.words) : c.json({ words: outcome.words });
    })
    .post("/down", async (c) => {
      const outcome = await deps.takeDown(c.req.raw.body ?? nothing());
      return outcome.kind === "refused" ? refuse(c, "invalid", outcome.words) : c.json({ words: outcome.words });
    });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function waitingAnswer(deps: BundleRoutesDeps, making: BundleProgress | null, last: BundleWaitingAnswer["last"]): BundleWaitingAnswer {
  const { refusal, records, recordBytes, images } = deps.waiting();
  return {
    refusal: deps.exportBundle === null ? NO_CENTRAL : refusal,
    records,
    record_bytes: recordBytes,
    alert_images: images.alerts,
    images: images.all,
    making,
    last,
  };
}

const progressOf = ({ counts, records, images }: Extract<BundleExport, { kind: "bundle" }>): BundleProgress => ({
  records: counts.records,
  records_total: records,
  images: counts.images,
  images_total: images,
  bytes: counts.bytes,
});

/** "main-maple-20261122-0210.alprbundle": which site and when (UTC), in letters that every stick and header takes. */
function fileName(site: string, nowMs: number): string {
  const name = site
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 40);
  const at = iso(nowMs).slice(0, 16).replace(/[-:]/g, "").replace("T", "-");
  return `${name === "" ? "site" : name}-${at}.alprbundle`;
}

/** Made as it is taken; a browser that goes away ends it. `ended` hears whether it was taken to its end. */
function streamOf(bytes: AsyncGenerator<Uint8Array>, ended: (whole: boolean) => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await bytes.next();
        if (next.done !== true) return controller.enqueue(next.value);
        ended(true);
        controller.close();
      } catch (error) {
        ended(false);
        controller.error(error);
      }
    },
    async cancel() {
      ended(false);
      await bytes.return(undefined);
    },
  });
}

/**
 * Brings neighbours' bundles up to central with this site's own key, one after the other, and only while nothing of this site's own waits: its
 * alerts and detections come first, also in the midst of a bundle.
 */
import { open } from "node:fs/promises";
import type { BundleImportAnswer } from "../../shared/api/central-api.ts";
import { type Backoff, createBackoff } from "../../shared/flow/backoff.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { CarrySpool, SpooledBundle } from "./carry-spool.ts";

export interface DeliverDeps {
  readonly spool: CarrySpool;
  readonly centralUrl: string;
  readonly apiKey: string;
  /** Connected, and nothing of this site's own waits. */
  readonly isIdle: () => boolean;
  readonly monoMs: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onChange: () => void;
  readonly log: { readonly info: (facts: object, words: string) => void; readonly warn: (facts: object, words: string) => void };
}

export interface Deliverer {
  /** One bundle, if one is due and the line is free. Answers whether there was one. */
  readonly deliverNext: (signal: AbortSignal) => Promise<boolean>;
}

const PIECE_BYTES = 16 * 1024;
const LOOK_MS = 250;
/** Central ends a body that stands still for two minutes; then it is sent again from the start. */
const STAND_STILL_MAX_MS = 90_000;
const DELIVERY_MAX_MS = 6 * 3_600_000;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** A file that central does not read to its end so often is answered for with what arrived. */
const ATTEMPTS_MAX = 3;

export function makeDeliverer(deps: DeliverDeps): Deliverer {
  const waits = new Map<Sha256, { readonly backoff: Backoff; untilMs: number; attempts: number }>();
  const isDue = ({ sha256 }: SpooledBundle): boolean => (waits.get(sha256)?.untilMs ?? 0) <= deps.monoMs();
  const again = (bundle: SpooledBundle, why: string): void => {
    const wait = waits.get(bundle.sha256) ?? { backoff: createBackoff(deps.random), untilMs: 0, attempts: 0 };
    const waitMs = wait.backoff.afterFailure(0);
    waits.set(bundle.sha256, { ...wait, attempts: wait.attempts + 1, untilMs: deps.monoMs() + waitMs });
    deps.log.warn({ collector: bundle.origin, why, waitMs }, "a neighbour's bundle did not get to central; it is tried again");
  };
  return {
    async deliverNext(signal) {
      const bundle = deps.isIdle() ? deps.spool.next(isDue) : undefined;
      if (bundle === undefined) return false;
      const attempts = waits.get(bundle.sha256)?.attempts ?? 0;
      const outcome = await post(deps, bundle, signal).catch((error: Error): Posted => ({ kind: "again", why: error.message }));
      if (signal.aborted) return false;
      if (outcome.kind === "again" || (outcome.kind === "imported" && !outcome.isWhole && attempts + 1 < ATTEMPTS_MAX)) {
        again(bundle, outcome.kind === "again" ? outcome.why : outcome.words);
        return true;
      }
      waits.delete(bundle.sha256);
      const receipt = outcome.kind === "imported" ? outcome.receipt : null;
      deps.spool.settle(bundle, { state: outcome.kind === "imported" ? "delivered" : "refused", words: outcome.words, receipt });
      deps.log.info(
        { collector: bundle.origin, bytes: bundle.bytes, records: bundle.records, outcome: outcome.kind },
        "a neighbour's bundle is at central",
      );
      deps.onChange();
      return true;
    },
  };
}

type Posted =
  | { readonly kind: "imported"; readonly isWhole: boolean; readonly words: string; readonly receipt: Uint8Array }
  /** Central will not have it, now or later. */
  | { readonly kind: "refused"; readonly words: string }
  | { readonly kind: "again"; readonly why: string };

async function post(deps: DeliverDeps, bundle: SpooledBundle, signal: AbortSignal): Promise<Posted> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(DELIVERY_MAX_MS)]);
  const response = await fetch(`${deps.centralUrl}/sync/v1/bundles`, {
    method: "POST",
    headers: { authorization: `Bearer ${deps.apiKey}`, "content-type": "application/octet-stream" },
    body: piecesOf(deps, bundle, ending) as never,
    duplex: "half",
    signal: ending,
    // A redirect would send the bundle and the key to wherever it points.
    redirect: "error",
  } as RequestInit);
  const answer = await readAnswer(response);
  if (response.status === 422) return { kind: "refused", words: answer?.error?.message ?? "Central refused the bundle." };
  if (!response.ok || typeof answer?.receipt !== "string") return { kind: "again", why: `central answered ${response.status}` };
  const words = Array.isArray(answer.words) ? answer.words.join(" ") : "";
  return { kind: "imported", isWhole: answer.whole === true, words, receipt: new Uint8Array(Buffer.from(answer.receipt, "base64")) };
}

type Answer = Partial<BundleImportAnswer> & { readonly error?: { readonly message: string } };

async function readAnswer(response: Response): Promise<Answer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Answer;
  } catch {
    return undefined;
  }
}

async function* piecesOf(deps: DeliverDeps, bundle: SpooledBundle, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await open(deps.spool.fileOf(bundle), "r");
  try {
    for (;;) {
      await untilIdle(deps, signal);
      const { buffer, bytesRead } = await file.read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function untilIdle(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const sinceMs = deps.monoMs();
  while (!deps.isIdle() && !signal.aborted) {
    if (deps.monoMs() - sinceMs > STAND_STILL_MAX_MS) throw new Error("this site's own records took the line");
    await deps.sleep(LOOK_MS, signal);
  }
}

/**
 * A bundle from a stick or another carrier, merged as if its site had sent it: the same proofs, the same merge, the same pictures. It is read
 * once, in a bounded window, and what came before a cut stays. Nothing here touches a live session of that site.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { BundleLog, BundleManifest, ImagePiece } from "../../shared/bundle/bundle-parts.ts";
import { type BundleItem, bundleReader } from "../../shared/bundle/read-bundle.ts";
import type { BundleRefusal } from "../../shared/bundle/read-sealed.ts";
import { signReceipt } from "../../shared/bundle/receipt.ts";
import type { CollectorId, LogId } from "../../shared/model/ids.ts";
import type { MergeAnswer } from "../../shared/protocol/central-session.ts";
import type { Tx } from "../db/open-db.ts";
import type { admitBundle, beginCarriedLog, standingLogs } from "../ingest/admit-bundle.ts";
import type { SyncDeps } from "../ingest/sync-deps.ts";
import { type CarriedStep, type LogTrouble, takeCarried } from "./carried-append.ts";
import { type CarriedImages, type ImageCounts, takeImages } from "./take-images.ts";

export interface ImportDeps extends CarriedImages {
  readonly sync: Pick<SyncDeps, "db" | "identity" | "nowMs" | "merge" | "mergeAppend" | "log">;
  readonly admitBundle: typeof admitBundle;
  readonly beginCarriedLog: typeof beginCarriedLog;
  readonly standingLogs: typeof standingLogs;
}

export interface ImportedLog extends BundleLog {
  /** Records that central had of it before, and has now. */
  readonly before: number;
  readonly next: number;
  readonly trouble: LogTrouble | null;
}

export interface ImportOutcome {
  readonly manifest: BundleManifest;
  /** Null when the file was read to its end. */
  readonly cut: BundleRefusal | "busy" | null;
  readonly logs: readonly ImportedLog[];
  readonly images: ImageCounts;
  /** Where central stands now, signed: a small file for the way back. */
  readonly receipt: Uint8Array;
}

export type Imported =
  | { readonly kind: "refused"; readonly why: BundleRefusal | "stranger" | "not-signed" }
  | { readonly kind: "imported"; readonly outcome: ImportOutcome };

/** `also`: done in the transaction that admits the bundle (the audit of who brought it). Ends at the first refusal of the file. */
export async function importBundle(
  deps: ImportDeps,
  bytes: AsyncIterable<Uint8Array>,
  also: (tx: Tx, manifest: BundleManifest) => Promise<void> = async () => undefined,
): Promise<Imported> {
  const reader = bundleReader(deps.sync.identity.boxKeys());
  let running: Running | null = null;
  let cut: ImportOutcome["cut"] = null;
  for await (const item of itemsOf(reader, bytes)) {
    if (item.kind === "refused") cut = item.why;
    else if (item.kind === "manifest") {
      const { manifest } = item;
      const admission = await deps.admitBundle(deps.sync, manifest, (tx) => also(tx, manifest));
      if (admission.kind !== "admitted") return refuse(deps, admission.kind, manifest);
      running = await begin(deps, manifest);
    } else if (running !== null && !(await takePart(deps, running, item))) cut = "busy";
    if (cut !== null) break;
  }
  cut ??= reader.end();
  if (running === null) return refuse(deps, cut === "busy" || cut === null ? "truncated" : cut, null);
  return { kind: "imported", outcome: await finish(deps, running, cut) };
}

/** A stream that breaks off is a file that was cut: what came before it counts. */
async function* itemsOf(reader: ReturnType<typeof bundleReader>, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<BundleItem> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next().catch(() => ({ done: true as const, value: undefined }));
      if (next.done === true) return;
      yield* reader.push(next.value);
    }
  } finally {
    // Of a refused file the rest is not read: its handle, or the line that it comes by, is let go.
    await source.return?.().catch(() => undefined);
  }
}

interface Running {
  readonly manifest: BundleManifest;
  readonly before: ReadonlyMap<LogId, { readonly next: number }>;
  readonly troubles: Map<LogId, LogTrouble>;
  readonly images: ReturnType<typeof takeImages>;
}

async function begin(deps: ImportDeps, manifest: BundleManifest): Promise<Running> {
  const ids = manifest.logs.map((log) => log.logId);
  const before = await deps.standingLogs(deps.sync, manifest.collectorId, ids);
  return { manifest, before, troubles: new Map(), images: takeImages(deps) };
}

/** False when the database stays away: nothing after this is tried. */
async function takePart(deps: ImportDeps, running: Running, item: Exclude<BundleItem, { kind: "manifest" | "refused" }>): Promise<boolean> {
  if (item.kind === "image") return takePiece(deps, running, item.piece);
  if (item.kind !== "append") return true;
  const { merge } = deps.sync;
  const { collectorId } = running.manifest;
  const steps = takeCarried(running.troubles, collectorId, item.append, merge.zstd);
  for (let at = steps.next(null); ; ) {
    if (at.done === true) return at.value;
    at = steps.next(await carryOut(deps, collectorId, at.value));
  }
}

async function carryOut({ sync, beginCarriedLog }: ImportDeps, collectorId: CollectorId, step: CarriedStep): Promise<MergeAnswer | null> {
  switch (step.ask) {
    case "merge":
      return sync.mergeAppend(sync.merge, { collectorId, append: step.append, direct: false });
    case "begin-log":
      await beginCarriedLog(sync, collectorId, step.logId);
      return null;
    case "wait":
      await delay(step.ms);
      return null;
  }
}

async function takePiece({ sync }: ImportDeps, { images }: Running, piece: ImagePiece): Promise<boolean> {
  try {
    await images.take(piece);
    return true;
  } catch (error) {
    sync.log.warn({ error: (error as Error).message }, "a picture of a bundle could not be taken");
    return false;
  }
}

async function finish({ sync, standingLogs }: ImportDeps, running: Running, cut: ImportOutcome["cut"]): Promise<ImportOutcome> {
  const { manifest, before, troubles, images } = running;
  const { counts, kept } = await images.end();
  const now = await standingLogs(
    sync,
    manifest.collectorId,
    manifest.logs.map((log) => log.logId),
  );
  const logs = manifest.logs.map((log): ImportedLog => {
    const standing = now.get(log.logId);
    return { ...log, before: before.get(log.logId)?.next ?? 0, next: standing?.next ?? 0, trouble: troubles.get(log.logId) ?? null };
  });
  const receipt = { bundleId: manifest.bundleId, centralId: sync.identity.centralId, logs: [...now.values()], images: kept };
  const fresh = logs.reduce((sum, log) => sum + log.next - log.before, 0);
  sync.log.info(
    { collector: manifest.collectorId, bundle: manifest.bundleId, records: fresh, images: counts.stored, cut },
    "a bundle was imported",
  );
  return { manifest, cut, logs, images: counts, receipt: signReceipt(receipt, sync.identity.sign) };
}

function refuse({ sync }: ImportDeps, why: Extract<Imported, { kind: "refused" }>["why"], manifest: BundleManifest | null): Imported {
  sync.log.warn({ why, ...(manifest === null ? {} : { collector: manifest.collectorId }) }, "a bundle was refused");
  return { kind: "refused", why };
}

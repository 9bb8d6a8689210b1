/**
 * Central's file for this site, from a stick or another carrier: lists, commands and the receipt go the way that a live session's frames go,
 * part by part as the bytes come. Nothing is believed that the pinned central did not sign for this site; a file twice changes nothing, and
 * an older one than what central has said since is not taken.
 */

import type { DownManifest } from "../../shared/bundle/down-parts.ts";
import { type DownItem, downReader } from "../../shared/bundle/read-down.ts";
import type { BundleRefusal } from "../../shared/bundle/read-sealed.ts";
import { openReceipt } from "../../shared/bundle/receipt.ts";
import { boxKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { judgeCommand } from "../../shared/protocol/judge-command.ts";
import { type CarriedLists, type CarriedListsDeps, carriedLists } from "./carried-lists.ts";
import { DOWN_REFUSED, type DownCounts, type DownRefused, downWords } from "./down-words.ts";
import { receiveCommand } from "./receive-command.ts";
import { noteReceipt, type ReceiptDeps, type ReceiptOutcome } from "./take-receipt.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

export type DownDeps = CarriedListsDeps &
  Pick<UplinkDeps, "collectorId" | "deviceKeys" | "moment" | "onCommand" | "log"> &
  Pick<ReceiptDeps, "isConnected">;

const refused = (why: DownRefused): ReceiptOutcome => ({ kind: "refused", words: DOWN_REFUSED[why] });

/** Takes files one at a time; another meanwhile is refused. */
export function makeTakeDown(deps: () => DownDeps): (bytes: AsyncIterable<Uint8Array>) => Promise<ReceiptOutcome> {
  let isTaking = false;
  return async (bytes) => {
    if (isTaking) return { kind: "refused", words: DOWN_REFUSED.busy, isForNow: true };
    isTaking = true;
    try {
      return await takeDown(deps(), bytes);
    } finally {
      isTaking = false;
    }
  };
}

interface Taking {
  readonly manifest: DownManifest;
  readonly lists: CarriedLists;
  readonly counts: DownCounts;
}

/** Ends at the first refusal of the file; what came before it was proved by its own chunk and stays. */
export async function takeDown(deps: DownDeps, bytes: AsyncIterable<Uint8Array>): Promise<ReceiptOutcome> {
  const key = deps.pinned.signingKey();
  if (key === null) return refused("not-pinned");
  const reader = downReader(boxKeysFromSeed(deps.deviceKeys.seed), key);
  let taking: Taking | null = null;
  let cut: BundleRefusal | null = null;
  try {
    for await (const item of itemsOf(reader, bytes)) {
      if (item.kind === "refused") cut = item.why;
      else if (item.kind === "manifest") {
        const why = judgeManifest(deps, item.manifest, item.isSigned);
        if (why !== null) return refused(why);
        taking = begin(deps, item.manifest);
      } else if (taking !== null) await takePart(deps, taking, item);
    }
    cut ??= reader.end();
    if (taking === null) return refused(cut ?? "truncated");
    if (cut === null || cut === "bytes-after-end") await taking.lists.settle();
  } finally {
    await taking?.lists.close();
  }
  const words = downWords(taking.manifest.madeMs, taking.counts, cut);
  deps.log.info({ ...taking.counts, cut }, "a file of central's was taken");
  return { kind: "taken", words };
}

/** A stream that breaks off is a file that was cut. */
async function* itemsOf(reader: ReturnType<typeof downReader>, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<DownItem> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next().catch(() => ({ done: true as const, value: undefined }));
      if (next.done === true) return;
      for (const item of reader.push(next.value)) {
        yield item;
        if (item.kind === "refused") return;
      }
    }
  } finally {
    // Of a refused file the rest is not read: its handle, or the line that it comes by, is let go.
    await source.return?.().catch(() => undefined);
  }
}

function judgeManifest({ pinned, collectorId, reader }: DownDeps, manifest: DownManifest, isSigned: boolean): DownRefused | null {
  if (manifest.centralId !== pinned.centralId()) return "another-central";
  if (!isSigned) return "not-signed";
  if (manifest.collectorId !== collectorId) return "another-site";
  return manifest.madeMs < (reader.centralSaid(manifest.centralId) ?? 0) ? "older" : null;
}

function begin(deps: DownDeps, manifest: DownManifest): Taking {
  const counts = { updated: 0, known: 0, stuck: 0, withdrawn: 0, commands: 0, expired: 0, records: 0, images: 0, strange: 0 };
  return { manifest, lists: carriedLists(deps, manifest, counts), counts };
}

async function takePart(
  deps: DownDeps,
  { lists, counts }: Taking,
  item: Exclude<DownItem, { kind: "manifest" | "refused" }>,
): Promise<void> {
  switch (item.kind) {
    case "receipt":
      return takeReceiptPart(deps, counts, item.bytes);
    case "delta":
      return lists.delta(item.delta);
    case "snapshot":
      return lists.snapshot(item.snapshot);
    case "piece":
      return lists.piece(item.bytes);
    case "command":
      return handOver(deps, counts, item.command);
    case "end":
    case "unknown":
      return;
  }
}

async function takeReceiptPart(deps: DownDeps, counts: DownCounts, bytes: Uint8Array): Promise<void> {
  const opened = openReceipt(bytes, deps.pinned.signingKey()!);
  if (opened.kind === "refused") return deps.log.warn({ why: opened.why }, "a receipt inside central's file was not taken");
  const { records, images, strange } = await noteReceipt(deps, opened.receipt);
  counts.records += records;
  counts.images += images;
  counts.strange += strange;
}

/** Whether it runs is decided where a live session's commands are: in the transaction that writes its id down. */
function handOver(deps: DownDeps, counts: DownCounts, command: Command): void {
  if (!receiveCommand(deps, command)) return;
  const verdict = judgeCommand(command, deps.moment());
  if (verdict.kind === "stale" || (verdict.kind === "refused" && verdict.outcome === "expired")) counts.expired += 1;
  else counts.commands += 1;
}

/**
 * Watchlists on their way down: a DELTA is verified against central's pinned key before anything of it is applied, a snapshot against
 * the SHA-256 that central signed (for that list at that position) before it replaces the feed part. What does not verify changes nothing.
 */

import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { SNAPSHOT_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import { verifySignature } from "../../shared/crypto/device-keys.ts";
import { sameBytes } from "../../shared/log/record.ts";
import { encodeFrame } from "../../shared/protocol/encode.ts";
import { decodeFeedOp } from "../../shared/protocol/feed-op.ts";
import type { Delta, Snapshot } from "../../shared/protocol/frames.ts";
import { deltaSignedBytes, snapshotSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

const FETCH_TIMEOUT_MS = 120_000;

export type FeedResult = { readonly kind: "applied" } | { readonly kind: "refused"; readonly why: string };

/** Applies one piece of a list's feed. A piece that is held already is applied once more to no effect. */
export async function receiveDelta(deps: Pick<UplinkDeps, "pinned" | "writer">, delta: Delta): Promise<FeedResult> {
  const key = deps.pinned.signingKey();
  if (key === null || !verifySignature(key, deltaSignedBytes(delta, delta.ops), delta.signature)) {
    return { kind: "refused", why: "a watchlist update that central has not signed" };
  }
  const ops = delta.ops.map(decodeFeedOp);
  if (!ops.every((op) => op !== undefined)) return { kind: "refused", why: "a watchlist update of a release that this one cannot read" };
  const outcome = await deps.writer.applyDelta(delta.list, delta.generation, delta.from, delta.to, ops, encodeFrame(delta));
  if (outcome.kind === "out-of-step") return { kind: "refused", why: "a watchlist update that does not follow what is held" };
  const same = outcome.position.cursor !== delta.to || sameBytes(outcome.position.checksum, delta.checksum);
  return same ? { kind: "applied" } : { kind: "refused", why: "a watchlist whose checksum differs from central's" };
}

/** Fetches a whole list and puts it in force. Rejects when the line breaks; the caller reports what it holds, and central tries again. */
export async function receiveSnapshot(
  deps: Pick<UplinkDeps, "centralUrl" | "apiKey" | "writer" | "pinned" | "snapshotFile">,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<FeedResult> {
  if (!isOfPinnedCentral(deps, snapshot)) return { kind: "refused", why: "a watchlist snapshot that central has not signed" };
  if (snapshot.bytes > SNAPSHOT_BYTES_MAX) return { kind: "refused", why: `a watchlist snapshot of ${snapshot.bytes} bytes` };
  const response = await fetch(`${deps.centralUrl}/sync/v1/snapshots/${snapshot.sha256}`, {
    headers: { authorization: `Bearer ${deps.apiKey}` },
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
  });
  const file = deps.snapshotFile(snapshot.list);
  try {
    return await takeOver(deps, snapshot, response, file);
  } finally {
    await rm(file, { force: true });
  }
}

async function takeOver(deps: Pick<UplinkDeps, "writer">, snapshot: Snapshot, response: Response, file: string): Promise<FeedResult> {
  const sha256 = await saveAtMost(response, snapshot.bytes, file);
  if (!response.ok) return { kind: "refused", why: `central answered ${response.status} to the fetch of a watchlist snapshot` };
  return putInForce(deps, snapshot, sha256, file);
}

export function isOfPinnedCentral({ pinned }: Pick<UplinkDeps, "pinned">, snapshot: Snapshot): boolean {
  const key = pinned.signingKey();
  const { signature } = snapshot;
  return key !== null && signature !== null && verifySignature(key, snapshotSignedBytes(snapshot), signature);
}

/** A snapshot that lies in `file` and whose bytes have this SHA-256, by whatever way it came; the caller removes the file. */
export async function putInForce(
  deps: Pick<UplinkDeps, "writer">,
  snapshot: Snapshot,
  sha256: string | null,
  file: string,
): Promise<FeedResult> {
  if (sha256 !== snapshot.sha256) return { kind: "refused", why: "a watchlist snapshot that does not match its hash" };
  const outcome = await deps.writer.applySnapshot(snapshot.list, snapshot.generation, snapshot.at, file);
  if (outcome.kind === "applied") while ((await deps.writer.returnDeltas(snapshot.list, snapshot.generation)) > 0);
  return outcome.kind === "unreadable" ? { kind: "refused", why: "a watchlist snapshot that cannot be read" } : { kind: "applied" };
}

/** The body of an answer into a file, as it comes: 25 MB at once would be a fifth of what the program holds. Null: it is larger. */
async function saveAtMost(response: Response, bytesMax: number, path: string): Promise<string | null> {
  const hash = createHash("sha256");
  const file = await open(path, "w", 0o600);
  try {
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels the stream.
      if (size > bytesMax) return null;
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}

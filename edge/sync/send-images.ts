/**
 * Sends pictures that central wants, one after the other, each from the offset that central names: a link that breaks at 90 % goes on
 * at 90 %. PUT with Upload-Offset: 204 done, 409 wrong offset (with the right one) or not expected yet, 410 gone for good, 422 the bytes
 * do not match their name.
 */
import { open } from "node:fs/promises";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { OfferedImage, Want } from "../../shared/protocol/frames.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

const PUT_TIMEOUT_MS = 60_000;
const OFFSET_CORRECTIONS_MAX = 2;

export type ImageOutcome = "stored" | "gone" | "not-expected" | "failed";

/** Stops early when `signal` aborts or `pause()` says that something urgent waits. Resolves with what was settled. */
export async function sendImages(
  deps: UplinkDeps,
  want: Want,
  offered: readonly OfferedImage[],
  signal: AbortSignal,
  pause: () => boolean,
): Promise<number> {
  const paths = new Map(deps.reader.waitingImages(offered.length).map((image) => [image.sha256, image]));
  let settled = 0;
  for (const { sha256, offset } of want.images) {
    const image = paths.get(sha256);
    if (signal.aborted || pause()) break;
    if (image === undefined) continue;
    const outcome =
      offset >= image.bytes ? "stored" : await putImage(deps, sha256, deps.imagePath(image.path), image.bytes, offset, signal);
    if (outcome === "stored" || outcome === "gone") {
      await deps.writer.noteImageSent(sha256, outcome);
      settled += 1;
    }
    if (outcome === "failed") break;
  }
  return settled;
}

async function putImage(
  deps: UplinkDeps,
  sha256: Sha256,
  path: string,
  bytes: number,
  from: number,
  signal: AbortSignal,
): Promise<ImageOutcome> {
  let offset = from;
  for (let attempt = 0; attempt <= OFFSET_CORRECTIONS_MAX; attempt++) {
    const answer = await putOnce(deps, sha256, path, bytes, offset, signal);
    if (typeof answer === "string") return answer;
    offset = answer.offset;
    if (offset >= bytes) return "stored";
  }
  return "failed";
}

async function putOnce(
  deps: UplinkDeps,
  sha256: Sha256,
  path: string,
  bytes: number,
  offset: number,
  signal: AbortSignal,
): Promise<ImageOutcome | { offset: number }> {
  const body = await readFrom(path, offset, bytes);
  if (body === null) {
    deps.log.warn({ sha256 }, "a picture in the ledger is not on disk; central is told that it is gone");
    return "gone";
  }
  const response = await fetch(`${deps.centralUrl}/sync/v1/images/${sha256}`, {
    method: "PUT",
    body,
    headers: {
      authorization: `Bearer ${deps.apiKey}`,
      "content-type": "image/jpeg",
      "upload-offset": String(offset),
      "upload-length": String(bytes),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(PUT_TIMEOUT_MS)]),
  }).catch(() => null);
  if (response === null) return "failed";
  await response.arrayBuffer().catch(() => null);
  const told = Number(response.headers.get("upload-offset") ?? Number.NaN);
  if (response.status === 204) return Number.isFinite(told) && told < bytes ? { offset: told } : "stored";
  if (response.status === 409) return Number.isFinite(told) ? { offset: told } : "not-expected";
  if (response.status === 410) return "gone";
  if (response.status === 422) deps.log.warn({ sha256 }, "central says a picture does not match its name");
  return response.status === 422 ? "gone" : "failed";
}

async function readFrom(path: string, offset: number, bytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = new Uint8Array(Math.max(0, bytes - offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      return bytesRead === buffer.length ? buffer : null;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/**
 * Sends pictures that central wants, as `image-sending.ts` says. PUT with Upload-Offset: 204 done, 409 wrong offset (with the right one) or
 * not expected yet, 410 gone for good, 422 the bytes do not match their name.
 */
import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { runSteps } from "../../shared/flow/run-steps.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { Want } from "../../shared/protocol/frames.ts";
import type { ImagesTried } from "../../shared/protocol/image-offers.ts";
import type { PictureWay } from "../../shared/protocol/picture-way.ts";
import { meaningOfAnswer, type Piece, type PieceAnswer, type SendStep, sendingImages } from "./image-sending.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

const PUT_TIMEOUT_MS = 60_000;

export type SendImagesDeps = Pick<UplinkDeps, "centralUrl" | "apiKey" | "reader" | "writer" | "imagePath" | "imageBudget" | "log">;

/** Stops early when the way breaks, `signal` aborts, or the way says that something urgent goes first: also in the midst of a picture. */
export function sendImages(deps: SendImagesDeps, want: Want, signal: AbortSignal, way: PictureWay): Promise<ImagesTried> {
  const waiting = new Map(deps.reader.waitingNamed(want.images.map(({ sha256 }) => sha256)).map((image) => [image.sha256, image]));
  const isOver = (): boolean => signal.aborted;
  return runSteps(sendingImages({ waiting, way, budget: deps.imageBudget, isOver }, want), (step) => carryOut(deps, step, signal));
}

async function carryOut(deps: SendImagesDeps, step: SendStep, signal: AbortSignal): Promise<PieceAnswer | undefined> {
  switch (step.type) {
    case "put":
      return putOnce(deps, step, signal);
    case "look":
      return (await isSound(deps.imagePath(step.image.path), step.image.sha256)) ? "left" : undefined;
    case "wait":
      return new Promise((resolve) => setTimeout(resolve, step.ms, undefined));
    case "settle":
      if (step.outcome === "mismatch")
        deps.log.warn({ sha256: step.sha256 }, "central says a picture does not match its name; it will not be sent");
      await deps.writer.noteImageSent(step.sha256, step.outcome === "stored" ? "stored" : "gone");
      return undefined;
  }
}

async function putOnce(
  deps: SendImagesDeps,
  { image, piece }: Extract<SendStep, { type: "put" }>,
  signal: AbortSignal,
): Promise<PieceAnswer> {
  const { sha256 } = image;
  const body = await readPiece(deps.imagePath(image.path), piece);
  if (body === "missing") deps.log.warn({ sha256 }, "a picture in the ledger is not on disk; it will not be sent");
  if (body === "unreadable") deps.log.warn({ sha256 }, "a picture cannot be read from disk; it is tried again later");
  if (typeof body === "string") return body === "missing" ? "gone" : "left";
  const response = await fetch(`${deps.centralUrl}/sync/v1/images/${sha256}`, {
    method: "PUT",
    body,
    headers: {
      authorization: `Bearer ${deps.apiKey}`,
      "content-type": "image/jpeg",
      "upload-offset": String(piece.offset),
      "upload-length": String(image.bytes),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(PUT_TIMEOUT_MS)]),
  }).catch(() => null);
  if (response === null) return "broken";
  await response.body?.cancel().catch(() => {});
  return meaningOfAnswer(image, piece, response.status, response.headers.get("upload-offset"));
}

async function isSound(path: string, sha256: Sha256): Promise<boolean> {
  const bytes = await readFile(path).catch(() => null);
  return bytes !== null && createHash("sha256").update(bytes).digest("hex") === sha256;
}

async function readPiece(path: string, { offset, bytes }: Piece): Promise<Uint8Array<ArrayBuffer> | "missing" | "unreadable"> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = new Uint8Array(bytes);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
      return bytesRead === buffer.length ? buffer : "missing";
    } finally {
      await file.close();
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "missing" : "unreadable";
  }
}

/**
 * Sends pictures that central wants, one after the other, each from the offset that central names: a link that breaks at 90 % goes on
 * at 90 %. PUT with Upload-Offset: 204 done, 409 wrong offset (with the right one) or not expected yet, 410 gone for good, 422 the bytes
 * do not match their name.
 */
import { open } from "node:fs/promises";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { OfferedImage, Want } from "../../shared/protocol/frames.ts";
import type { ImagesTried } from "../../shared/protocol/image-offers.ts";
import type { PictureWay } from "../../shared/protocol/picture-way.ts";
import { ALERT_PRIORITY_MAX, type ImageBudget } from "./image-budget.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

const PUT_TIMEOUT_MS = 60_000;
const OFFSET_CORRECTIONS_MAX = 2;
const BUDGET_STEP_MS = 250;

export type SendImagesDeps = Pick<UplinkDeps, "centralUrl" | "apiKey" | "reader" | "writer" | "imagePath" | "imageBudget" | "log">;

/** `left`: not taken now, others may be. `broken`: the way or central is not there, there is no point in going on. */
type ImageOutcome = "stored" | "gone" | "left" | "broken" | "paused";

/** Stops early when the way breaks, `signal` aborts, or the way says that something urgent goes first: also in the midst of a picture. */
export async function sendImages(
  deps: SendImagesDeps,
  want: Want,
  offered: readonly OfferedImage[],
  signal: AbortSignal,
  way: PictureWay,
): Promise<ImagesTried> {
  const waiting = new Map(deps.reader.waitingImages(offered.length).map((image) => [image.sha256, image]));
  const left: Sha256[] = [];
  for (const { sha256, offset } of want.images) {
    const image = waiting.get(sha256);
    if (signal.aborted || way.pause()) break;
    if (image === undefined) continue;
    const budget = image.priority <= ALERT_PRIORITY_MAX ? null : deps.imageBudget;
    const file = { sha256, path: deps.imagePath(image.path), bytes: image.bytes, budget };
    const outcome = offset >= image.bytes ? "stored" : await putImage(deps, file, offset, signal, way);
    if (outcome === "paused") break;
    if (outcome === "broken") return { left, broken: true };
    if (outcome === "left") left.push(sha256);
    else await deps.writer.noteImageSent(sha256, outcome);
  }
  return { left, broken: false };
}

interface ImageFile {
  readonly sha256: Sha256;
  readonly path: string;
  readonly bytes: number;
  /** Null: a picture of an alert. */
  readonly budget: ImageBudget | null;
}

/** Piece by piece, as long as each one brings it forward; what does not is tried from where central says it stands, twice. */
async function putImage(deps: SendImagesDeps, file: ImageFile, from: number, signal: AbortSignal, way: PictureWay): Promise<ImageOutcome> {
  let offset = from;
  let isWhole = from === 0;
  for (let corrections = 0; corrections <= OFFSET_CORRECTIONS_MAX; ) {
    if (!(await untilBudget(file.budget, signal, way))) return "paused";
    const { bytes, ended } = way.begin(Math.min(file.bytes - offset, file.budget?.pieceMax() ?? file.bytes));
    file.budget?.took(bytes);
    const answer = await putOnce(deps, file, { offset, bytes }, signal);
    ended(answer === "stored" || typeof answer === "object" ? "arrived" : "lost");
    if (answer === "mismatch") {
      // What lay at central from before may be what does not match: it is discarded there, so all is sent once more.
      if (isWhole) return mismatch(deps, file);
      isWhole = true;
      offset = 0;
    } else if (typeof answer === "string") {
      return answer;
    } else {
      // Also when it says that all is there: the PUT of nothing makes central look at what it has.
      if (answer.offset !== offset + bytes || bytes === 0) {
        corrections += 1;
        isWhole = answer.offset === 0;
      }
      offset = answer.offset;
    }
  }
  return "left";
}

/** Waits for the picture's turn by the hour's budget. False: not now, something urgent waits or its hours are over. */
async function untilBudget(budget: ImageBudget | null, signal: AbortSignal, way: PictureWay): Promise<boolean> {
  for (;;) {
    if (signal.aborted || way.pause() || budget?.waitsUntil()) return false;
    const waitMs = budget?.waitMs() ?? 0;
    if (waitMs === 0) return true;
    // In short steps: an alert's picture must not wait behind a slow hour.
    await new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, BUDGET_STEP_MS)));
  }
}

function mismatch(deps: SendImagesDeps, { sha256 }: ImageFile): ImageOutcome {
  deps.log.warn({ sha256 }, "central says a picture does not match its name; it will not be sent");
  return "gone";
}

interface Piece {
  readonly offset: number;
  readonly bytes: number;
}

type PieceAnswer = Exclude<ImageOutcome, "paused"> | "mismatch" | { readonly offset: number };

async function putOnce(deps: SendImagesDeps, file: ImageFile, piece: Piece, signal: AbortSignal): Promise<PieceAnswer> {
  const { sha256 } = file;
  const body = await readPiece(file.path, piece);
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
      "upload-length": String(file.bytes),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(PUT_TIMEOUT_MS)]),
  }).catch(() => null);
  if (response === null) return "broken";
  await response.body?.cancel().catch(() => {});
  return understand(file, piece, response);
}

function understand(file: ImageFile, piece: Piece, response: Response): PieceAnswer {
  const told = toldOffset(response, file.bytes);
  switch (response.status) {
    case 204: {
      const offset = told ?? piece.offset + piece.bytes;
      return offset === file.bytes ? "stored" : { offset };
    }
    case 409:
      return told === null ? "left" : { offset: told };
    case 410:
      return "gone";
    case 422:
      return "mismatch";
    default:
      return response.status >= 500 || [401, 403, 429].includes(response.status) ? "broken" : "left";
  }
}

/** Null when the answer names no offset within the picture. */
function toldOffset(response: Response, bytes: number): number | null {
  const text = response.headers.get("upload-offset") ?? "";
  const offset = /^\d{1,15}$/.test(text) ? Number(text) : bytes + 1;
  return offset <= bytes ? offset : null;
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

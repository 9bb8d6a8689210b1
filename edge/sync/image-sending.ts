/**
 * Which pieces of which pictures go up, and what central's answers mean: one picture after the other, each from the offset that central
 * names, so that a link that breaks at 90 % goes on at 90 %. Without disk, line or clock: `send-images.ts` has them.
 */
import type { Steps } from "../../shared/flow/run-steps.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { Want } from "../../shared/protocol/frames.ts";
import type { ImagesTried } from "../../shared/protocol/image-offers.ts";
import type { PictureWay } from "../../shared/protocol/picture-way.ts";
import { ALERT_PRIORITY_MAX, type ImageBudget } from "./image-budget.ts";

const OFFSET_CORRECTIONS_MAX = 2;
const BUDGET_STEP_MS = 250;

/** `left`: not taken now, others may be. `broken`: the way or central is not there, there is no point in going on. */
type ImageOutcome = "stored" | "gone" | "left" | "broken" | "paused";

/** A picture that waits here. */
export interface SendableImage {
  readonly sha256: Sha256;
  /** Where it lies. */
  readonly path: string;
  readonly bytes: number;
  readonly priority: number;
}

export interface Piece {
  readonly offset: number;
  readonly bytes: number;
}

/** What became of a piece: `stored` the picture is whole at central, `gone` for good, or the offset at which central stands. */
export type PieceAnswer = Exclude<ImageOutcome, "paused"> | "mismatch" | { readonly offset: number };

export type SendStep =
  /** Read the piece and PUT it; answered by a PieceAnswer. */
  | { readonly type: "put"; readonly image: SendableImage; readonly piece: Piece }
  /** Whether the picture's own bytes are what its name says; answered "left" when they are. */
  | { readonly type: "look"; readonly image: SendableImage }
  | { readonly type: "wait"; readonly ms: number }
  /** It leaves the ledger of what waits. `mismatch`: central says that its bytes do not match its name. */
  | { readonly type: "settle"; readonly sha256: Sha256; readonly outcome: "stored" | "gone" | "mismatch" };

export interface SendingDeps {
  readonly waiting: ReadonlyMap<Sha256, SendableImage>;
  readonly way: PictureWay;
  readonly budget: ImageBudget;
  readonly isOver: () => boolean;
}

type Sending<Result> = Steps<SendStep, Result, PieceAnswer | undefined>;

/** Stops early when the way breaks, it is over, or the way says that something urgent goes first: also in the midst of a picture. */
export function* sendingImages(deps: SendingDeps, want: Want): Sending<ImagesTried> {
  const left: Sha256[] = [];
  for (const { sha256, offset } of want.images) {
    const image = deps.waiting.get(sha256);
    if (deps.isOver() || deps.way.pause()) break;
    if (image === undefined) continue;
    const outcome = offset >= image.bytes ? "stored" : yield* sendingImage(deps, image, offset);
    if (outcome === "paused") break;
    if (outcome === "broken") return { left, broken: true };
    // What central found may be another's doing: a stranger's upload in between, a part torn by a power cut there.
    const isSound = outcome === "mismatch" && (yield { type: "look", image }) === "left";
    if (outcome === "left" || isSound) left.push(sha256);
    else yield { type: "settle", sha256, outcome };
  }
  return { left, broken: false };
}

/** Piece by piece, as long as each one brings it forward; what does not is tried from where central says it stands, twice. */
function* sendingImage(deps: SendingDeps, image: SendableImage, from: number): Sending<ImageOutcome | "mismatch"> {
  const budget = image.priority <= ALERT_PRIORITY_MAX ? null : deps.budget;
  let offset = from;
  let isWhole = from === 0;
  for (let corrections = 0; corrections <= OFFSET_CORRECTIONS_MAX; ) {
    if (!(yield* untilBudget(deps, budget))) return "paused";
    const { bytes, ended } = deps.way.begin(Math.min(image.bytes - offset, budget?.pieceMax() ?? image.bytes));
    budget?.took(bytes);
    const answer = (yield { type: "put", image, piece: { offset, bytes } }) ?? "broken";
    ended(answer === "stored" || typeof answer === "object" ? "arrived" : "lost");
    if (answer === "mismatch") {
      // What lay at central from before may be what does not match: it is discarded there, so all is sent once more.
      if (isWhole) return "mismatch";
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
function* untilBudget({ isOver, way }: SendingDeps, budget: ImageBudget | null): Sending<boolean> {
  for (;;) {
    if (isOver() || way.pause() || budget?.waitsUntil()) return false;
    const waitMs = budget?.waitMs() ?? 0;
    if (waitMs === 0) return true;
    // In short steps: an alert's picture must not wait behind a slow hour.
    yield { type: "wait", ms: Math.min(waitMs, BUDGET_STEP_MS) };
  }
}

/** What the answer to a PUT says. `told`: its Upload-Offset, if there is one. */
export function meaningOfAnswer(image: SendableImage, piece: Piece, status: number, told: string | null): PieceAnswer {
  const offset = offsetOf(told, image.bytes);
  switch (status) {
    case 204: {
      const at = offset ?? piece.offset + piece.bytes;
      return at === image.bytes ? "stored" : { offset: at };
    }
    case 409:
      return offset === null ? "left" : { offset };
    case 410:
      return "gone";
    case 422:
      return "mismatch";
    default:
      return status >= 500 || [401, 403, 429].includes(status) ? "broken" : "left";
  }
}

/** Null when the answer names no offset within the picture. */
function offsetOf(told: string | null, bytes: number): number | null {
  const text = told ?? "";
  const offset = /^\d{1,15}$/.test(text) ? Number(text) : bytes + 1;
  return offset <= bytes ? offset : null;
}

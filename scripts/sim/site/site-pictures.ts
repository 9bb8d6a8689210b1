/** A running site's pictures: to the card in the production's order, and up in the production's pieces. */
import type { CapturedPicture } from "../../../edge/cameras/camera.ts";
import { type ImageOutcome, keepingPicture, type PictureStep, whyDropped } from "../../../edge/images/keep-picture.ts";
import { type NamedPicture, namePictures } from "../../../edge/ingest/name-pictures.ts";
import { type ImageBudget, makeImageBudget } from "../../../edge/sync/image-budget.ts";
import { meaningOfAnswer, type PieceAnswer, type SendStep, sendingImages } from "../../../edge/sync/image-sending.ts";
import type { DetectionImage } from "../../../shared/model/detection.ts";
import type { Sha256 } from "../../../shared/model/ids.ts";
import type { Want } from "../../../shared/protocol/frames.ts";
import type { ImagesTried } from "../../../shared/protocol/image-offers.ts";
import type { PictureWay } from "../../../shared/protocol/picture-way.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import { type Answering, driveSteps } from "../drive-steps.ts";
import { putOverLine } from "./image-put.ts";
import { nameOfBytes } from "./picture-files.ts";
import type { Doom, SiteProcess } from "./site-process.ts";

/** A death ordered for the time before the `steps`-th step of pictures on their way to the card. */
export interface PictureDoom extends Doom {
  readonly steps: number;
}

export interface KeptPictures {
  readonly images: readonly DetectionImage[];
  readonly dropped: readonly { readonly sha256: Sha256; readonly why: string }[];
}

/** Pictures may go at any hour here. */
export const ANY_HOUR: ImageBudget = makeImageBudget([], "UTC", { wallMs: () => 0, monoMs: () => 0 });

export class SitePictures {
  private readonly process: SiteProcess;
  private readonly random: SeededRandom;

  constructor(process: SiteProcess, random: SeededRandom) {
    this.process = process;
    this.random = random;
  }

  /** Null: this run of the program died over them. */
  keep(pictures: readonly CapturedPicture[]): KeptPictures | null {
    const named = namePictures(pictures);
    const dropped: { sha256: Sha256; why: string }[] = [];
    for (const one of named) {
      const outcome = this.keepOne(one);
      if (outcome === null) return null;
      if (outcome.kind === "dropped") dropped.push({ sha256: one.image.sha256, why: outcome.why });
    }
    if (dropped.length > 0) this.process.site.world.mark("image-dropped");
    return { images: named.map(({ image }) => image), dropped };
  }

  private keepOne(picture: NamedPicture): ImageOutcome | null {
    const steps = keepingPicture({ up: false });
    try {
      for (let turn = steps.next(); ; turn = steps.next(this.keepStep(picture, turn.value))) {
        if (turn.done) return turn.value;
        if (!this.survives()) return null;
      }
    } catch (error) {
      return whyDropped(error);
    }
  }

  private keepStep({ image: { sha256 }, bytes }: NamedPicture, step: PictureStep): boolean | undefined {
    const { site } = this.process;
    const { pictures } = site.disk;
    switch (step) {
      case "look":
        return pictures.holds(sha256, bytes);
      case "write":
        if (site.world.agenda.nowMs < site.picturesFullUntilMs) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        return undefined;
      case "rename":
        pictures.put(sha256, bytes);
        return undefined;
      case "sync":
      case "sync-kept":
        if (site.world.variant.syncsPictures) pictures.sync(sha256);
        return undefined;
      case "remove":
        return undefined;
    }
  }

  private survives(): boolean {
    const { site } = this.process;
    const doomed = site.doomedPicture;
    if (doomed === null) return true;
    site.doomedPicture = doomed.steps > 1 ? { ...doomed, steps: doomed.steps - 1 } : null;
    if (site.doomedPicture !== null) return true;
    site.world.mark("killed-over-picture");
    site.die(doomed.why, doomed.tail, doomed.what, doomed.downMs);
    return false;
  }

  /** What a WANT named, piece by piece. `done` is not called when this run ends before. */
  send(want: Want, way: PictureWay, isOver: () => boolean, done: (tried: ImagesTried) => void): void {
    const waiting = new Map(
      this.process.reader.waitingNamed(want.images.map(({ sha256 }) => sha256)).map((image) => [image.sha256, image]),
    );
    driveSteps(sendingImages({ waiting, way, budget: ANY_HOUR, isOver }, want), (step, answer) => this.sendStep(step, answer), done);
  }

  private sendStep(step: SendStep, answer: Answering<PieceAnswer | undefined>): void {
    const { process } = this;
    switch (step.type) {
      case "wait":
        process.after(step.ms, () => answer.with(undefined));
        return;
      case "look": {
        const bytes = process.site.disk.pictures.read(step.image.sha256);
        return answer.with(bytes !== null && nameOfBytes(bytes) === step.image.sha256 ? "left" : undefined);
      }
      case "put":
        return this.put(step, answer.with);
      case "settle":
        return process.later(() => {
          process.command("noteImageSent", step.sha256, step.outcome === "stored" ? "stored" : "gone");
          if (!process.isAlive) return;
          process.site.world.images.settled(process, step.sha256, step.outcome);
          answer.with(undefined);
        });
    }
  }

  private put({ image, piece }: Extract<SendStep, { type: "put" }>, then: (answer: PieceAnswer) => void): void {
    const { site } = this.process;
    const body = site.disk.pictures.read(image.sha256)?.subarray(piece.offset, piece.offset + piece.bytes);
    if (body?.length !== piece.bytes) return then("gone");
    if (piece.offset > 0) site.world.mark("image-put-resumed");
    putOverLine({ site, random: this.random }, image.sha256, piece.offset, body, (status, told) => {
      if (this.process.isAlive) then(status === null ? "broken" : meaningOfAnswer(image, piece, status, told));
    });
  }
}

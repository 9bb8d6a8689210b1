/**
 * Central's pictures: parts of uploads and stored objects in memory, taken in by the production's rules, one step after the other in virtual
 * time, so that central may die between any two. What the database says of pictures is in its tables, and goes back with them.
 */
import type { ImageKey, PutOutcome } from "../../../central/images/image-store.ts";
import {
  type AppendOutcome,
  type AppendStep,
  appending,
  type FinishOutcome,
  type FinishStep,
} from "../../../central/images/upload-steps.ts";
import type { ExpectedImage } from "../../../central/ingest/image-rows.ts";
import { type ImageAnswer, receiving, type TakeStep } from "../../../central/ingest/take-image.ts";
import { wantedOf } from "../../../central/ingest/want-images.ts";
import type { Sha256 } from "../../../shared/model/ids.ts";
import type { Offer, Want } from "../../../shared/protocol/frames.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import { type Answering, driveSteps } from "../drive-steps.ts";
import type { World } from "../world.ts";

/** A body is read in so many pieces. */
const CHUNKS = 3;
const FULL = Object.assign(new Error("no space"), { code: "ENOSPC" });

interface Upload {
  readonly sha256: Sha256;
  readonly offset: number;
  readonly chunks: Uint8Array[];
  readonly isCut: boolean;
}

export class CentralImages {
  /** Its disk is full, or its picture server does not answer. */
  awayUntilMs = 0;
  readonly objects = new Map<ImageKey, Uint8Array>();
  private readonly parts = new Map<Sha256, Uint8Array>();
  private readonly world: World;
  private readonly random: SeededRandom;

  constructor(world: World, random: SeededRandom) {
    this.world = world;
    this.random = random;
  }

  private expected(sha256: Sha256): ExpectedImage | undefined {
    const { expectedImages, storedImages } = this.world.central.tables;
    const bytes = expectedImages.get(sha256);
    return bytes === undefined ? undefined : { sha256, bytes, isStored: storedImages.has(sha256), isGone: false };
  }

  want({ images }: Offer): Want {
    const wanted = images.flatMap((offered) => {
      const image = this.expected(offered.sha256);
      if (image === undefined) this.world.mark("image-not-wanted-yet");
      return image === undefined ? [] : [wantedOf(offered, image, this.parts.get(image.sha256)?.length ?? 0)];
    });
    return { type: "want", images: wanted };
  }

  /** Some picture that a record names and central has not got. */
  anyMissing(random: SeededRandom): Sha256 | null {
    const { expectedImages, storedImages } = this.world.central.tables;
    const missing = [...expectedImages.keys()].filter((sha256) => !storedImages.has(sha256)).sort();
    return missing.length === 0 ? null : random.pick(missing);
  }

  nowMs(): number {
    return this.world.central.nowMs();
  }

  /** What has come of a picture that is not stored yet. */
  part(sha256: Sha256): Uint8Array {
    return this.parts.get(sha256) ?? new Uint8Array();
  }

  /** Where the upload of a picture stands. */
  standing(sha256: Sha256): number {
    return this.part(sha256).length;
  }

  /** One PUT. `answered` is not called when central dies over it. */
  receive(sha256: Sha256, offset: number, body: Uint8Array, isCut: boolean, answered: (answer: ImageAnswer) => void): void {
    const { central } = this.world;
    if (central.isAway()) return answered({ kind: "unavailable", reason: "the database" });
    const size = Math.max(1, Math.ceil(body.length / CHUNKS));
    const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.subarray(at * size, (at + 1) * size));
    const upload: Upload = { sha256, offset, chunks, isCut };
    const take = (step: TakeStep, answer: Answering<AppendOutcome | FinishOutcome | undefined>): void => this.take(upload, step, answer);
    driveSteps(receiving(this.expected(sha256)), take, (outcome) => {
      if (outcome.kind === "hash_mismatch") this.world.mark("image-refused");
      this.world.images.shown(sha256);
      answered(outcome);
    });
  }

  /** Runs a moment later, if this life of central still goes on. */
  private soon(run: () => void): void {
    const { central, agenda } = this.world;
    const life = central.life();
    agenda.after(this.random.whole(0, 3), () => {
      if (life === central.life()) run();
    });
  }

  private take(upload: Upload, step: TakeStep, answer: Answering<AppendOutcome | FinishOutcome | undefined>): void {
    const { sha256, offset } = upload;
    const { tables } = this.world.central;
    const standing = this.standing(sha256);
    switch (step.do) {
      case "append":
        return driveSteps(
          appending(standing, offset, step.maxBytes),
          (each, then) => this.soon(() => this.append(upload, each, then)),
          (outcome) => {
            this.world.variant.appended(this, upload.sha256, tables);
            answer.with(outcome);
          },
        );
      case "finish": {
        const steps = this.world.variant.finishing(sha256, standing, step.bytes, this.world.central.nowMs());
        return driveSteps(steps, (each, then) => this.soon(() => this.finish(sha256, each, then)), answer.with);
      }
      case "note-mismatch":
        return answer.with(undefined);
      case "note-stored":
        return this.soon(() => {
          tables.storedImages.set(sha256, { bytes: step.bytes, key: step.key });
          this.world.mark("image-stored");
          answer.with(undefined);
        });
    }
  }

  private append({ sha256, chunks, isCut }: Upload, step: AppendStep, answer: Answering<Uint8Array | "end" | "cut-off" | undefined>): void {
    switch (step.do) {
      case "open":
        if (step.afresh) this.parts.set(sha256, new Uint8Array());
        return this.parts.has(sha256) ? answer.with(undefined) : answer.failing(Object.assign(new Error("gone"), { code: "ENOENT" }));
      case "next":
        return answer.with(chunks.shift() ?? (isCut ? "cut-off" : "end"));
      case "write": {
        const isFull = this.isAway();
        this.writeAt(sha256, isFull ? step.bytes.subarray(0, step.bytes.length >> 1) : step.bytes, step.at);
        return isFull ? answer.failing(FULL) : answer.with(undefined);
      }
      case "discard":
        this.parts.delete(sha256);
        return answer.with(undefined);
    }
  }

  private writeAt(sha256: Sha256, bytes: Uint8Array, at: number): void {
    const before = this.parts.get(sha256) ?? new Uint8Array();
    const after = new Uint8Array(Math.max(before.length, at + bytes.length));
    after.set(before);
    after.set(bytes, at);
    this.parts.set(sha256, after);
  }

  private finish(sha256: Sha256, step: FinishStep, answer: Answering<Uint8Array | PutOutcome | undefined>): void {
    switch (step.do) {
      case "read":
        return answer.with(this.parts.get(sha256));
      case "put":
        if (this.isAway()) return answer.with({ kind: "unavailable", reason: "the disk is full" });
        this.objects.set(step.key, step.bytes);
        return answer.with({ kind: "stored", sizeBytes: step.bytes.length });
      case "discard":
        this.parts.delete(sha256);
        return answer.with(undefined);
    }
  }

  private isAway(): boolean {
    return this.world.agenda.nowMs < this.awayUntilMs;
  }

  /** The process died, its machine perhaps too: parts are not synced, so what stands of one is anything. Stored objects are. */
  onDeath(): void {
    for (const [sha256, part] of this.parts) {
      if (this.random.chance(0.6)) continue;
      const torn = Uint8Array.from(part.subarray(0, this.random.whole(0, part.length)));
      if (this.random.chance(0.5)) torn.fill(0, torn.length >> 1);
      this.parts.set(sha256, this.random.chance(0.5) ? new Uint8Array([...torn, ...new Uint8Array(part.length - torn.length)]) : torn);
      this.world.mark("upload-torn");
    }
  }
}

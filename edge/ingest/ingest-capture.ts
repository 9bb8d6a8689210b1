/**
 * From a camera's capture to a durable detection: pictures to disk, then the row that names them. Whoever waits for the answer (a
 * camera that pushes, the person who pressed "test") is answered only after the commit.
 */
import type { Moment } from "../../shared/log/chain.ts";
import type { CameraId } from "../../shared/model/ids.ts";
import type { Capture } from "../cameras/camera.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { DetectionStored, EdgeWriter } from "../log/store-port.ts";
import { namePictures } from "./name-pictures.ts";
import { readingOf } from "./reading-of.ts";
import { eventKeyOf, sourceKeyOf } from "./source-key.ts";

export interface IngestDeps {
  readonly images: Pick<ImageStore, "put">;
  readonly writer: Pick<EdgeWriter, "appendDetection">;
  readonly moment: () => Moment;
  readonly counts: IngestCounts;
}

/** Since start, for the health page. */
export interface IngestCounts {
  stored: number;
  known: number;
  revised: number;
  refused: number;
  picturesDropped: number;
}

export const newIngestCounts = (): IngestCounts => ({ stored: 0, known: 0, revised: 0, refused: 0, picturesDropped: 0 });

/** Rejects when the detection could not be stored; the camera must then repeat it. */
export type Ingest = (camera: CameraId, capture: Capture, made?: "by-camera" | "by-test-button") => Promise<DetectionStored>;

export function makeIngest(deps: IngestDeps): Ingest {
  return async (camera, capture, made = "by-camera") => {
    // The moment of arrival, before the disk takes its time.
    const moment = deps.moment();
    const named = namePictures(capture.pictures);
    const outcomes = await Promise.all(named.map(({ image, bytes }) => deps.images.put(image.sha256, bytes)));
    const dropped = outcomes.flatMap((outcome, at) =>
      outcome.kind === "dropped" ? [{ sha256: named[at]!.image.sha256, why: outcome.why }] : [],
    );
    deps.counts.picturesDropped += dropped.length;
    const images = named.map(({ image }) => image);
    try {
      const stored = await deps.writer.appendDetection({
        reading: readingOf(camera, capture, images, made === "by-test-button"),
        sourceKey: sourceKeyOf(capture),
        eventKey: eventKeyOf(camera, capture),
        moment,
        dropped,
      });
      deps.counts[stored.kind] += 1;
      return stored;
    } catch (error) {
      deps.counts.refused += 1;
      throw error;
    }
  };
}

/**
 * From a camera's capture to a durable detection: pictures to disk, then the row that names them. Whoever waits for the answer (a
 * camera that pushes, the person who pressed "test") is answered only after the commit.
 */
import { createHash } from "node:crypto";
import type { Moment } from "../../shared/log/chain.ts";
import type { DetectionImage, ImageRole } from "../../shared/model/detection.ts";
import type { CameraId, Sha256 } from "../../shared/model/ids.ts";
import type { Capture, CapturedPicture } from "../cameras/camera.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { DetectionStored, EdgeWriter } from "../log/store-port.ts";
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

/** A record names at most so many pictures, one per role: crop, scene, vehicle. */
const PICTURES_MAX = 3;
/** The largest scene that a 4K camera makes is under 3 MiB. */
export const PICTURE_BYTES_MAX = 8 * 1024 * 1024;
const ROLE_ORDER: Readonly<Record<ImageRole, number>> = { crop: 0, full: 1, vehicle: 2 };

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

interface NamedPicture {
  readonly image: DetectionImage;
  readonly bytes: Uint8Array;
}

/** One picture per role, crops first, each under its hash. What is no JPEG or too large was refused by the adapter, or is here. */
function namePictures(pictures: readonly CapturedPicture[]): NamedPicture[] {
  const byRole = new Map<ImageRole, NamedPicture>();
  const sorted = [...pictures].sort((a, b) => ROLE_ORDER[a.role] - ROLE_ORDER[b.role]);
  const seen = new Set<Sha256>();
  for (const { role, bytes } of sorted) {
    if (byRole.has(role) || byRole.size >= PICTURES_MAX || !isPicture(bytes)) continue;
    const sha256 = createHash("sha256").update(bytes).digest("hex") as Sha256;
    if (seen.has(sha256)) continue;
    seen.add(sha256);
    byRole.set(role, { image: { role, sha256, bytes: bytes.length }, bytes });
  }
  return [...byRole.values()];
}

const isPicture = (bytes: Uint8Array): boolean =>
  bytes.length > 3 && bytes.length <= PICTURE_BYTES_MAX && bytes[0] === 0xff && bytes[1] === 0xd8;

/** Which of a capture's pictures a record names, and under which names. */
import { createHash } from "node:crypto";
import type { DetectionImage, ImageRole } from "../../shared/model/detection.ts";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { CapturedPicture } from "../cameras/camera.ts";

/** A record names at most so many pictures, one per role: crop, scene, vehicle. */
const PICTURES_MAX = 3;
/** The largest scene that a 4K camera makes is under 3 MiB. */
export const PICTURE_BYTES_MAX = 8 * 1024 * 1024;
const ROLE_ORDER: Readonly<Record<ImageRole, number>> = { crop: 0, full: 1, vehicle: 2 };

export interface NamedPicture {
  readonly image: DetectionImage;
  readonly bytes: Uint8Array;
}

/** One picture per role, crops first, each under its hash. What is no JPEG or too large was refused by the adapter, or is here. */
export function namePictures(pictures: readonly CapturedPicture[]): NamedPicture[] {
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

import { createHash } from "node:crypto";
import type { CameraId } from "../../shared/model/ids.ts";
import type { Capture } from "../cameras/camera.ts";

type Source = Pick<Capture, "vendorEventId" | "vendorUpdate" | "plateRead" | "raw">;

/**
 * What makes a message the same message: the vendor's event id, the plate as read and the vendor's update together, or, without an
 * event id, the message part itself. A camera that repeats a push after a crash of ours has the same key again; the same vehicle with
 * another plate or update has another one, and is a revision.
 */
export function sourceKeyOf({ vendorEventId, vendorUpdate, plateRead, raw }: Source): string {
  const hash = createHash("sha256");
  if (vendorEventId === null) return hash.update(raw).digest("hex");
  // A zero byte between the parts: "12" + "3A" is not "123" + "A".
  return hash.update([vendorEventId, plateRead ?? "", vendorUpdate ?? ""].join("\0")).digest("hex");
}

/** The vendor's event id, within its camera; null without one. */
export function eventKeyOf(camera: CameraId, { vendorEventId }: Pick<Capture, "vendorEventId">): string | null {
  return vendorEventId === null ? null : `${camera}/${vendorEventId}`;
}

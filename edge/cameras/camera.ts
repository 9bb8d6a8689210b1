import type { CameraConfig, CameraHealth } from "../../shared/model/camera.ts";
import type { ImageRole, Reading } from "../../shared/model/detection.ts";

/** A picture as it came from the camera, not yet on disk. */
export interface CapturedPicture {
  readonly role: ImageRole;
  /** JPEG bytes (they start with FF D8). */
  readonly bytes: Uint8Array;
}

/** What an adapter understood of one message about one vehicle: everything but ids, hashes and the decision what to do with it. */
export interface Capture extends Omit<Reading, "camera" | "plate" | "plateRead" | "images" | "test"> {
  /** The vendor's id of the event or vehicle; null when it sends none. */
  readonly vendorEventId: string | null;
  /** The vendor's update number or type ("new", "update"); null when it has none. */
  readonly vendorUpdate: string | null;
  /** The message part as received: hashed for the source key when there is no vendor event id. */
  readonly raw: Uint8Array;
  /** As the camera said it; null for a vehicle without a read plate (sentinels like `noPlate` and `unknown` become null here, and stay in `raw`). */
  readonly plateRead: string | null;
  readonly pictures: readonly CapturedPicture[];
}

/** What became of a capture; a camera that pushes is answered only after it resolves. */
export type CaptureOutcome = { readonly kind: "stored" | "known" | "revised"; readonly rid: string };

/** What the edge gives an adapter. The adapter keeps no state on disk. */
export interface CameraPort {
  /** Resolves when the detection is durable; rejects when it could not be stored (the camera must then repeat it). */
  readonly capture: (capture: Capture) => Promise<CaptureOutcome>;
  /** A message that nobody understood, kept (bounded) for support; `why` is one sentence. */
  readonly keepUnknown: (bytes: Uint8Array, why: string) => void;
  readonly report: (health: CameraHealth) => void;
  /** The camera's password from the credential store. */
  readonly password: string;
  /** IANA zone of the site, for cameras that send no offset. */
  readonly timeZone: string;
  /** Where the plate-list poll stood; survives restarts. */
  readonly loadCursor: () => string | null;
  readonly saveCursor: (cursor: string) => void;
  readonly now: () => number;
  /** Whether `now` comes from a source that can be trusted; else a difference may be this edge's own fault. */
  readonly isTimeKnown: () => boolean;
}

/** A push that reached `/push/{adapter}/{camera id}/{secret}`; the secret was checked already, the size was not: the adapter bounds it. */
export interface PushRequest {
  readonly contentType: string;
  readonly contentLength: number | null;
  readonly body: AsyncIterable<Uint8Array>;
}
export interface PushAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** One camera. The constructor does nothing but initialise variables; `run` lives until the signal aborts and never throws for what a camera does. */
export interface Camera {
  readonly config: CameraConfig;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly push: ((request: PushRequest) => Promise<PushAnswer>) | null;
}

import type { PermilleRect } from "./pictures/render-plate-picture.ts";

/** The two firmware families of the town: an entry-class TCG unit and a DeepinView unit. */
export type Family = "tcg" | "deepinview";

/** What a camera says of itself in every message. */
export interface DeviceIdentity {
  readonly family: Family;
  readonly name: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly macAddress: string;
  readonly ipAddress: string;
  readonly channel: number;
  readonly zone: string;
}

export type PictureType = "detectionPicture" | "licensePlatePicture" | "vehiclePicture";

export interface MessagePicture {
  readonly type: PictureType;
  readonly jpeg: Buffer;
}

/** One ANPR message before it is written for the wire; pictures stand in the order this family sends them. */
export interface PlateMessage {
  /** The camera's own number; on the wire as activePostCount (tcg) or vehicleInfo/index (deepinview). */
  readonly message: number;
  readonly uuid: string;
  readonly cameraMs: number;
  readonly plate: string;
  readonly confidence: number;
  readonly characters: readonly number[];
  readonly direction: "forward" | "reverse" | "unknown";
  readonly lane: number;
  readonly vehicleType: string;
  readonly color: string;
  readonly speedKmh: number;
  readonly plateRect: PermilleRect;
  readonly vehicleRect: PermilleRect;
  readonly pictures: readonly MessagePicture[];
  /** Set on a message that is sent a second time as a new post (and then without pictures). */
  readonly postCount: number | null;
}

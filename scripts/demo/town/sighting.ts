import type { MessageKind } from "./ledger.ts";
import type { Side } from "./pictures/vehicle-drawing.ts";
import type { Vehicle } from "./vehicles.ts";

/** One vehicle going by one camera, and what the camera will say of it. */
export interface Sighting {
  readonly pass: number;
  readonly atMs: number;
  readonly vehicle: Vehicle;
  readonly side: Side;
  readonly said: string;
  readonly confidence: number;
  readonly kind: MessageKind;
}

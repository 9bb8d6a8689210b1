import type { AlertStream } from "./alert-stream.ts";
import type { DigestAlgorithm } from "./digest-gate.ts";
import type { PlateList } from "./plate-list.ts";
import type { Family } from "./plate-message.ts";
import type { PushSender } from "./push-sender.ts";

/** How a camera hands its messages out; `silent-stream` answers alertStream with nothing and speaks on subscribeEvent. */
export type CameraMode = "stream" | "silent-stream" | "push" | "poll";

export interface CameraSettings {
  readonly name: string;
  readonly site: string;
  readonly family: Family;
  readonly mode: CameraMode;
  readonly username: string;
  readonly password: string;
  readonly algorithms: readonly DigestAlgorithm[];
  readonly bindNonceToPath: boolean;
  readonly clockSkewMs: number;
  readonly zone: string;
  readonly channel: number;
  readonly heartbeatMs: number;
  readonly nonceLifeMs: number;
  readonly lockMs: number;
  readonly replayOverlapMs: number;
  readonly port: number;
}

/** The ways out of a camera; its mode says which one its messages take. */
export interface CameraDoors {
  readonly stream: AlertStream;
  readonly push: PushSender;
  readonly plates: PlateList;
}

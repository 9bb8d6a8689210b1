import type { CameraConfig } from "../../shared/model/camera.ts";
import type { Camera, CameraPort } from "./camera.ts";
import { type CameraWorld, realWorld } from "./camera-world.ts";

export type OpenedCamera =
  | { readonly kind: "camera"; readonly camera: Camera }
  /** The vendor is known by name only; the message is for people. */
  | { readonly kind: "adapter-not-available"; readonly message: string };

/** The sentence for people when this version knows the vendor by name only; null when it reads such cameras. */
export function notAvailable(adapter: CameraConfig["adapter"]): string | null {
  if (adapter === "hikvision" || adapter === "replay") return null;
  return `Cameras of the kind "${adapter}" cannot be read by this version. Available are hikvision and replay.`;
}

/** The camera of a configuration. Adapters are loaded when first needed: most sites have one vendor. */
export async function openCamera(config: CameraConfig, port: CameraPort, world: CameraWorld = realWorld): Promise<OpenedCamera> {
  switch (config.adapter) {
    case "hikvision": {
      const { createHikvisionCamera } = await import("./hikvision/hikvision-camera.ts");
      return { kind: "camera", camera: createHikvisionCamera(config, port, world) };
    }
    case "replay": {
      const { createReplayCamera } = await import("./replay/replay-camera.ts");
      return { kind: "camera", camera: createReplayCamera(config, port, world) };
    }
    case "unifi":
    case "dahua":
    case "axis":
    case "frigate":
    case "platerecognizer":
    case "rekor":
      return {
        kind: "adapter-not-available",
        message: notAvailable(config.adapter) ?? "",
      };
  }
}

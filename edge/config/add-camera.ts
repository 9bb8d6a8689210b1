import { ADAPTERS } from "../../shared/model/camera.ts";
import type { CameraId } from "../../shared/model/ids.ts";
import { parseLayered } from "./check-config.ts";
import type { CredentialStore } from "./credential-store.ts";
import { addLocalCamera, type LocalValue } from "./edit-local.ts";

/** What an installer gives: the keys of a camera in config, and its password, as text or numbers. */
export type CameraValues = Readonly<Record<string, unknown>>;

export interface AddCameraDeps {
  readonly home: string;
  readonly credentials: CredentialStore;
  /** UUIDv7. */
  readonly newId: () => string;
  readonly newSecret: () => string;
}

export type AddCameraOutcome = { readonly kind: "added"; readonly id: CameraId } | { readonly kind: "refused"; readonly words: string };

const KEYS = [
  "name",
  "adapter",
  "mode",
  "traffic",
  "url",
  "username",
  "channel",
  "facing",
  "push_secret",
  "latitude",
  "longitude",
] as const;
const PASSWORD_MAX = 200;

/**
 * Adds a camera to config/local.yaml, its password to the credential store. Everything is checked together with the configuration that
 * stands before anything is written. A camera that pushes and brings no secret gets one.
 */
export function addCamera({ home, credentials, newId, newSecret }: AddCameraDeps, values: CameraValues): AddCameraOutcome {
  const camera: Record<string, LocalValue> = { id: newId() };
  for (const key of KEYS) {
    const value = values[key];
    if ((typeof value === "string" && value.trim() !== "") || typeof value === "number") camera[key] = String(value).trim();
  }
  if (!("name" in camera)) return { kind: "refused", words: "A camera needs a name." };
  if (!("adapter" in camera)) return { kind: "refused", words: `Which kind of camera? One of ${ADAPTERS.join(", ")}.` };
  if (camera.mode === "push" && !("push_secret" in camera)) camera.push_secret = newSecret();
  const password = values.password;
  if (typeof password === "string" && password.length > PASSWORD_MAX) return { kind: "refused", words: "That password is too long." };
  const id = camera.id as CameraId;
  if (typeof password === "string" && password !== "") camera.password_ref = `camera-${id}`;
  const checked = parseLayered(home, { addedCamera: camera });
  if (checked.kind === "bad") return { kind: "refused", words: checked.words };
  if (typeof password === "string" && password !== "") credentials.write(`camera-${id}`, password);
  addLocalCamera(home, camera);
  return { kind: "added", id };
}

import type { ImageRole } from "../../../shared/model/detection.ts";
import type { CapturedPicture } from "../camera.ts";
import { isStorableJpeg } from "../jpeg-size.ts";
import type { MultipartPart } from "../multipart-splitter.ts";
import { type AnprAlert, type PictureInfo, roleOf } from "./anpr-alert.ts";

/** Pictures that follow although nothing announced them. */
const UNANNOUNCED_MAX = 3;

/** A place for one picture of an alert. */
interface Slot {
  readonly info: PictureInfo | null;
  state: "waiting" | "filled" | "empty";
  bytes: Uint8Array | null;
  role: ImageRole | null;
}

export interface PictureSlots {
  /** "complete": all announced pictures are settled; "open": none was announced, some may follow; "waiting": some are missing. */
  readonly state: () => "complete" | "open" | "waiting";
  /** Takes a picture part that belongs here: by name, by picture id, or by order. False when it does not fit. */
  readonly offer: (part: MultipartPart, by: "name" | "picture-id" | "order") => boolean;
  /** Settles a picture that was to be fetched; null: it could not be had. */
  readonly fetched: (info: PictureInfo, bytes: Uint8Array | null) => void;
  readonly toFetch: readonly PictureInfo[];
  /** One picture per role: the first that came for it. */
  readonly pictures: () => readonly CapturedPicture[];
  /** Pictures that are no JPEG, claim an absurd size, or were one too many. */
  readonly dropped: () => number;
}

export function createPictureSlots(alert: AnprAlert): PictureSlots {
  let dropped = 0;
  const slots: Slot[] = alert.pictures.map((info) => ({ info, state: "waiting", bytes: null, role: info.role }));
  const announced = alert.moreToCome ? slots.length : Math.max(slots.length, alert.pictureCount ?? 0);
  while (slots.length < announced) slots.push({ info: null, state: "waiting", bytes: null, role: null });
  const counted = slots.length > 0 || alert.pictureCount !== null || alert.moreToCome;

  const settle = (slot: Slot, bytes: Uint8Array | null): void => {
    const usable = bytes !== null && isStorableJpeg(bytes);
    if (bytes !== null && bytes.length > 0 && !usable) dropped += 1;
    slot.state = usable ? "filled" : "empty";
    slot.bytes = usable ? bytes : null;
  };
  for (const slot of slots) if (slot.info?.source.kind === "embedded") settle(slot, slot.info.source.bytes);

  const waitingParts = (): Slot[] =>
    slots.filter((slot) => slot.state === "waiting" && (slot.info === null || slot.info.source.kind === "part"));
  const fits = (slot: Slot, names: readonly string[], by: "name" | "picture-id"): boolean => {
    if (slot.info === null) return false;
    if (by === "picture-id") return slot.info.pictureId !== "" && names.includes(slot.info.pictureId.toLowerCase());
    return [slot.info.fileName, slot.info.type].some((name) => name !== "" && names.includes(bare(name)));
  };
  return {
    state: () => (!counted ? "open" : slots.some((slot) => slot.state === "waiting") ? "waiting" : "complete"),
    offer: (part, by) => {
      const names = [part.head.name, part.head.fileName, part.head.contentId].map(bare);
      const open = waitingParts();
      let slot = by === "order" ? open[0] : open.find((each) => fits(each, names, by));
      if (slot === undefined && by === "order" && !counted && slots.length < UNANNOUNCED_MAX) {
        slot = { info: null, state: "waiting", bytes: null, role: null };
        slots.push(slot);
      }
      if (slot === undefined) return false;
      slot.role ??= names.map(roleOf).find((role) => role !== null) ?? null;
      settle(slot, part.body);
      return true;
    },
    fetched: (info, bytes) => {
      const slot = slots.find((each) => each.info === info);
      if (slot?.state === "waiting") settle(slot, bytes);
    },
    toFetch: alert.pictures.filter((info) => info.source.kind === "url"),
    pictures: () => assignRoles(slots.filter((slot) => slot.state === "filled")),
    dropped: () => dropped,
  };
}

/** File name without its `.jpg`, in lower case. */
function bare(name: string): string {
  return name.toLowerCase().replace(/\.jpe?g$/, "");
}

function assignRoles(filled: readonly Slot[]): CapturedPicture[] {
  const byRole = new Map<ImageRole, Uint8Array>();
  for (const { role, bytes } of filled) if (role !== null && bytes !== null && !byRole.has(role)) byRole.set(role, bytes);
  // Nothing names these: the scene is the larger file, the plate crop the smaller.
  const nameless = filled.filter((slot) => slot.role === null && (slot.info === null || slot.info.type === ""));
  for (const { bytes } of nameless.sort((a, b) => b.bytes!.length - a.bytes!.length)) {
    const free = (["full", "crop"] as const).find((role) => !byRole.has(role));
    if (free !== undefined) byRole.set(free, bytes!);
  }
  return (["full", "crop", "vehicle"] as const).flatMap((role) => (byRole.has(role) ? [{ role, bytes: byRole.get(role)! }] : []));
}

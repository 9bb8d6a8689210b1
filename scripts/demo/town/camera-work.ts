/** From what a camera sees to what it says: picture, message, ledger row, delivery; one vehicle after the other. */
import { createHash } from "node:crypto";
import { deliverMessage } from "./deliver-message.ts";
import type { HikvisionCamera } from "./hikvision-camera.ts";
import type { Ledger, LedgerRow, MessageKind } from "./ledger.ts";
import { burntClock, isoLocal, localHour } from "./local-time.ts";
import { makeMessage, newUuid } from "./make-message.ts";
import type { PictureRenderer } from "./pictures/render-plate-picture.ts";
import type { Light } from "./pictures/vehicle-drawing.ts";
import type { MessagePicture, PlateMessage } from "./plate-message.ts";
import { expectedMatch, type WatchedPlate } from "./plates.ts";
import { seededRandom } from "./seeded-random.ts";
import type { Sighting } from "./sighting.ts";

/** Faults of a camera that someone outside the product can ask for; the first five are a tampered camera, not a sick one. */
export type MessageFault = "lose" | "double" | "swap-image" | "late" | "malformed" | "duplicate";

export interface CameraWork {
  readonly camera: HikvisionCamera;
  /** Numbers and takes the sighting at once; resolves when its message stands in the camera's outbox. */
  see(sighting: Sighting): Promise<LedgerRow>;
  /** Applies a fault to the next message; `duplicate` and `malformed` act on the last one, at once. */
  fault(kind: MessageFault, holdMs?: number): Promise<LedgerRow | null>;
  close(): void;
}

export interface CameraWorkDeps {
  readonly seed: string;
  readonly renderer: PictureRenderer;
  readonly ledger: Ledger;
  readonly watched: () => readonly WatchedPlate[];
  readonly light: Light | "auto";
  readonly nowMs: () => number;
}

/** Takes up work at a camera. */
export function openCameraWork(camera: HikvisionCamera, deps: CameraWorkDeps): CameraWork {
  const { settings } = camera;
  let numbered = 0;
  let last: { sighting: Sighting; message: PlateMessage } | null = null;
  let pending: { kind: "lose" | "double" | "swap-image" | "late"; holdMs: number } | null = null;
  let chain: Promise<unknown> = Promise.resolve();
  const held = new Set<NodeJS.Timeout>();

  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = chain.then(work);
    chain = done.catch(() => undefined);
    return done;
  };

  const note = (
    sighting: Sighting,
    message: PlateMessage,
    shown: readonly MessagePicture[],
    kind: MessageKind,
    fault: string | null,
  ): LedgerRow => {
    const pictures = shown.map(({ type, jpeg }) => ({ type, sha256: createHash("sha256").update(jpeg).digest("hex"), bytes: jpeg.length }));
    return deps.ledger.note({
      site: settings.site,
      camera: settings.name,
      message: message.message,
      pass: sighting.pass,
      kind,
      detection: kind !== "duplicate" && kind !== "malformed",
      uuid: message.uuid,
      atMs: sighting.atMs,
      cameraMs: message.cameraMs,
      cameraTime: isoLocal(message.cameraMs, settings.zone, "ms"),
      plateTrue: sighting.vehicle.plate,
      plateSaid: message.plate,
      confidence: message.confidence,
      direction: message.direction,
      vehicleType: message.vehicleType,
      vehicleColor: sighting.vehicle.color,
      pictures,
      cropSha256: pictures.find(({ type }) => type === "licensePlatePicture")?.sha256 ?? null,
      fullSha256: pictures.find(({ type }) => type === "detectionPicture")?.sha256 ?? null,
      watch: kind === "malformed" ? null : expectedMatch(message.plate, deps.watched()),
      fault,
    });
  };

  const send = (message: PlateMessage, row: LedgerRow | null, junk: boolean): void =>
    deliverMessage(camera, message, row, junk, deps.nowMs);

  return {
    camera,
    see(sighting) {
      const number = ++numbered;
      const fault = pending;
      pending = null;
      return inOrder(async () => {
        const random = seededRandom(`${deps.seed}/${settings.name}/${number}`);
        const cameraMs = Math.round(sighting.atMs + settings.clockSkewMs);
        const drawn = await deps.renderer.render({
          camera: settings.name,
          vehicle: sighting.vehicle,
          side: sighting.side,
          light: deps.light === "auto" ? lightAt(localHour(sighting.atMs, settings.zone)) : deps.light,
          clockText: burntClock(cameraMs, settings.zone),
          seed: `${deps.seed}/${settings.name}/${number}`,
          withVehicle: sighting.vehicle.plate === null && settings.family === "deepinview",
        });
        const message = makeMessage(camera, sighting, number, cameraMs, drawn, random);
        last = { sighting, message };
        const row = note(sighting, message, message.pictures, sighting.kind, fault?.kind ?? null);
        if (fault?.kind === "lose") return row;
        if (fault?.kind === "late") {
          const timer = setTimeout(() => {
            held.delete(timer);
            send(message, row, false);
          }, fault.holdMs);
          held.add(timer);
          return row;
        }
        if (fault?.kind === "swap-image") {
          const other = await deps.renderer.render({
            camera: settings.name,
            vehicle: { ...sighting.vehicle, color: sighting.vehicle.color === "red" ? "white" : "red" },
            side: sighting.side,
            light: "day",
            clockText: burntClock(cameraMs, settings.zone),
            seed: `swap/${number}`,
            withVehicle: false,
          });
          send(
            {
              ...message,
              pictures: message.pictures.map(({ type }) => ({ type, jpeg: type === "detectionPicture" ? other.scene : other.crop })),
            },
            row,
            false,
          );
          return row;
        }
        send(message, row, false);
        if (fault?.kind === "double")
          send({ ...message, uuid: newUuid(camera, cameraMs + 1, number + 5_000_000, random), cameraMs: cameraMs + 1 }, null, false);
        return row;
      });
    },
    async fault(kind, holdMs = 20_000) {
      if (kind !== "malformed" && kind !== "duplicate") {
        pending = { kind, holdMs };
        return null;
      }
      if (numbered === 0 || settings.mode === "poll") return null;
      // Numbered before anything is awaited, so that the order of the calls is the order of the numbers.
      const number = ++numbered;
      return inOrder(async () => {
        if (last === null) return null;
        const { sighting } = last;
        const message: PlateMessage =
          kind === "duplicate"
            ? { ...last.message, message: number, postCount: 2, pictures: [] }
            : {
                ...last.message,
                message: number,
                uuid: newUuid(camera, last.message.cameraMs, number, seededRandom(`${deps.seed}/${settings.name}/${number}`)),
                pictures: [],
              };
        const row = note(sighting, message, [], kind, null);
        send(message, row, kind === "malformed");
        return row;
      });
    },
    close() {
      for (const timer of held) clearTimeout(timer);
    },
  };
}

function lightAt(hour: number): Light {
  if (hour >= 7 && hour < 16) return "day";
  return (hour >= 16 && hour < 18) || hour === 6 ? "dusk" : "night";
}

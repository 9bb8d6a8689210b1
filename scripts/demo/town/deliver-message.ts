import type { HikvisionCamera } from "./hikvision-camera.ts";
import type { LedgerRow } from "./ledger.ts";
import { malformedPart, pushRequest, streamParts } from "./multipart-writer.ts";
import { pictureName } from "./plate-list.ts";
import type { PlateMessage } from "./plate-message.ts";

/** Puts a message into the outbox of the camera's mode and notes on the ledger what becomes of it. */
export function deliverMessage(
  camera: HikvisionCamera,
  message: PlateMessage,
  row: LedgerRow | null,
  junk: boolean,
  nowMs: () => number,
): void {
  const onSent = (): void => {
    if (row === null) return;
    row.sends++;
    row.firstSentMs ??= nowMs();
  };
  const onDropped = (): void => {
    if (row !== null) row.dropped = true;
  };
  const done = (): void => {
    if (row !== null) row.delivered = true;
  };
  const { mode, zone } = camera.settings;
  if (mode === "push") {
    const onAnswer = (status: number): void => {
      if (row !== null) row.answered = status;
      if (status === 200) done();
    };
    camera.doors.push.deliver({ body: (again) => pushRequest(camera.device, message, again, junk), junk, onSent, onAnswer, onDropped });
  } else if (mode === "poll") {
    const crop = message.pictures[0]?.jpeg ?? null;
    const onListed = (): void => {
      onSent();
      if (crop === null) done();
    };
    const picName = row?.uuid === message.uuid ? message.uuid : pictureName(message.cameraMs, zone, message.message);
    camera.doors.plates.add({
      picName,
      cameraMs: message.cameraMs,
      plate: message.plate,
      direction: message.direction,
      lane: message.lane,
      crop,
      onListed,
      onPictureFetched: done,
      onDropped,
    });
  } else {
    const sent = (): void => {
      onSent();
      done();
    };
    const bytes = (again: boolean): Buffer => (junk ? malformedPart(camera.device, message) : streamParts(camera.device, message, again));
    camera.doors.stream.deliver({ bytes, replay: !junk, onSent: sent, onDropped });
  }
}

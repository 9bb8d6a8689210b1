import type { Capture } from "../camera.ts";
import type { CameraWorld } from "../camera-world.ts";
import { isJpeg, jpegSize } from "../jpeg-size.ts";
import type { MultipartPart } from "../multipart-splitter.ts";
import { type AlertContext, type AnprAlert, parseAlerts } from "./anpr-alert.ts";
import { createPictureSlots, type PictureSlots } from "./picture-slots.ts";

/** How long a detection waits for its pictures. */
export interface PictureWaits {
  /** From the message to the capture at the latest: an alert must be on the site's page within a second. */
  readonly announcedMs: number;
  /** The same when the message does not say whether pictures follow. */
  readonly unannouncedMs: number;
  /** How long pictures that come after the capture are still taken, as a revision. */
  readonly lateMs: number;
}
export const PICTURE_WAITS: PictureWaits = { announcedMs: 900, unannouncedMs: 300, lateMs: 10_000 };
/** Alerts of one part whose pictures are still open. */
const OPEN_ALERTS_MAX = 16;
const UNKNOWN_BYTES_MAX = 64 * 1024;

/** What a camera sent, for support; counts only. */
export interface MessageCounts {
  detections: number;
  heartbeats: number;
  otherEvents: number;
  otherChannels: number;
  notUnderstood: number;
  picturesDropped: number;
  wrongLengths: number;
}
export function noMessages(): MessageCounts {
  return { detections: 0, heartbeats: 0, otherEvents: 0, otherChannels: 0, notUnderstood: 0, picturesDropped: 0, wrongLengths: 0 };
}

export interface AssemblerOptions {
  readonly context: AlertContext;
  /** Messages of other channels belong to other cameras of the recorder. */
  readonly channel: number;
  readonly waits: PictureWaits;
  readonly world: Pick<CameraWorld, "sleep">;
  readonly counts: MessageCounts;
  readonly emit: (capture: Capture) => void;
  readonly keepUnknown: (bytes: Uint8Array, why: string) => void;
  /** A message of a channel that is not this camera's. */
  readonly otherChannel?: (channel: number) => void;
  /** Gets a picture from the camera; null when it cannot. Null: pictures by address are not fetched. */
  readonly fetchPicture: ((url: string) => Promise<Uint8Array | null>) | null;
  /**
   * What the capture without all its pictures and the later one with them are called. A stream repeats a message without its pictures,
   * so there the early one has the plain name; a push that broke off is repeated whole, so there the complete one has it.
   */
  readonly updates: { readonly early: string | null; readonly late: string | null };
}

export interface AlertAssembler {
  /** One part in the order of arrival. */
  readonly part: (part: MultipartPart) => void;
  /** No part follows: everything open is captured now. */
  readonly end: (bytes: "complete" | "cut") => void;
}

interface OpenAlert {
  readonly alert: AnprAlert;
  readonly slots: PictureSlots;
  readonly timer: AbortController;
  captured: "no" | "early" | "done";
  picturesCaptured: number;
}

/**
 * Joins ANPR messages with the picture parts that follow them. A detection is captured when its pictures are complete, or after a
 * bounded wait with those that are there; later ones make a revision, if the camera named the event so that one can be made.
 */
export function createAlertAssembler(options: AssemblerOptions): AlertAssembler {
  const { counts, updates } = options;
  let open: OpenAlert[] = [];

  const capture = (entry: OpenAlert, vendorUpdate: string | null): void => {
    const pictures = entry.slots.pictures();
    const scene = pictures.find((picture) => picture.role === "full");
    const box = entry.alert.box(scene === undefined ? null : jpegSize(scene.bytes));
    entry.picturesCaptured = pictures.length;
    if (entry.captured === "no") counts.detections += 1;
    // The fast message of a pair has names of its own, or the full one would be taken for a repetition of it.
    const fast = entry.captured === "no" ? "first" : "first with pictures";
    options.emit({ ...entry.alert.reading, vendorUpdate: entry.alert.moreToCome ? fast : vendorUpdate, box, pictures });
  };
  const captureEarly = (entry: OpenAlert): void => {
    if (entry.captured !== "no") return;
    capture(entry, updates.early);
    entry.captured = "early";
  };
  const finish = (entry: OpenAlert, cut: boolean): void => {
    if (entry.captured === "done") return;
    entry.timer.abort();
    const complete = entry.slots.state() !== "waiting";
    const isNew = entry.slots.pictures().length > entry.picturesCaptured;
    if (entry.captured === "no") capture(entry, cut && !complete ? updates.early : null);
    else if (isNew && entry.alert.reading.vendorEventId !== null) capture(entry, updates.late);
    counts.picturesDropped += entry.slots.dropped();
    entry.captured = "done";
    open = open.filter((each) => each !== entry);
  };

  const watch = async (entry: OpenAlert): Promise<void> => {
    const { announcedMs, unannouncedMs, lateMs } = options.waits;
    await options.world.sleep(entry.slots.state() === "open" ? unannouncedMs : announcedMs, entry.timer.signal);
    if (entry.timer.signal.aborted) return;
    captureEarly(entry);
    await options.world.sleep(lateMs, entry.timer.signal);
    if (!entry.timer.signal.aborted) finish(entry, false);
  };
  const begin = (alert: AnprAlert): void => {
    const entry: OpenAlert = { alert, slots: createPictureSlots(alert), timer: new AbortController(), captured: "no", picturesCaptured: 0 };
    for (const info of entry.slots.toFetch) {
      const url = info.source.kind === "url" ? info.source.url : "";
      const fetching = options.fetchPicture?.(url) ?? Promise.resolve(null);
      void fetching.then((bytes) => {
        entry.slots.fetched(info, bytes);
        if (entry.slots.state() === "complete") finish(entry, false);
      });
    }
    if (entry.slots.state() === "complete") return finish(entry, false);
    open.push(entry);
    if (open.length > OPEN_ALERTS_MAX) finish(open[0]!, false);
    if (alert.moreToCome) captureEarly(entry);
    void watch(entry);
  };

  const message = (part: MultipartPart): void => {
    // Pictures follow their message, so whatever is still open when the next message comes gets no more of them.
    const before = open;
    const found = parseAlerts(part.body, options.context);
    for (const entry of before) {
      if (found.some((each) => each.kind === "anpr") || entry.slots.state() === "open") finish(entry, false);
    }
    // Kept once, however many messages are glued in it.
    const broken = found.find((each) => each.kind === "not-understood");
    if (broken !== undefined) keep(part, broken.why);
    for (const each of found) {
      if (each.kind === "heartbeat") counts.heartbeats += 1;
      else if (each.kind === "other-event") counts.otherEvents += 1;
      else if (each.kind === "not-understood") counts.notUnderstood += 1;
      else if (each.channel !== null && each.channel !== options.channel) {
        counts.otherChannels += 1;
        options.otherChannel?.(each.channel);
      } else begin(each);
    }
  };
  const keep = (part: MultipartPart, why: string): void => {
    options.keepUnknown(part.body.subarray(0, UNKNOWN_BYTES_MAX), part.whole ? why : `${why} It was cut short.`);
  };
  const picture = (part: MultipartPart): void => {
    for (const by of ["name", "picture-id", "order"] as const) {
      const taken = open.find((entry) => entry.slots.offer(part, by));
      if (taken === undefined) continue;
      if (taken.slots.state() === "complete") finish(taken, false);
      return;
    }
    counts.picturesDropped += 1;
  };

  return {
    part: (part) => {
      if (part.lengthWrong) counts.wrongLengths += 1;
      // A JPEG cut in the middle is not the picture that its message speaks of.
      if (isPicturePart(part)) picture(part.whole ? part : { ...part, body: new Uint8Array() });
      else if (part.body.length > 0) message(part);
    },
    end: (bytes) => {
      for (const entry of [...open]) finish(entry, bytes === "cut");
    },
  };
}

/** JPEG bytes are a picture whatever the type says; other bytes are one if the head says so. */
function isPicturePart(part: MultipartPart): boolean {
  if (isJpeg(part.body)) return true;
  const { contentType, name, fileName } = part.head;
  return /^image\//i.test(contentType) || [name, fileName].some((each) => /\.(jpe?g|png|bmp)$/i.test(each));
}

import { readFileSync } from "node:fs";
import { HIKVISION_TIMES, type HikvisionTimes } from "./hikvision-times.ts";

export const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

/** The adapter's durations made short. */
export const SHORT_TIMES: HikvisionTimes = {
  ...HIKVISION_TIMES,
  silentMs: 250,
  reconnectMinMs: 20,
  reconnectMaxMs: 60,
  forbiddenBackOffMs: 60_000,
  requestMs: 1000,
  pictureRequestMs: 300,
  pollMs: 20,
  pollPictureMs: 300,
  presenceCheckMs: 30,
  pushBodyMs: 400,
  pictures: { announcedMs: 120, unannouncedMs: 60, lateMs: 1000 },
};

/** JPEG bytes of the given size, with a frame header that says how large the picture is. */
export function jpeg(bytes: number, width = 640, height = 480): Buffer {
  const head = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
  return Buffer.concat([Buffer.from(head), Buffer.alloc(Math.max(0, bytes - head.length - 2), 0x55), Buffer.from([0xff, 0xd9])]);
}

export interface MessageOptions {
  readonly plate?: string;
  readonly uuid?: string | null;
  readonly pictures?: readonly string[];
  readonly picNum?: number | null;
  readonly inside?: string;
  readonly channel?: number;
  readonly time?: string;
}

/** An ANPR message that announces these pictures, each a `type` or a whole `pictureInfo`. */
export function message(options: MessageOptions = {}): Buffer {
  const {
    plate = "AB1234",
    uuid = "event-1",
    pictures = [],
    picNum = pictures.length,
    inside = "",
    channel = 1,
    time = "2026-05-07T17:48:03-05:00",
  } = options;
  const infos = pictures.map((type) =>
    type.startsWith("<") ? type : `<pictureInfo><fileName>${type}.jpg</fileName><type>${type}</type><dataType>0</dataType></pictureInfo>`,
  );
  return Buffer.from(
    `<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
<channelID>${channel}</channelID>
<dateTime>${time}</dateTime>
<eventType>ANPR</eventType>
<ANPR><licensePlate>${plate}</licensePlate><confidenceLevel>90</confidenceLevel><direction>forward</direction>${inside}
${pictures.length === 0 ? "" : `<pictureInfoList>${infos.join("")}</pictureInfoList>`}</ANPR>
${uuid === null ? "" : `<UUID>${uuid}</UUID>`}${picNum === null ? "" : `<picNum>${picNum}</picNum>`}
</EventNotificationAlert>`,
  );
}

/** One part as cameras write it. */
export function part(body: Uint8Array, head: Readonly<Record<string, string>> = {}, boundary = "boundary"): Buffer {
  const type = body[0] === 0xff ? "image/jpeg" : 'application/xml; charset="UTF-8"';
  const lines = Object.entries({ "Content-Type": type, "Content-Length": String(body.length), ...head }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([Buffer.from(`--${boundary}\r\n${lines.join("")}\r\n`), body, Buffer.from("\r\n")]);
}

export function picturePart(name: string, body: Uint8Array, boundary = "boundary"): Buffer {
  return part(body, { "Content-Disposition": `form-data; name="${name}.jpg"; filename="${name}.jpg"` }, boundary);
}

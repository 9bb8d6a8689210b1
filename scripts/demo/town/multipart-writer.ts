/**
 * Messages as bytes: parts of the alert stream, and the body of a push. The families differ as real units do:
 * TCG writes CRLF heads with lengths and Content-ID; DeepinView writes LF heads, no length on the XML, and puts a
 * picture's id where the file name belongs. A push by TCG has a dash-led boundary and no space after the semicolons.
 */
import { anprXml, pictureId } from "./anpr-xml.ts";
import { absTime } from "./local-time.ts";
import type { DeviceIdentity, PlateMessage } from "./plate-message.ts";

export const STREAM_BOUNDARY = "boundary";
const PUSH_BOUNDARY_TCG = "---------------------------7e13971310878";

/** One heartbeat part. */
export function heartbeatPart(xml: string): Buffer {
  return part(
    STREAM_BOUNDARY,
    ['Content-Type: application/xml; charset="UTF-8"', `Content-Length: ${Buffer.byteLength(xml)}`],
    Buffer.from(xml),
    "\r\n",
  );
}

/** The parts of one message on the alert stream: the XML, then its pictures. */
export function streamParts(device: DeviceIdentity, message: PlateMessage, again: boolean): Buffer {
  const xml = Buffer.from(anprXml(device, message, again));
  const named = 'Content-Disposition: form-data; name="anpr.xml"; filename="anpr.xml"';
  if (device.family === "tcg") {
    const head = part(
      STREAM_BOUNDARY,
      [named, 'Content-Type: application/xml; charset="UTF-8"', `Content-Length: ${xml.length}`],
      xml,
      "\r\n",
    );
    // On the stream the plate comes before the scene, whatever the order of pictureInfoList.
    const pictures = [...message.pictures].reverse().map(({ type, jpeg }) => {
      const lines = [
        `Content-Disposition: form-data; name="${type}.jpg"; filename="${type}.jpg"`,
        "Content-Type: image/jpeg",
        `Content-Length: ${jpeg.length}`,
        `Content-ID: ${type}`,
      ];
      return part(STREAM_BOUNDARY, lines, jpeg, "\r\n");
    });
    return Buffer.concat([head, ...pictures]);
  }
  const head = part(STREAM_BOUNDARY, [named, "Content-Type: text/xml"], xml, "\n");
  return Buffer.concat([
    head,
    ...message.pictures.map(({ type, jpeg }, i) =>
      part(STREAM_BOUNDARY, pictureLines(device, message, type, i, "image/pjpeg", jpeg), jpeg, "\r\n"),
    ),
  ]);
}

/** A part cut off in the middle of its XML under a length that promises more: what a camera low on memory sends. */
export function malformedPart(device: DeviceIdentity, message: PlateMessage): Buffer {
  const xml = Buffer.from(anprXml(device, message, false)).subarray(0, 640);
  return part(STREAM_BOUNDARY, ['Content-Type: application/xml; charset="UTF-8"', `Content-Length: ${xml.length + 753}`], xml, "\r\n");
}

export interface PushRequest {
  readonly contentType: string;
  readonly body: Buffer;
}

/** A whole push body with its closing delimiter. */
export function pushRequest(device: DeviceIdentity, message: PlateMessage, again: boolean, cutShort = false): PushRequest {
  const whole = Buffer.from(anprXml(device, message, again));
  const xml = cutShort ? whole.subarray(0, 640) : whole;
  const boundary = device.family === "tcg" ? PUSH_BOUNDARY_TCG : STREAM_BOUNDARY;
  const xmlLines =
    device.family === "tcg"
      ? [
          'Content-Disposition: form-data; name="anpr.xml";filename="anpr.xml"',
          'Content-Type: application/xml; charset="UTF-8"',
          `Content-Length: ${whole.length}`,
        ]
      : [
          'Content-Disposition: form-data; name="anpr.xml"; filename="anpr.xml"',
          "Content-Type: text/xml",
          `Content-Length: ${whole.length}`,
        ];
  const pictures = message.pictures.map(({ type, jpeg }, i) => {
    const lines =
      device.family === "tcg"
        ? [
            `Content-Disposition: form-data;name="${type}.jpg";filename="${type}.jpg"`,
            "Content-Type: image/jpeg",
            `Content-Length: ${jpeg.length}`,
          ]
        : pictureLines(device, message, type, i, "image/jpeg", jpeg);
    return part(boundary, lines, jpeg, "\r\n");
  });
  const body = Buffer.concat([part(boundary, xmlLines, xml, "\r\n"), ...pictures, Buffer.from(`--${boundary}--\r\n`)]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

function pictureLines(device: DeviceIdentity, message: PlateMessage, type: string, index: number, mime: string, jpeg: Buffer): string[] {
  const id = pictureId(absTime(message.cameraMs, device.zone), message.message, index);
  return [
    `Content-Disposition: form-data; name="${type}.jpg"; filename="${id}"`,
    `Content-Type: ${mime}`,
    `Content-Length: ${jpeg.length}`,
  ];
}

function part(boundary: string, lines: readonly string[], body: Buffer, lineEnd: "\r\n" | "\n"): Buffer {
  return Buffer.concat([Buffer.from(`--${boundary}${lineEnd}${lines.join(lineEnd)}${lineEnd}${lineEnd}`), body, Buffer.from("\r\n")]);
}

/** No ANPR camera has more; a header that says 65,535 x 65,535 is a bomb for whoever decodes it. */
export const JPEG_PIXELS_MAX = 64_000_000;

export interface JpegSize {
  readonly width: number;
  readonly height: number;
}

/** Begins as a JPEG does, whatever its content type said. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Width and height out of the frame header, without decoding; null when there is none. Walks segment lengths, so it is short work. */
export function jpegSize(bytes: Uint8Array): JpegSize | null {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: (bytes[at + 5]! << 8) | bytes[at + 6]!, width: (bytes[at + 7]! << 8) | bytes[at + 8]! };
    if (marker === 0xda || marker === 0xd9) return null;
    const standsAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += standsAlone ? 2 : 2 + Math.max(2, (bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  return null;
}

/** A picture worth storing: JPEG bytes whose header, if it can be read, does not claim an absurd size. */
export function isStorableJpeg(bytes: Uint8Array): boolean {
  if (!isJpeg(bytes)) return false;
  const size = jpegSize(bytes);
  return size === null || size.width * size.height <= JPEG_PIXELS_MAX;
}

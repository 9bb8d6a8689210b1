/** A JPEG in base64 always begins so. */
const JPEG_BASE64 = "/9j/";
const PICTURES_MAX = 8;
/** Places that look like a beginning; more is no message but an attempt to keep us busy. */
const CANDIDATES_MAX = 1000;
/** White space and data-URI head between the tag and the picture. */
const LEAD_MAX = 64;
const MARK = /^picture\u2063(\d+)$/;

export interface LiftedText {
  /** The message with each picture replaced by a mark. */
  readonly text: string;
  readonly pictures: readonly Uint8Array[];
}

/**
 * Takes base64 pictures out of a message before it is parsed: they are far longer than the XML limit, and the elements that hold them
 * differ by firmware. A picture is element text that begins as a JPEG does, with or without `data:image/jpeg;base64,`.
 */
export function liftPictures(text: string): LiftedText {
  const pictures: Uint8Array[] = [];
  const pieces: string[] = [];
  let kept = 0;
  let candidates = 0;
  for (
    let at = text.indexOf(JPEG_BASE64);
    at !== -1 && pictures.length < PICTURES_MAX && candidates < CANDIDATES_MAX;
    at = text.indexOf(JPEG_BASE64, at + 1)
  ) {
    candidates += 1;
    const before = text.slice(Math.max(kept, at - LEAD_MAX), at);
    const lead = /(?:^|>)\s*(?:data:image\/p?jpe?g;base64,)?$/.exec(before);
    if (lead === null || !lead[0].startsWith(">")) continue;
    const close = text.indexOf("<", at);
    if (close === -1) break;
    const open = at - lead[0].length;
    pieces.push(text.slice(kept, open + 1), `picture\u2063${pictures.length}`);
    pictures.push(Buffer.from(text.slice(at, close), "base64"));
    kept = close;
    at = close;
  }
  return pictures.length === 0 ? { text, pictures } : { text: pieces.join("") + text.slice(kept), pictures };
}

/** Index of the picture that this element text stands for, or null. */
export function pictureMark(text: string): number | null {
  const found = MARK.exec(text);
  return found === null ? null : Number(found[1]);
}

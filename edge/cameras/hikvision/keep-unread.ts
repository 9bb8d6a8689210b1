import type { HikvisionDeps } from "./hikvision-deps.ts";

/** One now and then is noise on the line; so many with no detection between them are a camera that speaks another language. */
const UNREAD_IN_ROW = 3;

/** Keeps for support what nobody understood, and says so at the camera when it sends nothing else. */
export function keepUnread({ port, health, unread }: HikvisionDeps, bytes: Uint8Array, why: string): void {
  unread.inRow += 1;
  if (why.includes("JSON")) health.remark("format", why);
  else if (unread.inRow === UNREAD_IN_ROW) {
    health.remark(
      "format",
      "The camera sends messages that this edge does not understand; the newest are kept in data/unknown for support.",
    );
  }
  port.keepUnknown(bytes, why);
}

/** A message was understood: what was said about the others is over. */
export function noteUnderstood({ health, unread }: HikvisionDeps): void {
  unread.inRow = 0;
  health.remark("format", null);
}

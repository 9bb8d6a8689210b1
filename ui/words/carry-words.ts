/** Words for records that go by stick instead of by line. */
import type { BundleProgress, BundleWaitingAnswer } from "../../shared/api/site-api.ts";
import { bytesWords, countWords } from "./site-words.ts";

export const CARRY = {
  tab: "Stick",
  title: "Carry by stick",
  text: "No line to central? Save what waits into one file, and bring it there on a stick or on this phone. Only central can open it.",
  awaited: "Asking the Pi what waits…",
  waits: "Waiting here",
  pictures: "Pictures to take along",
  all: "All",
  alerts: "Of alerts",
  none: "None",
  save: "Save the file",
  making: "Making the file. It is done when your browser has saved it; you can leave this page open or look at others.",
  progress: "Progress of the file",
  lastWhole: "Last file",
  full: "The file was full. After central's receipt for it was brought back, save the rest.",
  broken: "The last file was not saved to its end. Save it again.",
  missing: (n: number) =>
    `${countWords(n)} ${n === 1 ? "picture" : "pictures"} could not be read here and ${n === 1 ? "was" : "were"} left out.`,
  nothingTitle: "Nothing to carry",
  cannotTitle: "Not possible yet",
  answerTitle: "Bring central's answer back",
  answerText:
    "Central answers each file, and makes one whenever somebody there asks for it (.alprdown): watchlists, what is asked of this site, and what arrived. Choose it here. The small receipt (.alprreceipt) alone is taken too.",
  answerChoose: "Choose central's file",
  answerReading: "Reading the file…",
  answerPutting: "Everything is here; it is being put in force…",
  answerSent: (sent: string, of: string) => `${sent} of ${of}`,
  answerProgress: "Progress of central's file",
  answerBroken: "The line to this site's computer broke. Choose the same file again; nothing is done twice.",
  neighboursTitle: "Carried by neighbours",
  neighboursText: "Sites on one network bring each other's records to central while one of them has no line. Nobody needs to do anything.",
} as const;

/** "214 records and 430 pictures". */
export function countedWords(records: number, images: number): string {
  const parts = [
    `${countWords(records)} ${records === 1 ? "record" : "records"}`,
    `${countWords(images)} ${images === 1 ? "picture" : "pictures"}`,
  ];
  return parts.join(" and ");
}

/** Records shrink in the file to about this part of what they take here. */
const RECORDS_PACKED = 0.35;

/** How large the file will be with these pictures, bytes; an estimate. */
export function fileBytes(waiting: BundleWaitingAnswer, images: CarryImages): number {
  const pictures = { all: waiting.images.bytes, alerts: waiting.alert_images.bytes, none: 0 }[images];
  return Math.round(waiting.record_bytes * RECORDS_PACKED) + pictures;
}
export type CarryImages = "all" | "alerts" | "none";

/** "about 1.2 GB". */
export const aboutWords = (bytes: number): string => `about ${bytesWords(Math.max(1_000, bytes))}`;

/** "180 of 214 records, 12 of 430 pictures, 8 MB". */
export function progressWords(now: BundleProgress): string {
  const of = (done: number, total: number) => `${countWords(done)} of ${countWords(Math.max(done, total))}`;
  return `${of(now.records, now.records_total)} records, ${of(now.images, now.images_total)} pictures, ${bytesWords(now.bytes)}`;
}

/** How far the file is, 0 to 1: pictures are nearly all of its bytes. */
export function progressPart(now: BundleProgress): number {
  const part = (done: number, total: number) => (total === 0 ? 1 : Math.min(1, done / total));
  const ofRecords = part(now.records, now.records_total);
  return now.images_total === 0 ? ofRecords : 0.1 * ofRecords + 0.9 * part(now.images, now.images_total);
}

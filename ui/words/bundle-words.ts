/** Words for the files that sites send by stick, as the dashboard takes them in. */
import type { BundleImportAnswer } from "../../shared/api/central-api.ts";
import { countWords } from "./site-words.ts";

export const BUNDLES = {
  title: "Files by stick",
  text: "A site without a line saves its records into a file (.alprbundle). Bring it in here and take the answer back to the site.",
  choose: "Bring in a file by stick",
  waiting: "Waits for the file before it",
  sent: (sent: string, of: string) => `${sent} of ${of}`,
  merging: "Everything is here; the last of it is being stored…",
  cancel: "Stop",
  remove: "Remove from this list",
  answer: "Save the answer",
  answerHint: "The receipt, the site's watchlists and what waits for it, sealed for the site",
  answerMaking: "Making the answer…",
  receipt: "Save the receipt",
  receiptHint: "The receipt alone, for a site of an older release",
  broken: "The line broke. What had arrived is stored; bring the same file in again, nothing is doubled.",
  stopped: "Stopped. What had arrived is stored; bring the same file in again for the rest.",
  progress: (name: string) => `Upload of ${name}`,
  refused: "Refused",
} as const;

/** What goes down to one site without a line. */
export const STICK = {
  title: "By stick",
  text: "This site without a line takes its watchlists, what was asked of it and the receipt from a file. Save it, carry it there, and choose it on the site's page under Stick. Only the site's own device can open it.",
  make: "Make a file for the stick",
  making: "Making the file…",
  saved: "Saved",
  refused: "Not made",
} as const;

export type BundleTone = "healthy" | "attention" | "critical" | "";

/** One word for what became of a file, and how it is meant. */
export function bundleTag(answer: BundleImportAnswer): readonly [words: string, tone: BundleTone] {
  if (!answer.whole || answer.logs.some((log) => log.trouble !== null)) return ["Taken in part", "attention"];
  return answer.records === 0 && answer.images === 0 ? ["Nothing new", ""] : ["Taken in", "healthy"];
}

/** Records of the file that central had before. */
export const knownRecords = (answer: BundleImportAnswer): number =>
  answer.logs.reduce((sum, log) => sum + Math.max(0, Math.min(log.before, log.to) - log.from), 0);

/** "Main & Maple: 214 new records, 12 were here already". */
export function bundleSummary(site: string, answer: BundleImportAnswer): string {
  const known = knownRecords(answer);
  const fresh = `${countWords(answer.records)} new ${answer.records === 1 ? "record" : "records"}`;
  return `${site}: ${fresh}${known === 0 ? "" : `, ${countWords(known)} ${known === 1 ? "was" : "were"} here already`}`;
}

/** The receipt's file beside the bundle's name. */
export const receiptName = (file: string): string => `${file.replace(/\.alprbundle$/i, "")}.alprreceipt`;

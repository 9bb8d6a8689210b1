/** What people at the site are told of central's file. */
import type { BundleRefusal } from "../../shared/bundle/read-sealed.ts";
import { receiptWords } from "./take-receipt.ts";

const AGAIN = "Copy it from the stick again, or let central make a new one.";
export const DOWN_REFUSED = {
  "not-a-bundle": "This is not a file of central's for a site. Choose the .alprdown file (or the .alprreceipt file).",
  "not-for-us":
    "This file was sealed for another site, or for this one before its device was set up anew, or its beginning is damaged. Nothing was changed.",
  damaged: `This file is damaged at its beginning. ${AGAIN} Nothing was changed.`,
  truncated: `This file ends before it says what it is. ${AGAIN} Nothing was changed.`,
  "bytes-after-end": `This file is damaged: something was added to it. ${AGAIN}`,
  malformed: "This file was not made as central makes one. Nothing was changed.",
  "too-large": "This file is larger than any that central makes. Nothing was changed.",
  "not-pinned":
    "This site does not know central's keys, so it cannot tell whose file this is. Run edge -- init with --central-key, or let the site reach central once.",
  "another-central": "This file is another central's. Nothing was changed.",
  "not-signed": "This file is not signed by central. Nothing was changed.",
  "another-site": "This file is for another site. Nothing was changed.",
  older: "This file is older than what this site has from central already. Nothing was changed. Let central make a new one.",
  busy: "Another file of central's is being taken. Wait for it to end.",
} as const satisfies Record<BundleRefusal, string> & Record<string, string>;

export type DownRefused = keyof typeof DOWN_REFUSED;

const CUT: Partial<Record<BundleRefusal, string>> = {
  damaged: `The file is damaged from some point on. What came before it is in force. ${AGAIN}`,
  truncated: `The file ends too early. What came before is in force. ${AGAIN}`,
  "bytes-after-end": "Something was added after the file's end; all of the file itself was taken.",
};

export interface DownCounts {
  /** Lists that this file brought forward, those that stood so already, and those that it could not be put on. */
  updated: number;
  known: number;
  stuck: number;
  withdrawn: number;
  commands: number;
  expired: number;
  records: number;
  images: number;
  strange: number;
}

/** One or more sentences; `madeMs`: by central's clock. */
export function downWords(madeMs: number, counts: DownCounts, cut: BundleRefusal | null): string {
  const { updated, known, stuck, withdrawn, commands, expired, records, images, strange } = counts;
  const isNothing = updated + withdrawn + commands + records + images === 0;
  return [
    `Central's file of ${new Date(Math.min(madeMs, MADE_MAX_MS)).toISOString().slice(0, 16).replace("T", " ")} UTC.`,
    ...(cut === null ? [] : [CUT[cut] ?? `From some point on the file is not what central makes. What came before is in force. ${AGAIN}`]),
    ...(isNothing && cut === null && stuck === 0 ? ["Nothing new: this site had all of it."] : []),
    ...(updated > 0 ? [`${counted(updated, "watchlist")} brought up to date${known > 0 ? `, ${known} stood so already` : ""}.`] : []),
    ...(withdrawn > 0 ? [`${counted(withdrawn, "watchlist")} taken off this site.`] : []),
    ...(stuck > 0
      ? [`${counted(stuck, "watchlist")} could not be brought up to date by this file: let central make one with whole lists.`]
      : []),
    ...(commands > 0 ? [`${counted(commands, "command")} of central's handed over; what comes of it goes up with the next file.`] : []),
    ...(expired > 0 ? [`${counted(expired, "command")} had expired and ${expired === 1 ? "was" : "were"} not carried out.`] : []),
    ...(records + images + strange > 0 ? [receiptWords(records, images, strange)] : []),
  ].join(" ");
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
/** A clock of the year 300,000 must not cost the answer. */
const MADE_MAX_MS = Date.UTC(2100, 0, 1);

/** What became of a bundle, for people: what happened, and what to do. No plates, no digests. */
import type { LogClass } from "../../shared/log/record.ts";
import type { LogTrouble } from "./carried-append.ts";
import type { Imported, ImportOutcome } from "./import-bundle.ts";

type Refused = Extract<Imported, { kind: "refused" }>["why"];

const REFUSED: Readonly<Record<Refused, string>> = {
  "not-a-bundle":
    "This is not a bundle of a site (or not all of its first bytes are there). Choose the .alprbundle file that the site made.",
  "not-for-us":
    "This bundle was sealed for another central, or its beginning is damaged. Only the central that the site knows can open it.",
  damaged: "This bundle is damaged at its beginning. Copy it from the stick again, or let the site make a new one.",
  truncated: "This bundle ends before it says whose it is. Copy it from the stick again, or let the site make a new one.",
  "bytes-after-end": "This bundle is damaged: something was added to it. Let the site make a new one.",
  malformed: "This bundle was not made as a site makes one. Nothing of it was taken.",
  "too-large": "This file is larger than any bundle.",
  stranger: "This bundle is of a site that this central does not know, or whose API keys were all revoked. Nothing of it was taken.",
  "not-signed": "This bundle is not signed with an API key of its site that is still valid. Nothing of it was taken.",
};

export const refusedWords = (why: Refused): string => REFUSED[why];

const CUT: Readonly<Record<Exclude<ImportOutcome["cut"], null>, string>> = {
  ...REFUSED,
  damaged: "The file is damaged from some point on. What came before it is here; let the site make a new bundle for the rest.",
  truncated: "The file ends too early. What came before is here; copy it from the stick again, or let the site make a new one.",
  "bytes-after-end": "Something was added after the bundle's end; all of the bundle itself is here.",
  malformed: "From some point on the file is not what a site makes. What came before is here.",
  "too-large": "The file is larger than any bundle. What came before is here.",
  busy: "The database went away in the middle. What came before is here; import the same file again, nothing is doubled.",
};

const TROUBLE: Readonly<Record<LogTrouble, string>> = {
  "earlier-missing":
    "begin behind what central has: an earlier bundle is missing. Nothing of them was stored; import that one first, then this one again",
  "not-proved": "do not fit to what central has, or are not what the site's key signed. They were not stored",
  closed: "belong to a log that the site has left; it sends them again in a new one",
  foreign: "belong to another collector. They were not stored",
};

const NAMES: Readonly<Record<LogClass, string>> = { urgent: "alerts and edits", detections: "detections" };

/** One sentence each; the first says whether all is well. */
export function outcomeWords({ cut, logs, images, manifest }: ImportOutcome): string[] {
  const fresh = logs.reduce((sum, log) => sum + log.next - log.before, 0);
  const carried = logs.reduce((sum, log) => sum + log.to - log.from, 0);
  const isWell = cut === null && logs.every((log) => log.trouble === null);
  return [
    fresh === 0 && isWell
      ? `Nothing new: central had the ${carried} records of this bundle already.`
      : `${fresh} new records of the ${carried} in this bundle, made ${new Date(Math.min(manifest.madeMs, MADE_MAX_MS)).toISOString()}.`,
    ...(cut === null ? [] : [CUT[cut]]),
    ...logs.flatMap((log) => (log.trouble === null ? [] : [`The ${NAMES[log.class]} (${log.from} to ${log.to}) ${TROUBLE[log.trouble]}.`])),
    ...imageWords(images),
    "The receipt goes back to the site: only with it does the site know what arrived.",
  ];
}

/** A clock of 1970 or of the year 300,000 must not cost the answer. */
const MADE_MAX_MS = Date.UTC(2100, 0, 1);

function imageWords({ stored, known, notExpected, failed }: ImportOutcome["images"]): string[] {
  if (stored + known + notExpected + failed === 0) return [];
  return [
    `${stored} new pictures${known > 0 ? `, ${known} were here` : ""}.`,
    ...(notExpected > 0 ? [`${notExpected} pictures are named by no record that central has; they were left out.`] : []),
    ...(failed > 0 ? [`${failed} pictures did not arrive whole; the site brings them again.`] : []),
  ];
}

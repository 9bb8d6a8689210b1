/** The words of alerts and of the work on them. */
import type { AlertState, AlertVerb } from "../../shared/model/alert.ts";

export const STATE_WORDS: Readonly<Record<AlertState, string>> = {
  new: "New",
  acknowledged: "Acknowledged",
  verified: "Verified",
  escalated: "Escalated",
  dismissed: "Dismissed",
};
export const STATE_TONE: Readonly<Record<AlertState, string>> = {
  new: "attention",
  acknowledged: "",
  verified: "healthy",
  escalated: "healthy",
  dismissed: "",
};
export const DONE_WORDS: Readonly<Record<AlertVerb, string>> = {
  acknowledge: "acknowledged",
  verify: "verified: it is that plate",
  escalate: "escalated",
  dismiss: "dismissed",
  note: "noted",
};
export const OUTCOMES: readonly (readonly [string, string])[] = [
  ["not-them", "Another car"],
  ["misread", "The camera misread the plate"],
  ["duplicate", "Already handled"],
  ["other", "Another reason"],
];
export const HOW_OPTIONS: readonly (readonly [string, string])[] = [
  ["call", "By phone"],
  ["message", "By message"],
  ["in-person", "In person"],
];

export const ALERTS = {
  title: "Alerts",
  open: "Open",
  all: "All",
  emptyTitle: "No alerts here",
  emptyText: "When a watched plate passes a camera, it appears here within a second of its arrival.",
  pick: "Choose an alert to see its pictures and why it matched.",
  acknowledge: "Acknowledge",
  verify: "Verify",
  escalate: "Escalate",
  dismiss: "Dismiss",
  note: "Add note",
  openPictureFirst: "Open the picture and compare it with the plate before you escalate.",
  verifyFirst: "Verify the plate against the picture before you escalate.",
  closed: "This alert is closed.",
  already: "Already done.",
  compareTitle: "Compare the picture with the plate",
  compareText: (plate: string, marked: boolean) =>
    `Does the picture show ${plate}? Look at ${marked ? "every marked character" : "each character"}.`,
  compareNone: "There is no picture here to compare. Verify only if you saw the car yourself.",
  yes: (plate: string) => `Yes, it is ${plate}`,
  whyMatched: "Why it matched",
  reason: "Reason",
  list: "List",
  owner: "Owner",
  expires: "Entry expires",
  expired: "Entry expired",
  foundBy: "Found by",
  work: "Work done",
  noWork: "Nobody has worked on this yet.",
  earlierLink: "Search earlier detections of this plate",
  detectionMissing: "The alert arrived before its detection. The picture follows.",
  late: "Late: it reached us more than 15 minutes after the car passed",
  escalateTo: "To whom",
  how: "How",
  reference: "Their reference",
  escalateTitle: "Escalate",
  escalateText: "Hand this to a named coordinator or to police. It is written into the record.",
  dismissTitle: "Why is this dismissed?",
  never: (plate: string) => `Never again alert on ${plate} for this entry`,
  neverDone: (plate: string) => `${plate} will not alert for this entry again.`,
  noteTitle: "Add a note",
  noteText: "What others should know",
  done: (verb: AlertVerb) => `Alert ${DONE_WORDS[verb]}.`,
  edge: "the site",
  central: "central",
} as const;

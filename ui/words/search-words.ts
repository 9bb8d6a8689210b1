import type { SearchMatch } from "../../shared/api/central-api.ts";

export const MATCH_OPTIONS: readonly (readonly [SearchMatch, string])[] = [
  ["exact", "Exact"],
  ["confusable", "Look-alikes"],
  ["wildcard", "Pattern"],
  ["fuzzy", "Similar"],
];
export const MATCH_HINT: Readonly<Record<SearchMatch, string>> = {
  exact: "Only this plate, character for character.",
  confusable: "This plate, and readings that confuse look-alike characters: 8 and B, 0 and O, 1 and I.",
  wildcard: "? stands for one character, * for any number of them.",
  fuzzy: "Plates that resemble this one in any way. Good for a half-remembered plate.",
};
export const REASON_WORDS: Readonly<Record<string, string>> = {
  "alert-follow-up": "Following up an alert",
  incident: "An incident",
  "police-request": "Police asked",
  "resident-report": "A resident reported it",
  "system-test": "Testing the system",
  other: "Another reason",
};

export const SEARCH = {
  title: "Search",
  plate: "Plate",
  plateExample: "ABC123",
  match: "How closely",
  reason: "Why you look this up",
  chooseReason: "Choose a reason",
  reasonNote: "Every look-up is recorded with its reason.",
  caseNumber: "Case number",
  optional: "if there is one",
  from: "From",
  to: "To",
  site: "Site",
  action: "Search",
  startTitle: "Look up a plate",
  startText:
    "Type what you know of it and why you ask. A half-remembered plate works: choose Similar, or ? for a character you did not see.",
  awaited: "Searching…",
  noneTitle: "No detection found",
  noneText: "Try Look-alikes or Similar, or a longer time. See also what was not watched, above.",
  found: (n: number, more: boolean) => `${n}${more ? "+" : ""} ${n === 1 ? "detection" : "detections"}`,
  more: "Show older",
  coverageTitle: "Not everything was watched",
  offline: (camera: string, site: string, length: string) => `${camera} at ${site} was offline ${length} in this period.`,
  behind: (site: string, waiting: number) =>
    `${site} has ${waiting === 1 ? "1 record that has" : `${waiting} records that have`} not arrived yet.`,
  noCameras: "No camera is set up yet, so nothing was watched in this period.",
  fullCoverage: "Every camera was watching in this period.",
  results: "Detections found, newest first",
  reasonMissing: "Choose why you look this up.",
} as const;

export const PLATE = {
  noPlateTitle: "Which plate?",
  noPlateText: "Search for one, or open it from the feed.",
  whyTitle: "Why do you look up this plate?",
  awaited: "Collecting what is known of this plate…",
  seen: (n: number) => (n === 1 ? "Seen once" : `Seen ${n} times`),
  never: "Never seen",
  first: "First",
  last: "Last",
  timeline: "Detections by day",
  timelineHint: "Drag across days to narrow the list. Double-click shows all again.",
  timelineAll: "All days",
  week: "When it passes",
  weekHint: "Day of week by hour, in the site's time.",
  route: "Where, in order",
  lookAlikes: "Look-alike plates that were seen",
  noLookAlikes: "No look-alike plate was seen.",
  detections: "Detections",
  watch: "Watch this plate",
  days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
  inRange: (from: string, to: string) => (from === to ? from : `${from} to ${to}`),
} as const;

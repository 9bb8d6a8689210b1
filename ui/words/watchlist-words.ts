import type { EntryDecisionView } from "../../shared/api/central-api.ts";
import type { WatchlistKind } from "../../shared/model/watchlist.ts";

export const KIND_WORDS: Readonly<Record<WatchlistKind, string>> = {
  personal: "Personal",
  shared: "Shared",
  site: "Site list",
  trusted: "Trusted, never a look-alike alert",
};
export const KIND_OPTIONS: readonly (readonly [WatchlistKind, string])[] = [
  ["shared", "Shared"],
  ["personal", "Personal"],
  ["site", "Site"],
  ["trusted", "Trusted"],
];

export const WATCHLISTS = {
  title: "Watchlists",
  emptyTitle: "No watchlists yet",
  emptyText: "A watchlist names plates to look for, each with a reason and an expiry. Sites get their copy within a minute.",
  awaited: "Waiting for the watchlists…",
  awaitedEntries: "Waiting for the entries…",
  pick: "Choose a list to see its entries.",
  newList: "New list",
  name: "Name",
  kind: "Kind",
  critical: "Critical",
  criticalHint: "Alerts of this list show red and ring louder.",
  differences: "Characters that may be misread",
  differencesHint: "Only look-alikes count: 8 and B, 0 and O, 1 and I.",
  create: "Create list",
  created: (name: string) => `List “${name}” created.`,
  deleteList: "Delete list",
  deleteListText: (name: string, n: number) => `Delete “${name}” with its ${n === 1 ? "1 entry" : `${n} entries`}? Alerts it raised stay.`,
  entries: (n: number) => (n === 1 ? "1 entry" : `${n} entries`),
  addEntry: "Add entry",
  editEntry: "Edit entry",
  noEntriesTitle: "No entries on this list",
  noEntriesText: "Add a plate with a reason and an expiry. Detections of the last 30 days are searched at once.",
  pattern: "Plate or pattern",
  patternHint: "? one character, * any number",
  reason: "Reason",
  expiry: "Expires in",
  vehicle: "Car, if known",
  note: "Note",
  added: (plate: string) => `${plate} is watched from now on.`,
  saved: "Saved.",
  removed: (plate: string) => `${plate} removed from the list.`,
  renew: "Renew 30 days",
  renewed: (plate: string) => `${plate} renewed for 30 days.`,
  remove: "Delete",
  edit: "Edit",
  expired: "expired",
  expiresSoon: "expires soon",
  earlierTitle: (n: number) => (n === 1 ? "Seen once in the last 30 days" : `Seen ${n} times in the last 30 days`),
  earlierNone: "Not seen in the last 30 days.",
  earlierText: "These passed before the entry was added, so no alert was raised.",
  by: (who: string) => `added by ${who}`,
} as const;

export const IMPORT = {
  title: "Import a CSV",
  open: "Import",
  file: "CSV file",
  fileHint: "The first line names the columns: plate, and if you like reason, expires_at, vehicle, note. At most 5,000 rows.",
  rows: (n: number, name: string) => `${n === 1 ? "1 row" : `${n.toLocaleString("en-US")} rows`} in ${name}.`,
  reason: "Why this list is taken in",
  reasonHint: "Recorded with your name. Rows without a reason of their own get this one.",
  expiryHint: "For rows without a date of their own.",
  chooseFirst: "Choose a file first.",
  tooLarge: "That file is too large: at most 900 kB. Split it.",
  busy: "Importing… large lists take a minute.",
  action: "Import",
  added: (n: number) => (n === 1 ? "1 plate was added." : `${n.toLocaleString("en-US")} plates were added.`),
  refused: (n: number) => (n === 1 ? "1 line was not taken:" : `${n.toLocaleString("en-US")} lines were not taken:`),
  line: (n: number) => `line ${n}`,
  more: (n: number) => `and ${n.toLocaleString("en-US")} more`,
  close: "Done",
} as const;

export const DECISIONS = {
  title: "Waiting for your decision",
  text: "Two people meant different things with the same plate while they could not know of each other. Until you decide, the delete stands (on lists that keep: the entry).",
  words: (one: Pick<EntryDecisionView, "kind" | "author">) =>
    one.kind === "conflict"
      ? `${one.author || "Somebody"} changed it while another person took it off the list.`
      : `${one.author || "Somebody"} changed it at a site that was away for long, and everywhere else it was gone by then; or at a site or a device that may not change this list.`,
  keep: "Keep watching it",
  delete: "Leave it off",
  kept: (pattern: string) => `${pattern} is watched again.`,
  deleted: (pattern: string) => `${pattern} stays off the list.`,
} as const;

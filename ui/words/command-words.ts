/** Words for what a site is asked to do, and what became of it. */
import type { CommandView } from "../../shared/api/central-api.ts";

export const COMMANDS = {
  title: "Asked of this site",
  none: "Nothing was asked of this site yet.",
  awaited: "Waiting for what was asked of this site…",
  reportNow: "Report now",
  asked: "The site is asked for a report.",
  editConfig: "Edit configuration",
  configuration: "Configuration",
  by: (who: string) => `by ${who}`,
} as const;

export const CONFIG = {
  title: (site: string) => `Configuration of ${site}`,
  text: "It is checked at the site beside what runs there, and refused as a whole if anything is wrong. What the site's own file says stays stronger. Passwords do not belong here: they lie at the site, and a camera names its own by password_ref.",
  yaml: "Configuration (YAML)",
  awaited: "Waiting for the configuration…",
  reason: "Why",
  reasonHint: "Stands in the audit log",
  send: "Send to the site",
  sending: "Sending…",
  onItsWay: "On its way. The site's answer shows here; you can close this and find it in the list.",
  close: "Close",
} as const;

const KINDS: Readonly<Record<string, string>> = { "report-now": "Report", "set-config": "Configuration" };

/** What was asked, in a word or two. A kind of a later release shows its own name. */
export function commandTitle({ kind, revision }: Pick<CommandView, "kind" | "revision">): string {
  const name = KINDS[kind] ?? kind;
  return revision === null ? name : `${name}, revision ${revision}`;
}

/** State in plain words, and how much it asks for attention. */
export const COMMAND_STATE: Readonly<Record<CommandView["state"], readonly [words: string, tone: string]>> = {
  waiting: ["Waiting", ""],
  sent: ["Sent", ""],
  done: ["Done", "healthy"],
  refused: ["Refused", "attention"],
  expired: ["Expired", ""],
  unanswered: ["No answer", "attention"],
  replaced: ["Replaced", ""],
  unknown: ["Interrupted", "attention"],
  "rolled-back": ["Taken back", "attention"],
};

/** The line that a refusal names; undefined when it names none. */
export function refusedLine(words: string): number | undefined {
  const found = /\bline (\d{1,6})\b/i.exec(words)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** "revision 7 in force", or what is wanted and what runs; undefined when central never sent one. */
export function configWords(wanted: number | null, running: number | null): string | undefined {
  if (wanted === null) return undefined;
  if (running === wanted) return `Revision ${wanted} in force`;
  return `Revision ${wanted} wanted, ${running === null || running === 0 ? "the site's own" : `revision ${running}`} in force`;
}

/** What was asked of a site, in every state that a person meets. */
import type { CommandView } from "../../shared/api/central-api.ts";

const MINUTE_MS = 60_000;

export const SAMPLE_CONFIG = `# Both gates; the passwords lie at the site.
site:
  name: Orchard School
  time_zone: America/New_York
cameras:
  - id: 01999999-0000-7000-8000-0000000000c1
    name: Orchard Road
    adapter: hikvision
    mode: stream
    url: http://192.0.2.10
    username: viewer
    password_ref: orchard-road
`;

const SAMPLES: readonly (Pick<CommandView, "kind" | "state" | "words" | "reason"> & {
  readonly revision?: number;
  readonly minutesAgo: number;
})[] = [
  {
    kind: "set-config",
    revision: 4,
    state: "sent",
    words: "Sent. The site's answer has not come yet.",
    reason: "camera moved to the new pole",
    minutesAgo: 1,
  },
  {
    kind: "report-now",
    state: "done",
    words: "1 of 2 cameras watch. 3 records wait for central. 82.0 GB free. The time comes from central.",
    reason: "asked for",
    minutesAgo: 12,
  },
  {
    kind: "set-config",
    revision: 3,
    state: "refused",
    words: "config/central.yaml, line 8: cameras[0].adapter must be one of hikvision, unifi, dahua, axis. Nothing was changed.",
    reason: "second camera",
    minutesAgo: 47,
  },
  {
    kind: "set-config",
    revision: 2,
    state: "rolled-back",
    words: "Revision 2 was in force, and central was not reached for 10 minutes. The configuration before it is in force again.",
    reason: "other port for the page",
    minutesAgo: 1_500,
  },
];

export function sampleCommands(nowMs: number, idOf: (name: string) => string): CommandView[] {
  const at = (minutesAgo: number): string => new Date(nowMs - minutesAgo * MINUTE_MS).toISOString();
  return SAMPLES.map(({ minutesAgo, revision = null, ...one }) => ({
    ...one,
    id: idOf(`command ${minutesAgo}`),
    revision,
    made_by: "Dina Katz",
    made_at: at(minutesAgo),
    not_before: null,
    expires_at: at(minutesAgo - 10_080),
    sent_at: at(minutesAgo),
    result_at: one.state === "sent" ? null : at(minutesAgo - 1),
    report: null,
  }));
}

import type { CommandView, ConfigAnswer } from "../../shared/api/central-api.ts";
import { decodeSetConfig } from "../../shared/protocol/command-args.ts";
import type { CommandRow, ConfigStanding } from "./command-rows.ts";

/** A command as pages show it: its state in one word and one plain sentence. */
export function commandView(row: CommandRow, nowMs: number): CommandView {
  const { state, words } = stateOf(row, nowMs);
  return {
    id: row.id,
    kind: row.kind,
    revision: row.revision,
    reason: row.reason,
    made_by: row.made_by,
    made_at: row.made_at.toISOString(),
    not_before: row.not_before.getTime() === 0 ? null : row.not_before.toISOString(),
    expires_at: row.expires_at.toISOString(),
    sent_at: row.sent_at?.toISOString() ?? null,
    result_at: row.result_at?.toISOString() ?? null,
    state,
    words,
    report: row.kind === "report-now" ? reportOf(row.detail) : null,
  };
}

function stateOf(row: CommandRow, nowMs: number): { readonly state: CommandView["state"]; readonly words: string } {
  if (row.outcome !== null) return { state: row.outcome as CommandView["state"], words: row.words ?? "" };
  const wasSent = row.sent_at !== null;
  if (row.expires_at.getTime() <= nowMs) {
    const words = wasSent
      ? "It was sent, and no answer came. The site may have carried it out."
      : "It expired before the site could be reached.";
    return { state: wasSent ? "unanswered" : "expired", words };
  }
  if (row.revision !== null && row.wanted_revision !== null && row.revision < row.wanted_revision) {
    return { state: "replaced", words: "A newer configuration took its place." };
  }
  if (wasSent) return { state: "sent", words: "Sent. The site's answer has not come yet." };
  if (row.not_before.getTime() > nowMs) return { state: "waiting", words: "It is sent when its time has come." };
  return { state: "waiting", words: "It is sent as soon as the site connects." };
}

/** What a site reported of itself: JSON of the edge's own making, held to being an object. */
function reportOf(detail: Uint8Array | null): Record<string, unknown> | null {
  if (detail === null) return null;
  try {
    const report: unknown = JSON.parse(Buffer.from(detail).toString("utf8"));
    return typeof report === "object" && report !== null && !Array.isArray(report) ? (report as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

export function configView({ wanted, running, args }: ConfigStanding): ConfigAnswer {
  return { wanted_revision: wanted, running_revision: running, yaml: args === null ? "" : (decodeSetConfig(args)?.yaml ?? "") };
}

import type { SiteStatus } from "../../../shared/api/site-api.ts";

type Notice = SiteStatus["notices"][number];

/** A phone's screen belongs to alerts and detections: so many notices stand open, an alarm always does. */
const OPEN_MAX = 2;
const WEIGHT: Readonly<Record<Notice["level"], number>> = { alarm: 0, warning: 1, info: 2 };

export interface ArrangedNotices {
  readonly open: readonly Notice[];
  /** Behind one tap: what happened and asks for nothing, and warnings for which there is no room. */
  readonly folded: readonly Notice[];
}

/** Alarms first, then warnings, then what is for information, each the newest first; nothing is left out. */
export function arrangeNotices(notices: readonly Notice[]): ArrangedNotices {
  const sorted = [...notices].sort((a, b) => WEIGHT[a.level] - WEIGHT[b.level] || Date.parse(b.at) - Date.parse(a.at));
  const alarms = sorted.filter((one) => one.level === "alarm").length;
  const warnings = sorted.filter((one) => one.level === "warning").length;
  const open = alarms + Math.min(warnings, Math.max(0, OPEN_MAX - alarms));
  return { open: sorted.slice(0, open), folded: sorted.slice(open) };
}

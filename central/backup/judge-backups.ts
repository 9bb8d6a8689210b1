import type { BackupsAnswer } from "../../shared/api/central-api.ts";

/** Room on one site's edge, and how fast it fills. */
export interface EdgeRoom {
  readonly site: string;
  readonly freeBytes: number;
  /** Of records and pictures, over the last day. */
  readonly bytesPerDay: number;
}

export interface KnownBackup {
  readonly madeMs: number;
}

const DAY_MS = 86_400_000;
/** Edges keep a week anyway; a second newest backup of within it keeps their disks as small as they can be. */
const FRESH_MS = 7 * DAY_MS;
/** The disk ladder begins to give things up here (edge/disk, `very_low_mb`). */
const LADDER_BYTES = 256 * 1024 * 1024;
const URGENT_DAYS = 3;

/**
 * Whether central's backups hold what the edges hold, and if not, how long the edges can go on keeping it: free room above the ladder by
 * what a day adds, at the site where it ends first. Null days: no edge has told yet, or nothing was recorded in a day.
 */
export function judgeBackups(newestTwo: readonly KnownBackup[], edges: readonly EdgeRoom[], nowMs: number): BackupsAnswer["standing"] {
  const [newest, second] = newestTwo;
  if (second !== undefined && nowMs - second.madeMs <= FRESH_MS) {
    return { state: "backed-up", level: "info", words: "Two fresh verified backups hold what edges remove.", days_left: null, site: null };
  }
  const first = firstToFill(edges);
  const why =
    newest === undefined
      ? "No backup of central was verified yet, so the edges are your backup"
      : second === undefined
        ? "Only one backup of central was verified, so the edges are your backup"
        : `The second newest verified backup is ${Math.floor((nowMs - second.madeMs) / DAY_MS)} days old; since then the edges are your backup`;
  const left = first === null ? "." : `: ${daysWords(first.days)} left at ${first.site}.`;
  return {
    state: "edges-are-backup",
    level: first !== null && first.days <= URGENT_DAYS ? "alarm" : "warning",
    words: `${why}${left} Run: npm run central -- backup DIR, then backup-verify DIR.`,
    days_left: first?.days ?? null,
    site: first?.site ?? null,
  };
}

/** A copy of a large database, brought up and compared, may take so long. */
const LATE_AFTER_MS = 3 * 3_600_000;

/**
 * What people are told when the newest verified copy is older than the plan asks for, whatever the cause: one that fails is told apart,
 * but one that hangs fails never. Null: in time, or so little after the planned hour (or central's start) that it may still be at work.
 */
export function judgePlan(newest: KnownBackup | undefined, plannedMs: number, startedMs: number, nowMs: number): string | null {
  if (newest !== undefined && newest.madeMs >= plannedMs) return null;
  if (nowMs - Math.max(plannedMs, startedMs) < LATE_AFTER_MS) return null;
  const planned = `A backup of central was planned for ${new Date(plannedMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const stands =
    newest === undefined ? "and none was ever verified" : `and the newest verified one was made ${ageWords(nowMs - newest.madeMs)} ago`;
  return `${planned}, ${stands}. Look into central's log for "planned backup", and whether the backup folder has room.`;
}

function ageWords(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

function firstToFill(edges: readonly EdgeRoom[]): { readonly site: string; readonly days: number } | null {
  const filling = edges
    .filter((one) => one.bytesPerDay > 0)
    .map(({ site, freeBytes, bytesPerDay }) => ({ site, days: Math.floor(Math.max(0, freeBytes - LADDER_BYTES) / bytesPerDay) }));
  return filling.sort((a, b) => a.days - b.days)[0] ?? null;
}

/** Beyond a year the figure says nothing. */
function daysWords(days: number): string {
  if (days > 365) return "more than a year";
  return `${days} ${days === 1 ? "day" : "days"}`;
}

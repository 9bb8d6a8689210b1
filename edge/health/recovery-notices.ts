/** What people of the site read when a log could not go on, or the data file was damaged: what happened, what is lost, what to do. */
import type { SiteStatus } from "../../shared/api/site-api.ts";
import type { AlarmReport } from "../../shared/protocol/frames.ts";
import type { LeftLog } from "../log/log-rows.ts";
import { readSalvage, type Salvage } from "../log/note-salvage.ts";
import type { StoreRows } from "../log/store-rows.ts";

type Notice = SiteStatus["notices"][number];

/** A new log that lost nothing is news for a day, a loss for a week: somebody may not look each day. */
const TOLD_MS = 24 * 3_600_000;
const LOSS_TOLD_MS = 7 * TOLD_MS;

export function recoveryNotices(rows: Pick<StoreRows, "logs" | "meta">, nowMs: number): Notice[] {
  const left = rows.logs.leftSince(nowMs - LOSS_TOLD_MS).filter((log) => log.lost > 0 || log.atMs >= nowMs - TOLD_MS);
  const salvage = toldSalvage(rows, nowMs);
  const damage = salvage === null ? [] : [salvageNotice(salvage, nowMs)];
  return [...damage, ...left.map(leftNotice)];
}

/** The alarm that a heartbeat carries while the damage is told here: central may hear of it in no other way. */
export function damageAlarms(rows: Pick<StoreRows, "logs" | "meta">, nowMs: number): AlarmReport[] {
  const salvage = toldSalvage(rows, nowMs);
  // Without a date it is the same alarm in each heartbeat.
  return salvage === null ? [] : [{ code: "STORE_DAMAGED", words: salvageWords(salvage), sinceMs: salvage.atMs ?? 0 }];
}

function toldSalvage(rows: Pick<StoreRows, "meta">, nowMs: number): Salvage | null {
  const salvage = readSalvage(rows);
  return salvage !== null && (salvage.atMs === null || salvage.atMs >= nowMs - LOSS_TOLD_MS) ? salvage : null;
}

const WHY: Readonly<Record<string, string>> = {
  fork: "Central holds another branch of this site's log: the card was copied, or its data was put back from an older copy. Of two copies switch one off",
  closed:
    "Central had closed this site's log: another device may be sending under this site's name. If this site's card was copied, switch the copy off; otherwise nothing is to be done",
  "pruned-away": "Central was restored to before what this site still holds",
  damaged: "A record on this disk was not what was signed",
};

/** Somebody should look at the card. */
const ACT: ReadonlySet<string> = new Set(["fork", "closed", "damaged"]);

function leftNotice({ why, atMs, remaining, lost }: LeftLog): Notice {
  const what = `${WHY[why] ?? "This site's log could not go on"}. A new log continues it.`;
  const progress = remaining > 0 ? `${count(remaining)} still being offered again.` : "What central lacked is offered again.";
  const loss = lost > 0 ? ` ${count(lost)} lost: neither this disk nor central has them. The log names them.` : "";
  return {
    at: iso(atMs),
    level: lost > 0 || ACT.has(why) ? "warning" : "info",
    words: `${what} ${progress} Nothing is counted twice.${loss}`,
  };
}

function salvageNotice(salvage: Salvage, nowMs: number): Notice {
  return { at: iso(salvage.atMs ?? nowMs), level: "warning", words: salvageWords(salvage) };
}

function salvageWords(salvage: Salvage): string {
  return `The data file on this disk was damaged. ${keptWords(salvage)} The card may be wearing out: replace it soon.`;
}

function keptWords({ isLogGone, isTailLost }: Salvage): string {
  if (isLogGone) return "Its log could not be read any more: what it held and had not sent to central is lost.";
  if (isTailLost) return "Its newest records could not be read any more: those that were not sent to central are lost.";
  return "What could be read was carried over, and records that were lost are named.";
}

const iso = (ms: number): string => new Date(ms).toISOString();
const count = (records: number): string => (records === 1 ? "1 record is" : `${records.toLocaleString("en-US")} records are`);

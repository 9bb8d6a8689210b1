/**
 * Frames as the oldest release writes and reads them: the first line of each type in `shared/protocol/golden`, without the fields that
 * were appended since, and without the types that came later.
 */
import { UNKNOWN_KIND, type UnderstoodRecord, understandRecords } from "../../../central/merge/understand-records.ts";
import { type LogRecord, RECORD_KINDS } from "../../../shared/log/record.ts";
import type { CentralEvent } from "../../../shared/protocol/central-session.ts";
import { type FeedHead, FRAME_TYPES, type Frame } from "../../../shared/protocol/frames.ts";

const LATER_TYPES: readonly Frame["type"][] = ["proof?", "proof"];

/** Null: the oldest release does not know the type. */
export function oldestForm<F extends Frame>(frame: F): F | null {
  if (LATER_TYPES.includes(frame.type)) return null;
  return oldest(frame) as F;
}

function oldest(frame: Frame): Frame {
  switch (frame.type) {
    case "hello":
      return { ...frame, seen: null };
    case "welcome":
      return { ...frame, treeHead: null, feeds: frame.feeds.map(oldestHead) };
    case "heartbeat":
      return { ...frame, alarms: [] };
    case "beat":
      return { ...frame, treeHead: null, feeds: frame.feeds.map(oldestHead) };
    default:
      return frame;
  }
}

const oldestHead = ({ list, generation, head }: FeedHead): FeedHead => ({ list, generation, head });

/** What a central of the oldest release says: it did not sign snapshots either. */
export function saidByOldest<F extends Frame>(frame: F): F | null {
  return frame.type === "snapshot" ? { ...frame, signature: null } : oldestForm(frame);
}

/** What it makes of a message: a type of later is one that it does not know. */
export function asOldestHears(event: CentralEvent): CentralEvent {
  if (event.type !== "frame") return event;
  const frame = oldestForm(event.frame);
  return frame === null ? { type: "unsupported", number: FRAME_TYPES[event.frame.type] } : { type: "frame", frame };
}

/** Kinds whose golden files are younger than the first log's. */
const LATER_KINDS: ReadonlySet<number> = new Set([RECORD_KINDS.rehome, RECORD_KINDS["command-result"], RECORD_KINDS["returned-delta"]]);

/** Records as a central of the oldest release reads them: what it does not know is stored all the same, and set aside. */
export function understandAsOldest(records: readonly LogRecord[]): UnderstoodRecord[] {
  return records.flatMap((record) => {
    if (!LATER_KINDS.has(record.tail.kind) || record.payload === null) return understandRecords([record]);
    return [{ record, meaning: { kind: "not-understood", why: UNKNOWN_KIND }, place: { seq: record.tail.seq, via: "log" } }];
  });
}

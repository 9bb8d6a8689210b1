import type { Database } from "better-sqlite3";
import type { CentralId } from "../../shared/model/ids.ts";
import type { TreeHead } from "../../shared/protocol/frames.ts";
import { decodeTreeHead, encodeTreeHead } from "../../shared/protocol/tree-head.ts";
import type { ForkWhy } from "../../shared/protocol/tree-watch.ts";

/** Two heads of central that do not fit together: evidence, whichever of them is right. */
export interface TreeEvent {
  readonly kind: "fork" | "restored";
  /** Of a fork; "" otherwise. */
  readonly why: ForkWhy | "";
  readonly held: TreeHead;
  readonly shown: TreeHead;
  readonly atMs: number;
}

/** A central that contradicts itself at every contact must not fill the disk; the first ones are the evidence. */
const EVENTS_MAX = 64;

interface EventRow {
  readonly kind: TreeEvent["kind"];
  readonly why: TreeEvent["why"];
  readonly held: Uint8Array;
  readonly shown: Uint8Array;
  readonly at_ms: number;
}

/** This edge as witness of central's tree. */
export function prepareTreeRows(db: Database) {
  const witness = db.prepare("select head from tree_witnesses where central = ?").pluck();
  const put = db.prepare(
    `insert into tree_witnesses (central, head, seen_ms) values (@central, @head, @atMs)
     on conflict (central) do update set head = excluded.head, seen_ms = excluded.seen_ms`,
  );
  const count = db.prepare("select count(*) from tree_events").pluck();
  const insert = db.prepare(
    "insert into tree_events (kind, why, central, held, shown, at_ms) values (@kind, @why, @central, @held, @shown, @atMs)",
  );
  const end = db.prepare("update tree_events set ended_ms = ? where central = ? and kind = 'fork' and ended_ms is null");
  const standing = db.prepare("select kind, why, held, shown, at_ms from tree_events where kind = 'fork' and ended_ms is null order by n");
  const restored = db.prepare(
    "select kind, why, held, shown, at_ms from tree_events where kind = 'restored' and at_ms >= ? order by n desc limit 1",
  );
  return {
    /** The largest head of that central that was verified. */
    witness: (central: CentralId): TreeHead | null => headOf(witness.get(central) as Uint8Array | undefined),
    putWitness: (head: TreeHead, atMs: number): void => void put.run({ central: head.centralId, head: encodeTreeHead(head), atMs }),
    insertEvent(event: TreeEvent): void {
      if ((count.get() as number) >= EVENTS_MAX) return;
      const { kind, why, held, shown, atMs } = event;
      insert.run({ kind, why, central: shown.centralId, held: encodeTreeHead(held), shown: encodeTreeHead(shown), atMs });
    },
    /** Central has proved again that it continues what was seen, or has begun a new life: the alarm is over, its evidence stays. */
    endForks: (central: CentralId, atMs: number): void => void end.run(atMs, central),
    standingForks: (): TreeEvent[] => (standing.all() as EventRow[]).flatMap(eventOf),
    restoredSince: (sinceMs: number): TreeEvent | null => (restored.all(sinceMs) as EventRow[]).flatMap(eventOf)[0] ?? null,
  };
}

function headOf(bytes: Uint8Array | undefined): TreeHead | null {
  return bytes === undefined ? null : (decodeTreeHead(new Uint8Array(bytes)) ?? null);
}

function eventOf(row: EventRow): TreeEvent[] {
  const held = headOf(row.held);
  const shown = headOf(row.shown);
  return held === null || shown === null ? [] : [{ kind: row.kind, why: row.why, held, shown, atMs: row.at_ms }];
}

/** Checkpoints that wait for the tree, for tests: rows as the merge leaves them. */
import { randomBytes } from "node:crypto";
import type { CollectorId, Incarnation } from "../../shared/model/ids.ts";
import type { Db, Tx } from "../db/open-db.ts";

export const LIFE = "11".repeat(16) as Incarnation;
export const COLLECTOR = "01999999-0000-7000-8000-0000000000c1" as CollectorId;
const ROWS_PER_INSERT = 500;

/** `count` checkpoints of a new log, received at `atMs`. */
export async function addCheckpoints(db: Db | Tx, count: number, atMs: number): Promise<void> {
  const logId = new Uint8Array(randomBytes(16));
  for (let first = 1; first <= count; first += ROWS_PER_INSERT) {
    const nexts = Array.from({ length: Math.min(ROWS_PER_INSERT, count - first + 1) }, (_, at) => first + at);
    await db
      .insertInto("log_checkpoints")
      .values(
        nexts.map((next) => ({
          log_id: logId,
          next,
          bytes: new Uint8Array(randomBytes(120)),
          signature: new Uint8Array(64),
          received_at: new Date(atMs),
        })),
      )
      .execute();
    await db
      .insertInto("arrivals_pending")
      .values(nexts.map((next) => ({ rid: null, kind: 0, log_id: logId, next })))
      .execute();
  }
}

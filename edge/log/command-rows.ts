import type { Database } from "better-sqlite3";
import type { CommandId } from "../../shared/model/ids.ts";
import type { Place } from "./detection-rows.ts";

/** `running`: taken, not answered yet · `trial`: a configuration is in force and has to prove itself · `done`: answered in the log. */
export type CommandState = "running" | "trial" | "done";

export interface OpenCommand {
  readonly id: CommandId;
  readonly kind: string;
  readonly state: CommandState;
  /** Of a configuration on trial. */
  readonly revision: number | null;
}

/** Commands of central by id: the ledger that makes each run at most once. */
export function prepareCommandRows(db: Database) {
  const state = db.prepare("select state from commands where id = ?").pluck();
  const count = db.prepare("select count(*) from commands").pluck();
  const insert = db.prepare("insert into commands (id, kind, state, expires_ms) values (?, ?, 'running', ?)");
  const trial = db.prepare("update commands set state = 'trial', revision = ? where id = ? and state = 'running'");
  const finish = db.prepare("update commands set state = 'done', log = ?, seq = ? where id = ?");
  const open = db.prepare("select id, kind, state, revision from commands where state <> 'done' order by id limit 1024");
  const forget = db.prepare(
    `delete from commands where state = 'done' and expires_ms < ?
       and (expires_ms < ? or exists (select 1 from logs where logs.n = commands.log and logs.acknowledged > commands.seq))`,
  );
  return {
    state: (id: CommandId): CommandState | undefined => state.get(id) as CommandState | undefined,
    count: (): number => count.get() as number,
    insert: (id: CommandId, kind: string, expiresMs: number): void => void insert.run(id, kind, expiresMs),
    putOnTrial: (id: CommandId, revision: number): void => void trial.run(revision, id),
    finish: (id: CommandId, place: Place): void => void finish.run(place.log, place.seq, id),
    open: (): OpenCommand[] => open.all() as OpenCommand[],
    /** Answered ones that expired before `expiredMs`: once central has the answer, or before `longExpiredMs` in any case. */
    forget: (expiredMs: number, longExpiredMs: number): void => void forget.run(expiredMs, longExpiredMs),
  };
}

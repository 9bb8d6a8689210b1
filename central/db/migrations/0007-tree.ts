/** Which checkpoint each leaf of the tree is, and the checkpoints that wait to become one; those of before wait in their order. */
export const tree: readonly string[] = [
  "create table tree_leaves (position bigint primary key, log_id bytea not null, next bigint not null)",
  "create unique index tree_leaves_checkpoint on tree_leaves (log_id, next)",
  "create index arrivals_pending_checkpoints on arrivals_pending (pending) where rid is null",
  `insert into arrivals_pending (rid, kind, log_id, next, xact_id)
    select null, 0, log_id, next, 0 from log_checkpoints order by received_at, log_id, next`,
];

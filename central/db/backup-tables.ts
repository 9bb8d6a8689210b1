import type { Json } from "./registry-tables.ts";

/** A copy of this database that was brought up on a scratch server and compared. Rows are never changed. */
export interface BackupsTable {
  /** From the copy's manifest. */
  id: string;
  /** "postgres-base" | "pglite-dump" | "replica" */
  kind: string;
  /** Where it lay when it was verified. */
  label: string;
  made_at: Date;
  verified_at: Date;
  incarnation: Uint8Array | null;
  /** Rows by table, as found in the copy. */
  counts: Json<Record<string, number>>;
  tree_size: number | null;
  tree_root: Uint8Array | null;
  /** One sentence: what was checked. */
  proof: string;
}

/** How far each log reaches inside a verified copy; `head` is the hash of record next-1 there. */
export interface BackupCursorsTable {
  backup_id: string;
  log_id: Uint8Array;
  next: number;
  head: Uint8Array;
}

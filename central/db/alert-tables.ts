import type { AlertOpArguments, AlertState, AlertVerb, Explanation, ListVersion } from "../../shared/model/alert.ts";
import type { Json } from "./registry-tables.ts";

/** What people work: one per pass. `state` is the fold of its ops, kept here so that the queue can be paged. */
export interface AlertItemsTable {
  pass: string;
  state: AlertState;
  site_id: string;
  camera_id: string;
  collector_id: string;
  late: boolean;
  test: boolean;
  critical: boolean;
  raised_at: Date;
  changed_at: Date;
}

/** One per (pass, entry), whoever raised it. */
export interface AlertsTable {
  id: string;
  pass: string;
  entry_id: string;
  list_id: string;
  raised_at: Date;
}

export interface AlertFindingsTable {
  alert_id: string;
  detection_id: string;
  raised_by: "edge" | "central";
  pass: string;
  /** Rid of the edge's alert record; null for central's own finding. */
  record_rid: string | null;
  explanation: Json<Explanation>;
  list_version: Json<ListVersion>;
  list_name: string;
  list_owner: string;
  critical: boolean;
  reason: string;
  expires_at: Date;
  found_at: Date;
}

export interface AlertOpsTable {
  rid: string;
  pass: string;
  verb: AlertVerb;
  hlc: string;
  effective_hlc: string;
  author: string;
  args: Json<AlertOpArguments>;
  seen: Json<string[]>;
  relies: string | null;
  received_at: Date;
}

/** Every table of central, for kysely. Times are `Date` (whole milliseconds), digests and keys are bytes, ids are lower-case text. */
import type { AlertFindingsTable, AlertItemsTable, AlertOpsTable, AlertsTable } from "./alert-tables.ts";
import type { BackupCursorsTable, BackupsTable } from "./backup-tables.ts";
import type {
  DetectionImagesTable,
  DetectionProofsTable,
  DetectionRevisionsTable,
  DetectionsTable,
  ImageEventsTable,
  ImageObjectsTable,
  PlateMonthsTable,
  PlatesTable,
} from "./detection-tables.ts";
import type {
  ArrivalsPendingTable,
  ArrivalsTable,
  CollectorLogsTable,
  DetectionTimesTable,
  LogCheckpointsTable,
  LogForksTable,
  LogRecordsTable,
  ProjectionErrorsTable,
  QuarantineTable,
  RecordIdsTable,
  TimeCorrectionsTable,
  TreeHeadsTable,
  TreeLeavesTable,
  TreeNodesTable,
} from "./log-tables.ts";
import type { AuditLogTable, SessionsTable, SetupTokensTable, SignInFailuresTable, UserSitesTable, UsersTable } from "./people-tables.ts";
import type {
  ApiKeysTable,
  CameraGapsTable,
  CamerasTable,
  CentralLifeTable,
  CollectorGapsTable,
  CollectorKeysTable,
  CollectorsTable,
  CommandResultsTable,
  CommandsTable,
  CursorsTable,
  HeartbeatsTable,
  NoticesTable,
  SettingsTable,
  SitesTable,
} from "./registry-tables.ts";
import type {
  EntryConflictsTable,
  EntryOpsTable,
  EntryReviewsTable,
  FeedReplicasTable,
  FeedSnapshotsTable,
  WatchlistEntriesTable,
  WatchlistSitesTable,
  WatchlistsTable,
} from "./watchlist-tables.ts";

/** Kinds in `arrivals` for facts that central derived itself: far above any record kind on the wire. */
export const DERIVED_ARRIVAL = {
  /** rid = the pass of an alert item that central raised or added a finding to. */
  alertItem: 10_001,
  /** rid = the pass of an item that got another finding of an alert that was there: nothing that rings. */
  alertTouched: 10_002,
} as const;

export interface CentralTables {
  sites: SitesTable;
  collectors: CollectorsTable;
  api_keys: ApiKeysTable;
  collector_keys: CollectorKeysTable;
  cameras: CamerasTable;
  heartbeats: HeartbeatsTable;
  camera_gaps: CameraGapsTable;
  collector_gaps: CollectorGapsTable;
  settings: SettingsTable;
  central_life: CentralLifeTable;
  cursors: CursorsTable;
  notices: NoticesTable;
  commands: CommandsTable;
  command_results: CommandResultsTable;
  users: UsersTable;
  user_sites: UserSitesTable;
  sessions: SessionsTable;
  sign_in_failures: SignInFailuresTable;
  setup_tokens: SetupTokensTable;
  audit_log: AuditLogTable;
  collector_logs: CollectorLogsTable;
  log_records: LogRecordsTable;
  log_checkpoints: LogCheckpointsTable;
  log_forks: LogForksTable;
  arrivals: ArrivalsTable;
  arrivals_pending: ArrivalsPendingTable;
  tree_leaves: TreeLeavesTable;
  tree_nodes: TreeNodesTable;
  tree_heads: TreeHeadsTable;
  record_ids: RecordIdsTable;
  projection_errors: ProjectionErrorsTable;
  quarantine: QuarantineTable;
  time_corrections: TimeCorrectionsTable;
  detection_times: DetectionTimesTable;
  detections: DetectionsTable;
  detection_revisions: DetectionRevisionsTable;
  detection_proofs: DetectionProofsTable;
  detection_images: DetectionImagesTable;
  image_objects: ImageObjectsTable;
  image_events: ImageEventsTable;
  plates: PlatesTable;
  plate_months: PlateMonthsTable;
  watchlists: WatchlistsTable;
  watchlist_sites: WatchlistSitesTable;
  watchlist_entries: WatchlistEntriesTable;
  entry_ops: EntryOpsTable;
  entry_conflicts: EntryConflictsTable;
  feed_snapshots: FeedSnapshotsTable;
  feed_replicas: FeedReplicasTable;
  entry_reviews: EntryReviewsTable;
  alert_items: AlertItemsTable;
  alerts: AlertsTable;
  alert_findings: AlertFindingsTable;
  alert_ops: AlertOpsTable;
  backups: BackupsTable;
  backup_cursors: BackupCursorsTable;
}

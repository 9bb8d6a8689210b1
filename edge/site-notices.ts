import type { SiteStatus } from "../shared/api/site-api.ts";
import type { NoticeBoard } from "./health/notice-board.ts";
import { recoveryNotices } from "./health/recovery-notices.ts";
import type { StoreRows } from "./log/store-rows.ts";
import { treeNotices } from "./sync/tree-words.ts";

/** Everything that people should read about this site, on its page and in its answer to `report-now`. */
export function siteNotices(rows: StoreRows, board: Pick<NoticeBoard, "notices">, nowMs: number): SiteStatus["notices"] {
  return [...treeNotices(rows.tree, nowMs), ...board.notices(), ...recoveryNotices(rows, nowMs)];
}

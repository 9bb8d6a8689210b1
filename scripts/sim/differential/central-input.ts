import type { CollectorId, LogId, SessionId } from "../../../shared/model/ids.ts";
import type { EntryOp } from "../../../shared/model/watchlist.ts";
import type { Append } from "../../../shared/protocol/frames.ts";

/** What reaches central's database in a history, in order: the differential test gives it to the real one. `atMs`: ms UTC. */
export type CentralInput =
  | {
      readonly kind: "hello";
      readonly collectorId: CollectorId;
      /** 64 hex digits. */
      readonly deviceKey: string;
      readonly confirmed: boolean;
      readonly logs: readonly LogId[];
      readonly session: SessionId;
      readonly atMs: number;
    }
  | { readonly kind: "append"; readonly collectorId: CollectorId; readonly append: Append; readonly direct: boolean; readonly atMs: number }
  /** A bundle whose manifest was admitted; and a log that it begins. */
  | {
      readonly kind: "bundle";
      readonly collectorId: CollectorId;
      readonly deviceKey: string;
      readonly confirmed: boolean;
      readonly atMs: number;
    }
  | { readonly kind: "carried-log"; readonly collectorId: CollectorId; readonly logId: LogId; readonly atMs: number }
  /** A dispatcher's edit at central itself. */
  | { readonly kind: "edit"; readonly op: EntryOp; readonly atMs: number };

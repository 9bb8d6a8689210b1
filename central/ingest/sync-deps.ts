import type { SessionId, Sha256 } from "../../shared/model/ids.ts";
import type { StandingFeed } from "../../shared/protocol/central-session.ts";
import type { Command, NeighbourKey } from "../../shared/protocol/frames.ts";
import type { Db } from "../db/open-db.ts";
import type { FeedDeps, loadFeed } from "../feeds/load-feed.ts";
import type { CentralIdentity } from "../integrity/central-identity.ts";
import type { TellTree } from "../integrity/tell-tree.ts";
import type { mergeAppend } from "../merge/merge-append.ts";
import type { MergeDeps } from "../merge/merge-deps.ts";
import type { AdmitCaller } from "./admit-caller.ts";

/** What a session needs from the rest of central; the verbs of other slices come in by hand. */
export interface SyncDeps {
  readonly db: Db;
  readonly identity: CentralIdentity;
  readonly tree: TellTree;
  readonly nowMs: () => number;
  readonly merge: MergeDeps;
  readonly mergeAppend: typeof mergeAppend;
  readonly feeds: FeedDeps;
  readonly loadFeed: typeof loadFeed;
  /** Lists delivered to a site, and how far their feeds are. */
  readonly headsOf: (siteId: string) => Promise<readonly StandingFeed[]>;
  /** Commands to be sent now to a device of this collector; marks them as sent in this session. */
  readonly dueCommands: (to: CommandsFor) => Promise<readonly Command[]>;
  /** Devices with which this collector may exchange bundles: the nearest sites' confirmed ones. */
  readonly neighboursOf: (collectorId: string) => Promise<readonly NeighbourKey[]>;
  /** Where partial uploads lie; asked for an offset only. */
  readonly uploadOffset: (sha256: Sha256) => Promise<number>;
  readonly admitCaller: AdmitCaller;
  readonly log: SyncLog;
}

/** Who would get the commands: the session and the device key of its HELLO. */
export interface CommandsFor {
  readonly collectorId: string;
  readonly deviceKey: Uint8Array;
  readonly session: SessionId;
}

/** Ids and counts only. */
export interface SyncLog {
  readonly info: (facts: object, words: string) => void;
  readonly warn: (facts: object, words: string) => void;
}

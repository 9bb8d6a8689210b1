import type { SigningKeys } from "../../shared/crypto/device-keys.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { CollectorId, ListId } from "../../shared/model/ids.ts";
import type { ClockReading, Command, Heartbeat, NeighbourKey, Spool } from "../../shared/protocol/frames.ts";
import type { EdgeLogReader, EdgeWriter } from "../log/store-port.ts";
import type { ImageBudget } from "./image-budget.ts";
import type { PinnedCentral } from "./pinned-central.ts";

/** Where the one line about the uplink goes; ids and counts only. */
export interface UplinkLog {
  readonly info: (facts: object, words: string) => void;
  readonly warn: (facts: object, words: string) => void;
}

/** All that the uplink needs from the rest of the edge. */
export interface UplinkDeps {
  /** http:// or https:// address of central, without a path at its end. */
  readonly centralUrl: string;
  readonly collectorId: CollectorId;
  readonly apiKey: string;
  readonly deviceKeys: SigningKeys;
  readonly reader: EdgeLogReader;
  readonly writer: EdgeWriter;
  readonly pinned: PinnedCentral;
  /** What a heartbeat says besides feeds and clock. */
  readonly report: () => Pick<Heartbeat, "health" | "cameras" | "configRevision" | "site" | "alarms"> & { readonly spool: Spool };
  readonly clockReading: () => ClockReading;
  readonly moment: () => Moment;
  /** Central's time against ours, ms: offset to add and how far it may be wrong. */
  readonly onClockSample: (offsetMs: number, uncertaintyMs: number) => void;
  /** A command that central signed for this collector; it may come again and again. */
  readonly onCommand: (command: Command) => void;
  /** Central answered a HELLO or a heartbeat. */
  readonly onCentralAnswered: () => void;
  /** Central named the devices with which this one may exchange bundles. */
  readonly onNeighbours: (neighbours: readonly NeighbourKey[]) => void;
  readonly imageBudget: ImageBudget;
  /** Absolute path of a stored picture. */
  readonly imagePath: (path: string) => string;
  /** Absolute path at which a list's snapshot may lie while it is taken over: one of each list at a time. */
  readonly snapshotFile: (list: ListId) => string;
  readonly recordsMax: number;
  readonly version: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: UplinkLog;
}

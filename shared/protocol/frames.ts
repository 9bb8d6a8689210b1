/**
 * The frames of the sync protocol, version 1: one binary WebSocket message is one msgpack array [type, fields...]. Unknown fields at
 * the end are ignored, unknown types are answered with ERROR unsupported. README.md has the table of positions; golden/ has the bytes.
 */
import type { Credit } from "../flow/credits.ts";
import type { SignedCheckpoint } from "../log/checkpoint.ts";
import type { LogClass } from "../log/record.ts";
import type {
  BootId,
  CameraId,
  CentralId,
  CollectorId,
  CommandId,
  Incarnation,
  ListId,
  LogId,
  Rid,
  SessionId,
  Sha256,
} from "../model/ids.ts";

export const FRAME_TYPES = {
  hello: 1,
  welcome: 2,
  later: 3,
  append: 4,
  ack: 5,
  rewind: 6,
  heartbeat: 7,
  beat: 8,
  delta: 9,
  snapshot: 10,
  command: 11,
  offer: 12,
  want: 13,
  "proof?": 14,
  proof: 15,
  bye: 16,
  error: 17,
} as const;

export interface ClockReading {
  readonly wallMs: number;
  readonly monoMs: number;
  readonly quality: number;
}

export interface HelloLog {
  readonly logId: LogId;
  readonly class: LogClass;
  /** Lowest seq still held. */
  readonly first: number;
  readonly next: number;
  readonly head: Uint8Array;
}

export interface TreeHead {
  readonly centralId: CentralId;
  readonly incarnation: Incarnation;
  readonly size: number;
  readonly root: Uint8Array;
  readonly signature: Uint8Array;
}

export interface FeedCursor {
  readonly list: ListId;
  readonly generation: Incarnation;
  readonly cursor: number;
  readonly checksum: Uint8Array;
}

export interface Spool {
  readonly bytes: number;
  readonly oldestMs: number | null;
  readonly freeBytes: number | null;
  readonly imagesWaiting: number;
}

export interface Hello {
  readonly type: "hello";
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly collectorId: CollectorId;
  readonly deviceKey: Uint8Array;
  readonly session: SessionId;
  readonly logs: readonly HelloLog[];
  readonly boot: BootId;
  readonly clock: ClockReading;
  readonly seen: TreeHead | null;
  readonly feeds: readonly FeedCursor[];
  readonly spool: Spool;
  readonly configRevision: number;
  readonly version: string;
  /** Over helloSignedBytes. */
  readonly signature: Uint8Array;
}

export type LogStatus = "new" | "active" | "unconfirmed" | "closed" | "abandoned";

export interface WelcomeLog {
  readonly logId: LogId;
  readonly next: number;
  readonly head: Uint8Array;
  readonly durable: number;
  readonly status: LogStatus;
  readonly credit: Credit;
}

export interface FeedHead {
  readonly list: ListId;
  readonly generation: Incarnation;
  readonly head: number;
  /** Every replica's cursor has passed this position: entries that were deleted before it are forgotten. 0 is not sent. */
  readonly horizon?: number;
  /** Positions below are inside central's second newest verified backup. 0 is not sent. */
  readonly durable?: number;
}

/** A collector's device with which this one may exchange sealed bundles on a local network. */
export interface NeighbourKey {
  readonly collectorId: CollectorId;
  readonly deviceKey: Uint8Array;
  /** Its site's, for people. */
  readonly name: string;
}

/** What central lets this collector do besides what every one may. */
export interface CollectorPolicy {
  /** The nearest first, at most NEIGHBOURS_MAX. Empty: nobody is trusted. */
  readonly neighbours: readonly NeighbourKey[];
}

export interface Welcome {
  readonly type: "welcome";
  readonly protocol: number;
  /** ed25519 and X25519, 32 bytes each. */
  readonly centralKeys: readonly [Uint8Array, Uint8Array];
  readonly incarnation: Incarnation;
  readonly treeHead: TreeHead | null;
  readonly logs: readonly WelcomeLog[];
  /** t1 from HELLO, t2 receipt, t3 sending: ms UTC, as in NTP. */
  readonly clock: readonly [number, number, number];
  readonly heartbeatMs: number;
  /** Lists that name this site; a list that is missing here is not this site's any more. */
  readonly feeds: readonly FeedHead[];
  readonly wantedConfigRevision: number;
  /** Not there: an older central, which changes nothing. */
  readonly policy?: CollectorPolicy;
}

export interface Later {
  readonly type: "later";
  readonly retryAfterMs: number;
}

export type Compression = "none" | "zstd";

export interface Append {
  readonly type: "append";
  readonly session: SessionId;
  readonly logId: LogId;
  readonly fromSeq: number;
  readonly count: number;
  readonly compression: Compression;
  /** Size before compression. */
  readonly declaredBytes: number;
  /** msgpack array of items, compressed as said. */
  readonly bytes: Uint8Array;
  /** Its `next` is fromSeq + count. */
  readonly checkpoint: SignedCheckpoint;
}

export interface Ack {
  readonly type: "ack";
  readonly logId: LogId;
  readonly next: number;
  readonly head: Uint8Array;
  readonly durable: number;
  readonly credit: Credit;
  readonly notes: readonly (readonly [number, string])[];
  /** Central's over ackSignedBytes, on request and at most once a second; else null. */
  readonly signature: Uint8Array | null;
}

export type RewindWhy = "gap" | "bad-prev" | "fork" | "bad-signature" | "closed" | "unknown-key";

export interface Rewind {
  readonly type: "rewind";
  readonly logId: LogId;
  readonly next: number;
  readonly head: Uint8Array;
  readonly why: RewindWhy;
  /** For a fork: [seq, hash] of central's branch at next-1, -2, -4, -8 ... */
  readonly pairs: readonly (readonly [number, Uint8Array])[];
}

export interface CameraReport {
  readonly id: CameraId;
  readonly name: string;
  readonly adapter: string;
  readonly mode: string;
  readonly state: string;
  readonly detail: string;
  readonly lastMessageMs: number | null;
  readonly lastDetectionMs: number | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface SiteReport {
  readonly name: string;
  readonly timeZone: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** What people at central should know of this edge at once, e.g. LOG_FORK. */
export interface AlarmReport {
  readonly code: string;
  /** One or two plain sentences, no plates. */
  readonly words: string;
  readonly sinceMs: number;
}

export interface Heartbeat {
  readonly type: "heartbeat";
  readonly clock: ClockReading;
  readonly feeds: readonly FeedCursor[];
  readonly spool: Spool;
  readonly health: { readonly rssBytes: number; readonly uptimeSeconds: number; readonly waitingRecords: number; readonly version: string };
  readonly cameras: readonly CameraReport[];
  readonly configRevision: number;
  readonly site: SiteReport;
  /** Alarms that stand now; one that is missing is over. */
  readonly alarms: readonly AlarmReport[];
}

export interface BeatLog {
  readonly logId: LogId;
  readonly durable: number;
  readonly credit: Credit;
  /** Nobody has confirmed the device key of this log: what comes in it is kept, and marked. Told by no other value than true. */
  readonly isUnconfirmed?: true;
}

export interface Beat {
  readonly type: "beat";
  readonly clock: readonly [number, number, number];
  readonly feeds: readonly FeedHead[];
  readonly logs: readonly BeatLog[];
  readonly wantedConfigRevision: number;
  /** The newest signed head, at most a second old; null while nothing was signed in this incarnation. */
  readonly treeHead: TreeHead | null;
  /** Only when it is another one than was told last in this session. */
  readonly policy?: CollectorPolicy;
}

export interface Delta {
  readonly type: "delta";
  readonly list: ListId;
  readonly generation: Incarnation;
  /** Ops at positions from .. to-1. */
  readonly from: number;
  readonly to: number;
  /** Each as `feed-op.ts` encodes it: exactly the bytes that central signed. */
  readonly ops: readonly Uint8Array[];
  /** Running hash after `to`: SHA-256(previous || op bytes), see feed-bytes.ts. */
  readonly runningHash: Uint8Array;
  /** Checksum of the feed part after `to`, for comparison with what the edge computes itself. */
  readonly checksum: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Snapshot {
  readonly type: "snapshot";
  readonly list: ListId;
  readonly generation: Incarnation;
  readonly at: number;
  readonly bytes: number;
  readonly sha256: Sha256;
  /** Central's over snapshotSignedBytes; null from a release that did not sign: refused. */
  readonly signature: Uint8Array | null;
}

export interface Command {
  readonly type: "command";
  readonly id: CommandId;
  readonly kind: string;
  readonly args: Uint8Array;
  readonly notBeforeMs: number;
  readonly expiresMs: number;
  readonly signature: Uint8Array;
}

export interface OfferedImage {
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly role: number;
  readonly rid: Rid;
  readonly priority: number;
}
export interface Offer {
  readonly type: "offer";
  readonly images: readonly OfferedImage[];
}
export interface Want {
  readonly type: "want";
  readonly images: readonly { readonly sha256: Sha256; readonly offset: number }[];
}

/** Asks for the proof that the tree of `to` leaves begins with the one of `from`. */
export interface ProofRequest {
  readonly type: "proof?";
  readonly from: number;
  readonly to: number;
}
/** A consistency proof as RFC 6962 section 2.1.2 orders its hashes, 32 bytes each. */
export interface Proof {
  readonly type: "proof";
  readonly from: number;
  readonly to: number;
  readonly hashes: readonly Uint8Array[];
}

export interface Bye {
  readonly type: "bye";
  readonly code: string;
}
export interface ErrorFrame {
  readonly type: "error";
  /** bad-frame, unsupported, fenced, unauthorised, too-large, busy, internal. */
  readonly code: string;
  readonly scope: string;
  readonly reference: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number;
  readonly text: string;
}

export type UpFrame = Hello | Append | Heartbeat | Offer | ProofRequest | Bye | ErrorFrame;
export type DownFrame = Welcome | Later | Ack | Rewind | Beat | Delta | Snapshot | Command | Want | Proof | Bye | ErrorFrame;
export type Frame = UpFrame | DownFrame;

const UP: ReadonlySet<string> = new Set<UpFrame["type"]>(["hello", "append", "heartbeat", "offer", "proof?", "bye", "error"]);

/** A frame that an edge may send. */
export function isUpFrame(frame: Frame): frame is UpFrame {
  return UP.has(frame.type);
}

/** A frame that central may send: BYE and ERROR go both ways, everything else one way. */
export function isDownFrame(frame: Frame): frame is DownFrame {
  return frame.type === "bye" || frame.type === "error" || !isUpFrame(frame);
}

/** In a log's line of BEAT: its device key is not confirmed. */
export const UNCONFIRMED = 1;

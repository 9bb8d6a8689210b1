/**
 * What the rest of the edge asks of its store. Everything that writes goes to one writer thread, which commits in batches with
 * `synchronous=FULL` and answers only after the commit; everything that reads uses a read-only connection of its own and therefore
 * sees only what is durable.
 */
import type { OpOutcome } from "../../shared/crdt/new-entry-op.ts";
import type { LogHead, Moment, WireItem } from "../../shared/log/chain.ts";
import type { SignedCheckpoint } from "../../shared/log/checkpoint.ts";
import type { LogClass } from "../../shared/log/record.ts";
import type { AlertOp, Finding } from "../../shared/model/alert.ts";
import type { Reading } from "../../shared/model/detection.ts";
import type { AlertId, CentralId, Incarnation, ListId, LogId, Rid, Sha256 } from "../../shared/model/ids.ts";
import type { EntryField, FeedOp, FieldValue } from "../../shared/model/watchlist.ts";
import type { LeftWhy } from "../../shared/protocol/edge-flow.ts";
import type { TreeHead } from "../../shared/protocol/frames.ts";
import type { TreeNews } from "../../shared/protocol/tree-watch.ts";
import type { StoredPlace } from "./image-rows.ts";

/** What is kept of central's tree: the head to compare the next one with, and every contradiction. */
export type TreeNote = Exclude<TreeNews, { kind: "unsigned" }>;

/** A capture whose pictures are on disk already (or were dropped, with the reason). */
export interface DetectionDraft {
  readonly reading: Reading;
  /** SHA-256 as sync.md's source key says: of vendor event id, plate as read and update, else of the message part. */
  readonly sourceKey: string;
  /** Camera and vendor event id, when there is one: a known one under a new source key is a revision. */
  readonly eventKey: string | null;
  readonly moment: Moment;
  readonly dropped: readonly { readonly sha256: Sha256; readonly why: string }[];
}

export interface DetectionStored {
  readonly kind: "stored" | "known" | "revised";
  readonly rid: Rid;
  readonly pass: Rid;
  /** Alerts that did not exist before: these ring. */
  readonly raised: readonly Finding[];
}

export interface OpDraft {
  readonly list: ListId;
  /** Null: a new entry. */
  readonly entry: string | null;
  readonly set: readonly (readonly [EntryField, FieldValue])[];
  readonly presence: "add" | "edit" | "delete";
  readonly reason: string;
  readonly author: string;
  readonly moment: Moment;
}

export interface AlertOpDraft extends Pick<AlertOp, "pass" | "verb" | "args" | "author"> {
  /** The alerts that stood on the person's screen; null: all of the pass (a script that shows none). Unknown ids are left out. */
  readonly seen: readonly AlertId[] | null;
  readonly moment: Moment;
}

export type AlertOpOutcome =
  | { readonly kind: "done"; readonly rid: Rid }
  | { readonly kind: "unknown-alert" }
  | { readonly kind: "verify-first" }
  | { readonly kind: "invalid"; readonly why: string };

/** A list's feed as this edge holds it. */
export interface FeedPosition {
  readonly list: ListId;
  readonly generation: string;
  readonly cursor: number;
  readonly checksum: Uint8Array;
}

export type FeedOutcome =
  | { readonly kind: "applied"; readonly position: FeedPosition }
  /** Not the piece that follows what is held; ask again from `position`. */
  | { readonly kind: "out-of-step"; readonly position: FeedPosition };

/** `unreadable`: the bytes are no snapshot of this list; nothing changed. */
export type SnapshotOutcome = FeedOutcome | { readonly kind: "unreadable" };

export interface EdgeWriter {
  readonly appendDetection: (draft: DetectionDraft) => Promise<DetectionStored>;
  /** A refusal (no such entry, a pattern that is none) is an answer; nothing was written then. */
  readonly applyOwnOp: (draft: OpDraft) => Promise<OpOutcome>;
  readonly applyAlertOp: (draft: AlertOpDraft) => Promise<AlertOpOutcome>;
  readonly appendCameraStatus: (camera: string, state: string, detail: string, sinceMs: number, moment: Moment) => Promise<void>;
  readonly appendClockFix: (utcMs: number, uncertaintyMs: number, source: string, moment: Moment) => Promise<void>;
  /** A piece of a list's feed from central, verified already. */
  readonly applyDelta: (
    list: ListId,
    generation: string,
    from: number,
    to: number,
    ops: readonly FeedOp[],
    signed: Uint8Array | null,
  ) => Promise<FeedOutcome>;
  /** What a central that lives in `generation` now, restored, lacks of the list goes back to it, some at a time; 0: no more. */
  readonly returnDeltas: (list: ListId, generation: string) => Promise<number>;
  /** Two backups of central's hold a list's feed up to there: its signed DELTAs need not be kept. */
  readonly noteFeedDurable: (list: ListId, generation: string, durable: number) => Promise<void>;
  /**
   * Replaces the feed part of a list in one transaction with its matching index; own ops that the snapshot does not hold stay.
   * `source`: the snapshot, or where its file lies; the caller removes it after the answer.
   */
  readonly applySnapshot: (list: ListId, generation: string, at: number, source: Uint8Array | string) => Promise<SnapshotOutcome>;
  /** Every replica has passed `horizon`: entries deleted before it go, once all up to `head` is here. Answers how many. */
  readonly forgetDeleted: (list: ListId, generation: string, horizon: number, head: number) => Promise<number>;
  /** The list no longer names this site: it stops matching. */
  readonly dropList: (list: ListId) => Promise<void>;
  /**
   * Leaves a log that cannot go on at central for a new one, and offers what follows `agreed` again in it. False: it was left already.
   * News of kind `logs` follows.
   */
  readonly beginAgain: (logId: LogId, agreed: LogHead, why: LeftWhy) => Promise<boolean>;
  /**
   * What central has acknowledged (for people to read and for pruning); never used to decide what to send. True: it has less than it had
   * said, and pictures are to be offered again.
   */
  readonly noteAcknowledged: (logId: LogId, next: number, durable: number) => Promise<boolean>;
  readonly noteImageSent: (sha256: Sha256, outcome: "stored" | "gone") => Promise<void>;
  /** Central lives under this incarnation; what one before had taken waits again, some at a time, behind `after`. Null: all of it does. */
  readonly offerImagesAgain: (incarnation: Incarnation, after: StoredPlace | null) => Promise<StoredPlace | null>;
  /** What central's newest tree head, or its proof, means for this edge as witness. */
  readonly noteTree: (note: TreeNote) => Promise<void>;
  /** When central said what this site's lists are, ms of its clock: an older file that is carried here is not believed after that. */
  readonly noteCentralSaid: (central: CentralId, atMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface OwnLog {
  readonly logId: LogId;
  readonly class: LogClass;
  /** Lowest seq still held. */
  readonly first: number;
  readonly head: LogHead;
  readonly acknowledged: number;
}

export interface WaitingImage {
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly role: string;
  readonly rid: Rid;
  /** 0 alert crop, 1 alert scene, 2 crop, 3 scene. */
  readonly priority: number;
  readonly path: string;
  /** The record that names it: sent only after this was acknowledged. */
  readonly logId: LogId;
  readonly seq: number;
}

export interface ImageSizes {
  readonly count: number;
  /** An estimate from some of them. */
  readonly bytes: number;
}

/** What the uplink reads: only what is durable. */
export interface EdgeLogReader {
  readonly logs: () => readonly OwnLog[];
  /** Hash of record `seq`; null when it is not held. */
  readonly hashAt: (logId: LogId, seq: number) => Uint8Array | null;
  /** Contiguous items from `fromSeq`, at most `recordsMax` and about `bytesMax` of tails and payloads (at least one). */
  readonly items: (logId: LogId, fromSeq: number, recordsMax: number, bytesMax: number) => readonly WireItem[];
  /** A checkpoint for the first `next` records, signed by the device key. */
  readonly checkpoint: (logId: LogId, next: number) => SignedCheckpoint;
  readonly feeds: () => readonly FeedPosition[];
  /** The largest tree head of that central that was verified. */
  readonly witness: (central: CentralId) => TreeHead | null;
  /** The newest time at which that central said what this site's lists are, ms of its clock; null: never. */
  readonly centralSaid: (central: CentralId) => number | null;
  /** Images not yet at central, alerts' crops first; only those whose naming record lies below `acknowledged`. */
  readonly waitingImages: (most: number, without?: Iterable<Sha256>) => readonly WaitingImage[];
  /** Of these, the ones that still wait. */
  readonly waitingNamed: (digests: readonly Sha256[]) => readonly WaitingImage[];
  /**
   * For a carrier that brings the records along: waiting images of one priority that records of `logId` below `to` name, behind a place
   * (null: from the first).
   */
  readonly imagesBehind: (logId: LogId, priority: number, to: number, behind: WaitingImage | null, most: number) => readonly WaitingImage[];
  readonly waitingImageCount: () => number;
  /** For people: pictures that wait and about how many bytes they are. Looks at some hundreds of them, not at a million. */
  readonly waitingImageSizes: () => { readonly alerts: ImageSizes; readonly all: ImageSizes };
  readonly spoolBytes: () => number;
  readonly alertsOf: (pass: Rid) => readonly AlertId[];
}

/** Told after each commit, on the main thread. */
export type StoreNews =
  | { readonly kind: "detection"; readonly rid: Rid; readonly pass: Rid; readonly raised: readonly Finding[] }
  | { readonly kind: "alert-op"; readonly pass: Rid }
  | { readonly kind: "watchlists" }
  /** The active logs are others now. */
  | { readonly kind: "logs" }
  | { readonly kind: "grown"; readonly logId: LogId; readonly next: number }
  | { readonly kind: "trouble"; readonly words: string };

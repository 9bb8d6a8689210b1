import { CLOCK_QUALITY_NAMES, TRUSTED_QUALITY } from "../../shared/clock/clock.ts";
import type { OpOutcome } from "../../shared/crdt/new-entry-op.ts";
import type { LogHead, Moment } from "../../shared/log/chain.ts";
import type { CommandResult } from "../../shared/log/payloads/command-result-payload.ts";
import { encodeCameraStatus, encodeClockFix, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import type { CameraState } from "../../shared/model/camera.ts";
import {
  type CameraId,
  type CentralId,
  type CommandId,
  type Incarnation,
  type ListId,
  type LogId,
  parseUuid,
  type Sha256,
} from "../../shared/model/ids.ts";
import type { FeedOp } from "../../shared/model/watchlist.ts";
import type { LeftWhy } from "../../shared/protocol/edge-flow.ts";
import { appendDetection } from "./append-detection.ts";
import { applyAlertOp, applyOwnOp } from "./apply-edits.ts";
import { applyDelta, applySnapshot, dropList, forgetDeleted } from "./apply-feed.ts";
import { beginAgain, offerAgain } from "./begin-again.ts";
import type { StoredPlace } from "./image-rows.ts";
import { dropUnsentScenes, freeStored } from "./make-room.ts";
import { dateSalvage } from "./note-salvage.ts";
import { noteTree } from "./note-tree.ts";
import { noteAcknowledged, offerImagesAgain } from "./offer-images-again.ts";
import { dropIfOrphan, prune, pruneAcknowledged } from "./prune.ts";
import { returnDeltas } from "./returned-deltas.ts";
import type { SessionRow } from "./site-rows.ts";
import { ROWS_PER_PIECE, type SnapshotStaging, type StagedPiece, stagePiece } from "./stage-snapshot.ts";
import { append, newRid, type StoreContext } from "./store-context.ts";
import type {
  AlertOpDraft,
  AlertOpOutcome,
  DetectionDraft,
  DetectionStored,
  FeedOutcome,
  OpDraft,
  SnapshotOutcome,
  TreeNote,
} from "./store-port.ts";
import { type CommandTaken, finishCommand, forgetCommands, putOnTrial, type TakenCommand, takeCommand } from "./take-command.ts";

/** Everything that can be asked of the writer. Each runs synchronously inside the running transaction, in a savepoint of its own. */
export interface StoreVerbs {
  readonly appendDetection: (draft: DetectionDraft) => DetectionStored;
  readonly applyOwnOp: (draft: OpDraft) => OpOutcome;
  readonly applyAlertOp: (draft: AlertOpDraft) => AlertOpOutcome;
  readonly appendCameraStatus: (camera: string, state: string, detail: string, sinceMs: number, moment: Moment) => void;
  readonly appendClockFix: (utcMs: number, uncertaintyMs: number, source: string, moment: Moment) => void;
  readonly applyDelta: (
    list: ListId,
    generation: string,
    from: number,
    to: number,
    ops: readonly FeedOp[],
    moment: Moment,
    signed?: Uint8Array | null,
  ) => FeedOutcome;
  /** Gives back what a central that was restored has lost of a list, some at a time; 0: no more. */
  readonly returnDeltas: (list: ListId, generation: string, moment: Moment) => number;
  /** Two backups of central's hold a list's feed up to there. */
  readonly noteFeedDurable: (list: ListId, generation: string, durable: number) => void;
  readonly applySnapshot: (list: ListId, generation: string, at: number, source: Uint8Array | string, moment: Moment) => SnapshotOutcome;
  /** The next piece of a large snapshot; `more` until it is in force or found to be none. */
  readonly stagePiece: (staging: SnapshotStaging, moment: Moment) => StagedPiece;
  /** Removes some rows that no list names any more; false when there are none. */
  readonly sweepParts: (staging: ReadonlySet<string>) => boolean;
  /** Deleted entries that every replica knows of go; answers how many. */
  readonly forgetDeleted: (list: ListId, generation: string, horizon: number, head: number) => number;
  readonly dropList: (list: ListId) => void;
  readonly beginAgain: (logId: LogId, agreed: LogHead, why: LeftWhy, moment: Moment) => boolean;
  readonly offerAgain: (moment: Moment) => boolean;
  readonly prune: (moment: Moment) => number;
  readonly pruneAcknowledged: (moment: Moment) => number;
  readonly freeStored: (what: "scenes" | "crops") => number;
  readonly dropUnsentScenes: (moment: Moment) => number;
  readonly noteAcknowledged: (logId: LogId, next: number, durable: number) => boolean;
  readonly noteImageSent: (sha256: Sha256, outcome: "stored" | "gone") => void;
  readonly offerImagesAgain: (incarnation: Incarnation, after: StoredPlace | null) => StoredPlace | null;
  readonly noteTree: (note: TreeNote, moment: Moment) => void;
  readonly noteCentralSaid: (central: CentralId, atMs: number) => void;
  readonly putSession: (session: SessionRow) => void;
  readonly dropSession: (token: string) => void;
  readonly noteSignInFailure: (person: string, address: string, atMs: number) => void;
  readonly clearSignInFailures: (person: string, address: string) => void;
  readonly saveCursor: (camera: CameraId, cursor: string) => void;
  readonly takeCommand: (command: TakenCommand, configRevision: number, moment: Moment) => CommandTaken;
  readonly putOnTrial: (id: CommandId, revision: number) => void;
  readonly finishCommand: (result: CommandResult, moment: Moment) => void;
  readonly forgetOld: (moment: Moment) => void;
}

export type StoreVerb = keyof StoreVerbs;

/** Failed sign-ins are forgotten after a day; the lock looks at the last 15 minutes only. */
const FAILURES_KEPT_MS = 24 * 3_600_000;

export function storeVerbs(context: StoreContext): StoreVerbs {
  const { rows } = context;
  return {
    appendDetection: (draft) => appendDetection(context, draft),
    applyOwnOp: (draft) => applyOwnOp(context, draft),
    applyAlertOp: (draft) => applyAlertOp(context, draft),
    appendCameraStatus: (...status) => appendCameraStatus(context, ...status),
    appendClockFix: (...fix) => appendClockFix(context, ...fix),
    applyDelta: (...piece) => applyDelta(context, ...piece),
    applySnapshot: (...snapshot) => applySnapshot(context, ...snapshot),
    stagePiece: (...piece) => stagePiece(context, ...piece),
    sweepParts: (staging) => rows.lists.sweepParts(ROWS_PER_PIECE, staging),
    returnDeltas: (...list) => returnDeltas(context, ...list),
    noteFeedDurable: (...durable) => {
      rows.deltas.dropDurable(...durable);
      rows.lists.forgetPublishedBelow(...durable);
    },
    forgetDeleted: (...horizon) => forgetDeleted(context, ...horizon),
    dropList: (list) => dropList(context, list),
    beginAgain: (...left) => beginAgain(context, ...left),
    offerAgain: (moment) => offerAgain(context, moment),
    prune: (moment) => prune(context, moment),
    pruneAcknowledged: (moment) => pruneAcknowledged(context, moment),
    freeStored: (what) => freeStored(context, what),
    dropUnsentScenes: (moment) => dropUnsentScenes(context, moment),
    noteAcknowledged: (...cursor) => noteAcknowledged(context, ...cursor),
    noteImageSent: (sha256, outcome) => {
      rows.images.settle(sha256, outcome);
      dropIfOrphan(context, sha256);
    },
    offerImagesAgain: (...life) => offerImagesAgain(context, ...life),
    noteTree: (note, moment) => noteTree(context, note, moment),
    noteCentralSaid: (...said) => rows.meta.putCentralSaid(...said),
    putSession: (session) => {
      rows.site.dropExpiredSessions(session.madeMs);
      rows.site.putSession(session);
    },
    dropSession: (token) => rows.site.dropSession(token),
    noteSignInFailure: (person, address, atMs) => {
      rows.site.dropFailuresBefore(atMs - FAILURES_KEPT_MS);
      rows.site.putFailure(person, address, atMs);
    },
    clearSignInFailures: (person, address) => rows.site.dropFailures(person, address),
    takeCommand: (...command) => takeCommand(context, ...command),
    putOnTrial: (id, revision) => putOnTrial(context, id, revision),
    finishCommand: (result, moment) => finishCommand(context, result, moment),
    saveCursor: (camera, cursor) => rows.site.putCursor(camera, cursor),
    forgetOld: (moment) => {
      rows.sources.forgetOld(moment);
      if (moment.clockQuality < TRUSTED_QUALITY) return;
      dateSalvage(rows, moment);
      forgetCommands(context, moment.wallMs);
    },
  };
}

/** Written on change only: "silent since 02:10" is evidence of what was not watched. */
function appendCameraStatus(context: StoreContext, camera: string, state: string, detail: string, sinceMs: number, moment: Moment): void {
  const id = parseUuid<CameraId>(camera);
  if (id === undefined) throw new Error("a camera status needs the camera's id");
  if (context.rows.site.cameraState(id) === state) return;
  const fields = encodeCameraStatus({ camera: id, state: state as CameraState, detail, sinceMs });
  const rid = newRid(context, moment);
  append(context, "urgent", { kind: "camera-status", version: SMALL_VERSION, rid, moment, fields });
  context.rows.site.putCameraState(id, state, detail, sinceMs);
}

function appendClockFix(context: StoreContext, utcMs: number, uncertaintyMs: number, source: string, moment: Moment): void {
  const fix = { boot: moment.boot, monoMs: moment.monoMs, utcMs, uncertaintyMs, source };
  const rid = newRid(context, moment);
  append(context, "detections", { kind: "clock-fix", version: SMALL_VERSION, rid, moment, fields: encodeClockFix(fix) });
  context.rows.site.putFix({ ...fix, source: sourceNumber(source) });
}

/** The fix's source as a clock quality; a word that is none counts as a heartbeat. */
function sourceNumber(source: string): number {
  const quality = (CLOCK_QUALITY_NAMES as readonly string[]).indexOf(source);
  return quality < 0 ? TRUSTED_QUALITY : quality;
}

/** What happens to the edge's session core, and what it says to do. */
import type { LogHead } from "../log/chain.ts";
import type { Incarnation, LogId, SessionId } from "../model/ids.ts";
import type { LeftWhy } from "./edge-flow.ts";
import type { CollectorPolicy, Command, Delta, DownFrame, FeedHead, Snapshot, UpFrame, Want, Welcome } from "./frames.ts";
import type { ImagesTried } from "./image-offers.ts";
import type { TreeNews } from "./tree-watch.ts";

export type EdgeEvent =
  | { readonly type: "connected"; readonly session: SessionId }
  | { readonly type: "frame"; readonly frame: DownFrame }
  /** A log has new durable records. */
  | { readonly type: "grown"; readonly logId: LogId; readonly next: number }
  /** The device's logs are others now: one was left for a new one. */
  | { readonly type: "logs" }
  /** Something that the heartbeat tells has changed: a feed was applied, a camera fell silent. */
  | { readonly type: "changed" }
  /** There may be pictures to offer now. */
  | { readonly type: "images" }
  /** The answer to `put-images`. */
  | { readonly type: "images-tried"; readonly tried: ImagesTried }
  | { readonly type: "tick" };

export type EdgeEffect =
  | { readonly type: "send"; readonly frame: UpFrame }
  | { readonly type: "welcomed"; readonly welcome: Welcome }
  /** t1, t2 and t3 of central's answer; the caller knows its own wall time of receipt. */
  | { readonly type: "clock"; readonly sample: readonly [number, number, number] }
  | { readonly type: "acknowledged"; readonly logId: LogId; readonly next: number; readonly durable: number }
  /** `settled`: central has all that this site has to say of lists, and has named these since; what it leaves out is not this site's. */
  | { readonly type: "lists"; readonly feeds: readonly FeedHead[]; readonly incarnation: Incarnation; readonly settled: boolean }
  | { readonly type: "apply-delta"; readonly delta: Delta }
  | { readonly type: "fetch-snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "put-images"; readonly want: Want }
  | { readonly type: "wanted-config"; readonly revision: number }
  /** What central lets this collector do: the newest word replaces the one before. */
  | { readonly type: "policy"; readonly policy: CollectorPolicy }
  /** To be verified, written down and then run, at most once. */
  | { readonly type: "command"; readonly command: Command }
  /** Leave the log: begin a new one that names the point both agree on, and offer everything after it again. Then say `logs`. */
  | { readonly type: "begin-again"; readonly logId: LogId; readonly agreed: LogHead; readonly why: LeftWhy }
  /** Central will not have the log until a person acts; nothing of it is lost, and the other logs go on. */
  | { readonly type: "log-refused"; readonly logId: LogId; readonly detail: string }
  /** Nobody at central has confirmed this device's key: what it sends is kept, and marked, until somebody does. Told when it changes; a session begins without. */
  | { readonly type: "marked"; readonly isMarked: boolean }
  /** What central's tree head, or its proof, means for this witness. */
  | { readonly type: "tree"; readonly news: TreeNews }
  /**
   * End this connection; come back after `retryAfterMs` or by the caller's own backoff when null. `refused`: central will not have this
   * collector until a person acts.
   */
  | { readonly type: "close"; readonly why: string; readonly retryAfterMs: number | null; readonly refused: boolean };

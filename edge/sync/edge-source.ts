import { createHash } from "node:crypto";
import { NO_GENERATION } from "../../shared/crdt/overlay.ts";
import { makeSigner } from "../../shared/crypto/device-keys.ts";
import type { ImageRole } from "../../shared/model/detection.ts";
import type { Incarnation, SessionId } from "../../shared/model/ids.ts";
import type { EdgeSource } from "../../shared/protocol/edge-flow.ts";
import type { CameraReport, FeedCursor, Hello, OfferedImage } from "../../shared/protocol/frames.ts";
import {
  APPEND_RECORDS_MAX,
  CAMERAS_MAX,
  FEEDS_MAX,
  IMAGES_PER_OFFER_MAX,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  TEXT_MAX,
} from "../../shared/protocol/limits.ts";
import { helloSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { EdgeLogReader } from "../log/store-port.ts";
import { ALERT_PRIORITY_MAX } from "./image-budget.ts";
import type { UplinkDeps } from "./uplink-deps.ts";
import { nodeZstd } from "./zstd.ts";

const ROLE_NUMBERS: Record<ImageRole, number> = { full: 1, crop: 2, vehicle: 3 };

/** A camera's words, cut to what a frame takes: one long explanation must not cost the whole link. */
const fitted = (camera: CameraReport): CameraReport => ({
  ...camera,
  name: camera.name.slice(0, TEXT_MAX),
  detail: camera.detail.slice(0, TEXT_MAX),
});

/** The lists that are held, as many as a frame or a bundle names; what central told last comes before what began here. */
export function feedCursors(reader: Pick<EdgeLogReader, "feeds">): FeedCursor[] {
  const held = reader.feeds().map((feed) => ({ ...feed, generation: feed.generation as Incarnation }));
  const isOwn = (feed: FeedCursor): boolean => feed.generation === NO_GENERATION;
  return [...held.filter((feed) => !isOwn(feed)), ...held.filter(isOwn)].slice(0, FEEDS_MAX);
}

/** What of the uplink's world its reading side needs. */
export type SourceDeps = Pick<
  UplinkDeps,
  | "apiKey"
  | "clockReading"
  | "collectorId"
  | "deviceKeys"
  | "imageBudget"
  | "moment"
  | "pinned"
  | "reader"
  | "recordsMax"
  | "report"
  | "version"
>;

/** What the session core reads, from the store's read-only side. */
export function edgeSource(deps: SourceDeps): EdgeSource {
  const sign = makeSigner(deps.deviceKeys);
  const apiKeyDigest = new Uint8Array(createHash("sha256").update(deps.apiKey).digest());
  const feeds = (): FeedCursor[] => feedCursors(deps.reader);
  const hello = (session: SessionId): Hello => {
    const claim = { session, collectorId: deps.collectorId, centralId: deps.pinned.centralId(), apiKeyDigest };
    const { spool, configRevision } = deps.report();
    return {
      type: "hello",
      protocolMin: PROTOCOL_MIN,
      protocolMax: PROTOCOL_MAX,
      collectorId: deps.collectorId,
      deviceKey: deps.deviceKeys.publicKey,
      session,
      logs: deps.reader
        .logs()
        .map((log) => ({ logId: log.logId, class: log.class, first: log.first, next: log.head.next, head: log.head.head })),
      boot: deps.moment().boot,
      clock: deps.clockReading(),
      seen: deps.reader.witness(deps.pinned.centralId()),
      feeds: feeds(),
      spool,
      configRevision,
      version: deps.version,
      signature: sign(helloSignedBytes(claim)),
    };
  };
  return {
    hello,
    heartbeat: () => {
      const report = deps.report();
      return {
        type: "heartbeat",
        clock: deps.clockReading(),
        feeds: feeds(),
        ...report,
        cameras: report.cameras.map(fitted).slice(0, CAMERAS_MAX),
      };
    },
    hashAt: deps.reader.hashAt,
    items: deps.reader.items,
    checkpoint: deps.reader.checkpoint,
    imagesToOffer: (without) =>
      deps.reader
        .waitingImages(IMAGES_PER_OFFER_MAX, without)
        .filter((image) => image.priority <= ALERT_PRIORITY_MAX || deps.imageBudget.waitsUntil() === null)
        .map(
          ({ sha256, bytes, role, rid, priority }): OfferedImage => ({
            sha256,
            bytes,
            role: ROLE_NUMBERS[role as ImageRole] ?? 1,
            rid,
            priority,
          }),
        ),
    zstd: nodeZstd,
    recordsMax: deps.recordsMax,
    drainMax: APPEND_RECORDS_MAX,
  };
}

/** The edges of the herd bench, in a process of their own: each with its own key and the few records of a night without central. */
import { uuidv7 } from "uuidv7";
import { momentOf, newRid, type TestCollector, testCollector } from "../../central/ingest/test-collector.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { DETECTION_VERSION, encodeDetection } from "../../shared/log/payloads/detection-payload.ts";
import { type CameraId, type CollectorId, uuid } from "../../shared/model/ids.ts";
import { type LightEdge, openLightEdge } from "./light-edge.ts";
import { type PackedLog, packedLog } from "./packed-log.ts";
import type { RegisteredEdge } from "./register-edges.ts";
import { variedDetection } from "./varied-detections.ts";

export type HerdCommand =
  | { readonly do: "prepare"; readonly collectors: readonly RegisteredEdge[]; readonly records: number }
  /** All at once; the report comes when all are quiet or the time is over. */
  | { readonly do: "connect"; readonly url: string; readonly timeoutMs: number }
  | { readonly do: "end" };
export type HerdReport =
  | { readonly did: "prepared" }
  | {
      readonly did: "connected";
      /** Of each edge that came through: ms from the common start to its WELCOME, and until its last record was acknowledged. */
      readonly welcomedMs: readonly number[];
      readonly quietMs: readonly number[];
      readonly laters: number;
    }
  | { readonly did: "failed"; readonly why: string };

interface HerdEdge {
  readonly apiKey: string;
  readonly owner: TestCollector;
  readonly logs: readonly [PackedLog, PackedLog];
}

let herd: HerdEdge[] = [];

async function handle(command: HerdCommand): Promise<HerdReport | null> {
  switch (command.do) {
    case "prepare":
      await loadSodium();
      herd = command.collectors.map((one) => makeEdge(one, command.records));
      return { did: "prepared" };
    case "connect":
      return connectAll(command.url, command.timeoutMs);
    case "end":
      process.disconnect();
      return null;
  }
}

function makeEdge({ id, apiKey }: RegisteredEdge, records: number): HerdEdge {
  const owner = testCollector(uuid<CollectorId>(id));
  const logs = [packedLog(owner, "urgent", 4), packedLog(owner, "detections", records + 1)] as const;
  const camera = uuid<CameraId>(uuidv7());
  for (let at = 0; at < records; at++) {
    const rid = newRid();
    const wallMs = Date.now() - 60_000 + at;
    const fields = encodeDetection(variedDetection(rid, camera, wallMs));
    logs[1].append("detection", DETECTION_VERSION, rid, fields, momentOf(owner, wallMs));
  }
  return { apiKey, owner, logs };
}

async function connectAll(url: string, timeoutMs: number): Promise<HerdReport> {
  const fromMs = performance.now();
  const sinceMs = () => performance.now() - fromMs;
  const welcomedMs: number[] = [];
  const quietMs: number[] = [];
  let laters = 0;
  let allQuiet: () => void = () => undefined;
  const quiet = new Promise<void>((resolve) => {
    allQuiet = resolve;
  });
  const open = herd.map(({ apiKey, owner, logs }): LightEdge => {
    const waiting = new Map(logs.map((log) => [log.logId, log.head().next]));
    let isWelcome = false;
    return openLightEdge({
      url,
      apiKey,
      owner,
      logs,
      recordsMax: 50,
      onLater: () => {
        laters += 1;
      },
      onWelcome: () => {
        if (!isWelcome) welcomedMs.push(sinceMs());
        isWelcome = true;
      },
      onAcknowledged: (logId, next) => {
        if (next < (waiting.get(logId) ?? Number.POSITIVE_INFINITY)) return;
        waiting.delete(logId);
        if (waiting.size > 0) return;
        quietMs.push(sinceMs());
        if (quietMs.length === herd.length) allQuiet();
      },
    });
  });
  const timer = setTimeout(allQuiet, timeoutMs);
  await quiet;
  clearTimeout(timer);
  const report: HerdReport = { did: "connected", welcomedMs: [...welcomedMs], quietMs: [...quietMs], laters };
  await Promise.all(open.map((edge) => edge.stop()));
  return report;
}

process.on("message", (command: HerdCommand) => {
  handle(command).then(
    (report) => report !== null && process.send?.(report),
    (error: Error) => process.send?.({ did: "failed", why: error.message } satisfies HerdReport),
  );
});

import type { CameraState } from "../../shared/model/camera.ts";
import type { CameraPort } from "./camera.ts";

/** Keeps what is known of a camera and tells the port after each change. */
export interface HealthKeeper {
  /** The state and its sentence; empty when all is well. */
  readonly become: (state: CameraState, detail: string) => void;
  /** A lasting remark beside the state (the clock is wrong, the disk is full); null takes it back. */
  readonly remark: (
    about: "clock" | "store" | "channel" | "format" | "login" | "pictures" | "cursor" | "size",
    sentence: string | null,
  ) => void;
  readonly message: () => void;
  readonly detection: () => void;
  readonly state: () => CameraState;
}

const MESSAGE_REPORT_MS = 1000;

export function createHealthKeeper(port: Pick<CameraPort, "report" | "now">): HealthKeeper {
  let state: CameraState = "starting";
  let detail = "";
  let lastMessageMs: number | null = null;
  let lastDetectionMs: number | null = null;
  let reportedMs = Number.NEGATIVE_INFINITY;
  const remarks = new Map<string, string>();
  const report = (): void => {
    const sentences = [detail, ...remarks.values()].filter((sentence) => sentence !== "");
    port.report({ state, detail: sentences.join(" "), lastMessageMs, lastDetectionMs });
  };
  return {
    become: (next, sentence) => {
      if (next === state && sentence === detail && next !== "starting") return;
      state = next;
      detail = sentence;
      report();
    },
    remark: (about, sentence) => {
      if ((remarks.get(about) ?? null) === sentence) return;
      if (sentence === null) remarks.delete(about);
      else remarks.set(about, sentence);
      report();
    },
    message: () => {
      const now = port.now();
      lastMessageMs = now;
      // Bytes come in many chunks.
      if (Math.abs(now - reportedMs) < MESSAGE_REPORT_MS) return;
      reportedMs = now;
      report();
    },
    detection: () => {
      lastDetectionMs = port.now();
      report();
    },
    state: () => state,
  };
}

import type { DiskLevel } from "./decide-step.ts";

/** What a person at the site reads, and what to do. */
export const DISK_WORDS: Readonly<Record<Exclude<DiskLevel, "fine">, { readonly level: "warning" | "alarm"; readonly words: string }>> = {
  low: {
    level: "warning",
    words:
      "The disk is filling up. Pictures that central has stored are being removed here; nothing is lost. Make room, or use a larger card.",
  },
  "very-low": {
    level: "alarm",
    words:
      "The disk is nearly full. Scene pictures that were not sent yet are given up, and detections older than a week that central has; each is recorded. Make room, or bring the uplink back.",
  },
  full: {
    level: "alarm",
    words:
      "The disk is full. Cameras that push or are polled are asked to wait and keep what they have; others go on without pictures. Alerts and what central has not got stay. Make room now.",
  },
};

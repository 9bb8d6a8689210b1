/**
 * Faults that are injected outside the product, to prove that the check can fail: a check that stays green under one of these is worth
 * nothing. Each must end the run with exit code 1 and its own name.
 */

import { join } from "node:path";
import Database from "better-sqlite3";
import type { World } from "../world.ts";
import type { StepResult } from "./steps.ts";

export const SABOTAGES = ["lose", "double", "swap-image", "late-alert", "tamper"] as const;
export type Sabotage = (typeof SABOTAGES)[number];
export type Moment = "before-alert" | "during-cut";

/** Injects the fault when its moment comes. */
export function saboteur(world: () => World, sabotage: Sabotage | null): (moment: Moment) => Promise<void> {
  return async (moment) => {
    if (sabotage === null) return;
    const site = world().sites[0]!;
    const { town } = world();
    const watched = site.cameras.find((camera) => camera.mode === "stream")!.name;
    const other = site.cameras.find((camera) => camera.mode === "push")!.name;
    if (moment === "before-alert" && sabotage === "late-alert") await town.fault(watched, "late");
    if (moment === "before-alert" && sabotage === "swap-image") await town.fault(watched, "swap-image");
    if (moment === "during-cut" && (sabotage === "lose" || sabotage === "double")) {
      await town.fault(other, sabotage);
      await town.see(other, "LMN4567");
    }
    if (moment === "during-cut" && sabotage === "tamper") tamperWithLog(site.home);
  };
}

/** Somebody with the card in another computer changes one stored byte of a record that central does not have yet. */
function tamperWithLog(home: string): void {
  const file = new Database(join(home, "data/events.db"));
  try {
    file.pragma("busy_timeout = 5000");
    const newest = file
      .prepare(
        "select r.log, r.seq, r.payload from records r join logs l on l.n = r.log where l.class = 'detections' order by r.seq desc limit 1",
      )
      .get() as { log: number; seq: number; payload: Buffer };
    newest.payload[newest.payload.length - 40]! ^= 1;
    file.prepare("update records set payload = ? where log = ? and seq = ?").run(newest.payload, newest.log, newest.seq);
  } finally {
    file.close();
  }
}

const BY_STEP: Readonly<Record<string, Sabotage>> = {
  "alert-on-the-site-uplink-down": "late-alert",
  "both-pictures-verified": "swap-image",
};

/** What the failed steps say happened; null when none of the known faults explains them. */
export function nameFault(results: readonly StepResult[]): Sabotage | null {
  const failed = results.filter((result) => !result.ok);
  const named = failed.map((result) => BY_STEP[result.step]).find((name) => name !== undefined);
  if (named !== undefined) return named;
  const counts = failed.find((result) => result.step === "nothing-lost-nothing-double")?.observed;
  if (typeof counts !== "object" || counts === null) return null;
  const {
    lost = 0,
    doubled = 0,
    unexplained = 0,
    refused = "",
  } = counts as { lost?: number; doubled?: number; unexplained?: number; refused?: string };
  if (refused !== "") return "tamper";
  if (lost > 0) return "lose";
  return doubled > 0 || unexplained > 0 ? "double" : null;
}

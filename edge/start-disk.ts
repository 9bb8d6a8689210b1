/** The disk ladder put together with the rest of this edge. */
import type { Logger } from "pino";
import type { EdgeConfig } from "./config.ts";
import { openBallast } from "./disk/ballast.ts";
import type { DiskLevel } from "./disk/decide-step.ts";
import { makeDiskLadder } from "./disk/disk-ladder.ts";
import { DISK_WORDS } from "./disk/disk-words.ts";
import { makeStandingNotice, type NoticeBoard } from "./health/notice-board.ts";
import type { Closers, StartedStore } from "./start-store.ts";

export interface StartDiskDeps {
  readonly config: EdgeConfig;
  readonly store: Pick<StartedStore, "writer" | "rows">;
  readonly freeBytes: () => number | null;
  readonly notices: NoticeBoard;
  /** Bundles of neighbours, and the one for them: copies. Answers how many went. */
  readonly giveUpCarried: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** The level, and with it what pages say, is another one. */
  readonly onChange: () => void;
  readonly log: Logger;
}

export interface StartedDisk {
  readonly isFull: () => boolean;
  /** The store met a full disk: room is made now. */
  readonly makeRoom: () => void;
}

const LOOK_EVERY_MS = 5_000;
/** Notices of trouble fade after an hour unless they are said again. */
const SAY_AGAIN_MS = 30 * 60_000;

/** Before the store is opened: a start on a full disk needs room of its own. */
export function releaseBallastIfFull({ home, disk }: EdgeConfig, freeBytes: () => number | null, sleep: StartDiskDeps["sleep"]): void {
  const free = freeBytes();
  if (free !== null && free < disk.stopBytes) openBallast(home, disk.ballastBytes, sleep).release();
}

export function startDisk(deps: StartDiskDeps, closers: Closers): StartedDisk {
  const { config, store, notices, log } = deps;
  const { writer, rows } = store;
  const standing = { warning: makeStandingNotice(notices, "warning"), alarm: makeStandingNotice(notices, "alarm") };
  const onLevel = (level: DiskLevel): void => {
    const said = level === "fine" ? null : DISK_WORDS[level];
    for (const kind of ["warning", "alarm"] as const) standing[kind].say(said?.level === kind ? said.words : null);
    if (said === null) log.info({}, "the disk has room again");
    else log.warn({ freeBytes: deps.freeBytes() }, said.words);
    deps.onChange();
  };
  const ladder = makeDiskLadder({
    limits: config.disk,
    ballast: openBallast(config.home, config.disk.ballastBytes, deps.sleep),
    freeBytes: deps.freeBytes,
    freeInsideBytes: rows.prune.freeInside,
    giveUp: {
      "carried-bundles": async () => deps.giveUpCarried(),
      "stored-scenes": () => writer.freeStored("scenes"),
      "stored-crops": () => writer.freeStored("crops"),
      "unsent-scenes": writer.dropUnsentScenes,
      "old-detections": writer.pruneAcknowledged,
    },
    onLevel,
    onTrouble: (error) => log.warn({}, `the disk could not be tidied: ${error.message}`),
  });
  const look = (): void => void ladder.look();
  const sayAgain = (): void => {
    const level = ladder.level();
    if (level !== "fine") standing[DISK_WORDS[level].level].say(DISK_WORDS[level].words);
  };
  const timers = [setInterval(look, LOOK_EVERY_MS), setInterval(sayAgain, SAY_AGAIN_MS)];
  closers.push(async () => {
    for (const timer of timers) clearInterval(timer);
    await ladder.stop();
  });
  look();
  return { isFull: () => ladder.level() === "full", makeRoom: look };
}

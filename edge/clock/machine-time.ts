import { readFileSync, statSync } from "node:fs";
import { uptime } from "node:os";

/** What the machine says of time; injected in tests. */
export interface MachineTime {
  /** The system's wall clock, ms UTC. */
  readonly wallMs: () => number;
  /** ms since boot, suspended time included. */
  readonly monoMs: () => number;
  /** A time service keeps the wall clock in step. */
  readonly isNtpSynchronised: () => boolean;
  /** A battery-backed clock set the wall clock at boot. */
  readonly hasClockChip: () => boolean;
}

/** The marks are looked at again this often: NTP comes minutes after boot. */
const MARKS_KEPT_MS = 10_000;

export function realMachineTime(): MachineTime {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let marks = { ntp: false, chip: false };
  const look = (): typeof marks => {
    const nowMs = uptime() * 1000;
    if (nowMs - lookedAtMs > MARKS_KEPT_MS) {
      lookedAtMs = nowMs;
      marks = { ntp: isSynchronised(), chip: isSetFromChip() };
    }
    return marks;
  };
  return {
    wallMs: Date.now,
    monoMs: () => Math.round(uptime() * 1000),
    isNtpSynchronised: () => look().ntp,
    hasClockChip: () => look().chip,
  };
}

/** The mark that systemd-timesyncd leaves. Under another time service the heartbeat's time (quality 2) serves. */
function isSynchronised(): boolean {
  try {
    return statSync("/run/systemd/timesync/synchronized").isFile();
  } catch {
    return false;
  }
}

function isSetFromChip(): boolean {
  try {
    return readFileSync("/sys/class/rtc/rtc0/hctosys", "utf8").trim() === "1";
  } catch {
    return false;
  }
}

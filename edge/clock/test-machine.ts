import type { BootId } from "../../shared/model/ids.ts";
import { type EdgeClock, makeEdgeClock } from "./edge-clock.ts";

export const BOOT = "00000000000000b1" as BootId;
/** Nothing that a clock of these tests says may lie before. */
export const FLOOR_MS = Date.UTC(2026, 10, 1);

export interface TestMachine {
  wall: number;
  mono: number;
  ntp: boolean;
  chip: boolean;
}

/** A machine whose clocks the test moves, 5 s after its boot, and the edge's clock on it. */
export function testMachine(wallMs: number): { readonly machine: TestMachine; readonly clock: EdgeClock } {
  const machine = { wall: wallMs, mono: 5_000, ntp: false, chip: false };
  const clock = makeEdgeClock({
    boot: BOOT,
    floorMs: FLOOR_MS,
    machine: {
      wallMs: () => machine.wall,
      monoMs: () => machine.mono,
      isNtpSynchronised: () => machine.ntp,
      hasClockChip: () => machine.chip,
    },
  });
  return { machine, clock };
}

/** The machine under a site's clock: a crystal with drift, a wall clock that anybody may have set, a time service or none. */
import type { MachineTime } from "../../../edge/clock/machine-time.ts";
import type { Agenda } from "../agenda.ts";
import { START_MS } from "../faults/plan.ts";

export class SiteClock implements MachineTime {
  private baseMonoMs = 0;
  private baseAtMs = 0;
  private millionths = 0;
  private wallOffsetMs = 0;
  private ntp = true;
  /** Somebody has set the wall clock since the simulation began. */
  wasSet = false;
  private readonly agenda: Agenda;

  constructor(agenda: Agenda) {
    this.agenda = agenda;
  }

  readonly monoMs = (): number => this.baseMonoMs + (this.agenda.nowMs - this.baseAtMs) * (1 + this.millionths / 1e6);
  readonly wallMs = (): number => START_MS + this.agenda.nowMs + this.wallOffsetMs;
  readonly isNtpSynchronised = (): boolean => this.ntp;
  readonly hasClockChip = (): boolean => false;

  /** Power comes: monotonic time begins anew. */
  boot(): void {
    this.baseMonoMs = 20_000;
    this.baseAtMs = this.agenda.nowMs;
  }

  drift(millionths: number): void {
    this.baseMonoMs = this.monoMs();
    this.baseAtMs = this.agenda.nowMs;
    this.millionths = millionths;
  }

  /** Nobody vouches for the time from here on. */
  jump(byMs: number): void {
    this.wallOffsetMs += byMs;
    this.ntp = false;
    this.wasSet = true;
  }

  set(wallMs: number): void {
    this.jump(wallMs - this.wallMs());
  }
}

/** Virtual time: what is to happen next, in one order that depends on nothing but what was asked. */
export interface Appointment {
  atMs: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class Agenda {
  nowMs = 0;
  steps = 0;
  /** So much of `nowMs` was leapt over. */
  leaptMs = 0;
  private readonly heap: Appointment[] = [];
  private asked = 0;

  /** Runs `run` after `delayMs` (0 or more); what was asked for the same moment runs in the order it was asked. */
  after(delayMs: number, run: () => void): Appointment {
    const appointment = { atMs: this.nowMs + Math.max(0, Math.round(delayMs)), order: this.asked++, run, cancelled: false };
    this.push(appointment);
    return appointment;
  }

  /** Time in which nothing happens goes by at once: everything that is to come is put off by it, in its order. */
  leap(ms: number): void {
    this.nowMs += ms;
    this.leaptMs += ms;
    for (const one of this.heap) one.atMs += ms;
  }

  /** Runs everything due up to `untilMs`, unless `stop` says that it is enough. What is leapt over on the way comes on top. */
  runUntil(untilMs: number, stop: () => boolean = () => false): void {
    const before = this.leaptMs;
    const endMs = (): number => untilMs + this.leaptMs - before;
    for (let first = this.heap[0]; first !== undefined && first.atMs <= endMs(); first = this.heap[0]) {
      this.pop();
      if (first.cancelled) continue;
      this.nowMs = first.atMs;
      this.steps += 1;
      first.run();
      if (stop()) return;
    }
    this.nowMs = Math.max(this.nowMs, endMs());
  }

  private push(one: Appointment): void {
    const { heap } = this;
    let at = heap.push(one) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(one, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = one;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Appointment, b: Appointment): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

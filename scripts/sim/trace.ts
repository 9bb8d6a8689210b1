import { createHash } from "node:crypto";

/** What happened, as one digest that two runs of a seed must share, and the newest lines for whoever looks for a fault. */
export class Trace {
  private readonly digest = createHash("sha256");
  private readonly newest: (() => string)[] = [];

  /** `words` must not hold anything that differs between two runs of one seed (paths, real times). */
  note(atMs: number, who: string, words: string, bytes?: Uint8Array): void {
    this.digest.update(`${atMs} ${who} ${words}\n`);
    if (bytes !== undefined) this.digest.update(bytes);
    this.newest.push(() => `${clockText(atMs)} ${who.padEnd(9)} ${words}`);
    if (this.newest.length > 400) this.newest.splice(0, 300);
  }

  last(count: number): string[] {
    return this.newest.slice(-count).map((line) => line());
  }

  /** Ends the trace; call it once. */
  hash(): string {
    return this.digest.digest("hex").slice(0, 32);
  }
}

/** Simulated time as hours, minutes, seconds and ms. */
export function clockText(ms: number): string {
  const part = (value: number, digits = 2): string => String(Math.floor(value)).padStart(digits, "0");
  return `${part(ms / 3_600_000)}:${part((ms / 60_000) % 60)}:${part((ms / 1000) % 60)}.${part(ms % 1000, 3)}`;
}

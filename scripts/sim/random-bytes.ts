import type { SeededRandom } from "../demo/town/seeded-random.ts";

/** Bytes of a seeded stream, in the form that stores and sessions take. */
export function randomBytesOf(random: SeededRandom): (count: number) => Uint8Array {
  return (count) => Uint8Array.from({ length: count }, () => random.whole(0, 255));
}

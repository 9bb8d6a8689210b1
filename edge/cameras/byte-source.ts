import type { CameraWorld } from "./camera-world.ts";

/** The source gave nothing for too long, or took too long as a whole. */
export class SourceTooSlow extends Error {}

const TIME_IS_UP = Symbol("time is up");

/**
 * The same bytes, ended by `SourceTooSlow` when none came for `ms` ("between chunks") or when all of them took longer than `ms`
 * ("in all": against a sender that dribbles). `onBytes` hears of each chunk.
 */
export async function* limitTime(
  source: AsyncIterable<Uint8Array>,
  limit: { readonly ms: number; readonly counts: "between chunks" | "in all" },
  world: Pick<CameraWorld, "sleep">,
  onBytes: () => void = () => {},
): AsyncGenerator<Uint8Array, void, void> {
  const iterator = source[Symbol.asyncIterator]();
  const whole = new AbortController();
  const deadline = limit.counts === "in all" ? world.sleep(limit.ms, whole.signal).then((): typeof TIME_IS_UP => TIME_IS_UP) : null;
  try {
    for (;;) {
      const timer = new AbortController();
      const next = iterator.next();
      const up = deadline ?? world.sleep(limit.ms, timer.signal).then((): typeof TIME_IS_UP => TIME_IS_UP);
      const step = await Promise.race([next, up]).finally(() => timer.abort());
      if (step === TIME_IS_UP) {
        next.catch(() => {});
        throw new SourceTooSlow(`no end within ${limit.ms} ms`);
      }
      if (step.done) return;
      onBytes();
      yield step.value;
    }
  } finally {
    whole.abort();
    // Not awaited: a source that hangs would hold us too.
    iterator.return?.()?.catch(() => {});
  }
}

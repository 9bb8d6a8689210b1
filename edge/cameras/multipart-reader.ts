import type { CameraWorld } from "./camera-world.ts";
import { createMultipartSplitter, type MultipartItem, type MultipartLimits } from "./multipart-splitter.ts";

const MIB = 1 << 20;
/** No ANPR message of any firmware comes near; a 12-megapixel scene is 5 MB. */
export const PART_BYTES_MAX = 12 * MIB;
export const HEAD_BYTES_MAX = 8 * 1024;
export const HEAD_LINES_MAX = 32;
export const PUSH_PARTS_MAX = 8;
export const PUSH_BYTES_MAX = 12 * MIB;
export const PREAMBLE_BYTES_MAX = 64 * 1024;
/** After this long without a byte a part that looks whole is given away, whatever its length says. */
export const QUIET_MS = 150;

/** One push request: everything bounded. */
export const PUSH_LIMITS: MultipartLimits = {
  partBytesMax: PART_BYTES_MAX,
  headBytesMax: HEAD_BYTES_MAX,
  headLinesMax: HEAD_LINES_MAX,
  partsMax: PUSH_PARTS_MAX,
  totalBytesMax: PUSH_BYTES_MAX,
  preambleBytesMax: PREAMBLE_BYTES_MAX,
};
/** A stream lives for weeks: parts and bytes are unbounded in number, each part is bounded. */
export const STREAM_LIMITS: MultipartLimits = {
  ...PUSH_LIMITS,
  partsMax: Number.POSITIVE_INFINITY,
  totalBytesMax: Number.POSITIVE_INFINITY,
};

/** The source broke off with an error (a reset connection, a deadline); what was there has been given away before. */
export interface MultipartBroken {
  readonly kind: "broken";
  readonly error: unknown;
}
export interface ReadMultipartOptions {
  /** From `boundaryOf`; null when the content type names none. */
  readonly boundary: string | null;
  readonly limits: MultipartLimits;
  readonly world: Pick<CameraWorld, "sleep">;
  readonly quietMs?: number;
}

const QUIET = Symbol("quiet");

/** Reads parts from a camera's bytes as they come; ends after a refusal or when the bytes end. Never throws for what the camera does. */
export async function* readMultipart(
  source: AsyncIterable<Uint8Array>,
  options: ReadMultipartOptions,
): AsyncGenerator<MultipartItem | MultipartBroken, void, void> {
  const splitter = createMultipartSplitter(options.boundary, options.limits);
  const iterator = source[Symbol.asyncIterator]();
  let next = settle(iterator.next());
  try {
    for (;;) {
      const step = await unlessQuiet(next, options);
      if (step === QUIET) {
        yield* splitter.quiet();
        // Once is enough: without new bytes a second look sees the same.
      }
      const settled = step === QUIET ? await next : step;
      if (settled.kind === "failed") {
        yield* splitter.end();
        yield { kind: "broken", error: settled.error };
        return;
      }
      if (settled.result.done) {
        yield* splitter.end();
        return;
      }
      for (const item of splitter.push(settled.result.value)) {
        yield item;
        if (item.kind === "refused") return;
      }
      next = settle(iterator.next());
    }
  } finally {
    // Not awaited: a source that hangs would hold its reader.
    iterator.return?.()?.catch(() => {});
  }
}

type Settled =
  | { readonly kind: "came"; readonly result: IteratorResult<Uint8Array> }
  | { readonly kind: "failed"; readonly error: unknown };

function settle(step: Promise<IteratorResult<Uint8Array>>): Promise<Settled> {
  return step.then(
    (result) => ({ kind: "came", result }),
    (error: unknown) => ({ kind: "failed", error }),
  );
}

async function unlessQuiet(next: Promise<Settled>, options: ReadMultipartOptions): Promise<Settled | typeof QUIET> {
  const timer = new AbortController();
  const quiet = options.world.sleep(options.quietMs ?? QUIET_MS, timer.signal).then((): typeof QUIET => QUIET);
  const first = await Promise.race([next, quiet]);
  timer.abort();
  return first;
}

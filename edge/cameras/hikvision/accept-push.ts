import { limitTime, SourceTooSlow } from "../byte-source.ts";
import type { CaptureOutcome, PushAnswer, PushRequest } from "../camera.ts";
import { PUSH_BYTES_MAX, PUSH_LIMITS, readMultipart } from "../multipart-reader.ts";
import type { MultipartRefusalReason } from "../multipart-splitter.ts";
import { boundaryOf, parsePartHead } from "../part-headers.ts";
import { assemblerFor } from "./assembler-for.ts";
import type { HikvisionDeps } from "./hikvision-deps.ts";
import { responseStatusXml } from "./isapi-answers.ts";
import { keepUnread } from "./keep-unread.ts";

/** Pushes of one camera being read at once; a camera sends one after the other. */
export const PUSHES_AT_ONCE_MAX = 4;
const MIB = 1 << 20;
const KEPT_OF_GARBAGE_BYTES = 4096;

const STATUS_OF_REFUSAL: Readonly<Record<MultipartRefusalReason, number>> = {
  "too-large": 413,
  "part-too-large": 413,
  "too-many-parts": 413,
  "head-too-large": 431,
  "no-delimiter": 400,
};

/**
 * Answers a camera's push. A camera repeats what is not answered with 200, so: 200 when everything in it is durable, and also for
 * messages that nobody understands (they are kept; the next try would bring the same bytes and block what waits behind them); 503 when
 * the log could not take it, so that it comes again; 4xx for what no camera sends: too large, too slow, broken off, no message at all.
 */
export function acceptPushes(deps: HikvisionDeps, signal: AbortSignal): (request: PushRequest) => Promise<PushAnswer> {
  let reading = 0;
  return async (request) => {
    if (request.contentLength !== null && request.contentLength > PUSH_BYTES_MAX) {
      sayTooLarge(deps, request.contentLength);
      return answer(413);
    }
    if (reading >= PUSHES_AT_ONCE_MAX) return answer(503);
    reading += 1;
    try {
      return answer(await acceptPush(deps, request, signal));
    } finally {
      reading -= 1;
    }
  };
}

/** The camera goes on trying and its detection is nowhere: a person must see why. Nothing of it is read, so there is nothing to keep. */
function sayTooLarge({ health }: HikvisionDeps, bytes: number | null): void {
  const size = bytes === null ? "" : ` of ${Math.round(bytes / MIB)} MiB`;
  health.remark(
    "size",
    `A push${size} was refused, ${PUSH_BYTES_MAX / MIB} MiB is the most: let the camera send fewer or smaller pictures.`,
  );
}

function answer(status: number): PushAnswer {
  const outcome = status === 200 ? "ok" : status === 503 ? "busy" : "refused";
  return { status, contentType: 'application/xml; charset="UTF-8"', body: responseStatusXml(outcome, "/push") };
}

async function acceptPush(deps: HikvisionDeps, request: PushRequest, signal: AbortSignal): Promise<number> {
  const captures: Promise<CaptureOutcome>[] = [];
  const emit = (capture: Parameters<typeof deps.port.capture>[0]): void => {
    const storing = deps.port.capture(capture);
    // Looked at below; until then a failure is not an unhandled one.
    storing.catch(() => {});
    captures.push(storing);
  };
  const assembler = assemblerFor(deps, emit, { early: "incomplete", late: null }, signal);
  const peek = keepStart(limitTime(request.body, { ms: deps.times.pushBodyMs, counts: "in all" }, deps.world));
  let parts = 0;
  let trouble: number | null = null;
  const items = (await isMultipart(request.contentType, peek))
    ? readMultipart(peek.bytes, { boundary: boundaryOf(request.contentType), limits: PUSH_LIMITS, world: deps.world })
    : readWhole(peek.bytes, request.contentType);
  for await (const item of items) {
    if (item.kind === "part") {
      parts += 1;
      assembler.part(item);
    } else if (item.kind === "refused") {
      trouble = STATUS_OF_REFUSAL[item.reason];
      if (item.reason === "too-large" || item.reason === "part-too-large") sayTooLarge(deps, request.contentLength);
    } else trouble = item.error instanceof SourceTooSlow ? 408 : 400;
  }
  if (trouble === null && request.contentLength !== null && peek.count() < request.contentLength) trouble = 400;
  assembler.end(trouble === null ? "complete" : "cut");
  deps.health.message();
  if (trouble === null) deps.health.remark("size", null);
  if (parts === 0) {
    keepUnread(deps, peek.start(), "A push without any message in it.");
    return trouble ?? 400;
  }
  const stored = await Promise.allSettled(captures);
  if (stored.some((each) => each.status === "rejected")) {
    deps.health.remark("store", "Its detections cannot be stored at the moment: look at the disk of this edge.");
    return 503;
  }
  if (stored.length > 0) {
    deps.health.remark("store", null);
    deps.health.detection();
  }
  if (trouble === null) deps.health.become("watching", "");
  return trouble ?? 200;
}

interface PeekedBytes {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly start: () => Uint8Array;
  readonly count: () => number;
  /** Reads the first chunk without taking it away. */
  readonly first: () => Promise<Uint8Array>;
}

function keepStart(source: AsyncGenerator<Uint8Array, void, void>): PeekedBytes {
  let kept: Uint8Array = new Uint8Array();
  let total = 0;
  let ahead: Promise<IteratorResult<Uint8Array, void>> | null = null;
  const next = async (): Promise<IteratorResult<Uint8Array, void>> => {
    const step = await source.next();
    if (!step.done) {
      total += step.value.length;
      if (kept.length < KEPT_OF_GARBAGE_BYTES) kept = Buffer.concat([kept, step.value.subarray(0, KEPT_OF_GARBAGE_BYTES - kept.length)]);
    }
    return step;
  };
  async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) {
        const step = await (ahead ?? next());
        ahead = null;
        if (step.done) return;
        yield step.value;
      }
    } finally {
      await source.return();
    }
  }
  return {
    bytes: bytes(),
    start: () => kept,
    count: () => total,
    first: async () => {
      ahead ??= next();
      const step = await ahead.catch(() => null);
      return step === null || step.done ? new Uint8Array() : step.value;
    },
  };
}

/** By its type, or by its first line: some firmware forgets the header. */
async function isMultipart(contentType: string, peek: PeekedBytes): Promise<boolean> {
  if (/^\s*multipart\//i.test(contentType)) return true;
  return /^\s*--\S/.test(Buffer.from(await peek.first()).toString("latin1"));
}

/** A plain XML body as if it were the only part. */
async function* readWhole(bytes: AsyncIterable<Uint8Array>, contentType: string): ReturnType<typeof readMultipart> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of bytes) {
      total += chunk.length;
      if (total > PUSH_BYTES_MAX) {
        yield { kind: "refused", reason: "too-large" };
        return;
      }
      chunks.push(chunk);
    }
  } catch (error) {
    yield { kind: "broken", error };
    return;
  }
  const body = Buffer.concat(chunks);
  if (body.toString("latin1", 0, 64).trim() === "") return;
  yield { kind: "part", head: parsePartHead([`Content-Type: ${contentType}`]), body, whole: true, lengthWrong: false };
}

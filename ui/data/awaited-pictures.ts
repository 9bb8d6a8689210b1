/**
 * Pictures that are not at hand yet: those in sight are asked for again, a few at a time and ever more rarely, until they are there. No
 * message tells that a picture arrived, and a page that says "Still at the site" for ever is not believed the second time.
 */
import { signal } from "@preact/signals";
import type { ImageView } from "../../shared/api/views.ts";
import { imageAddress } from "./image-address.ts";

export type PictureAnswer = "here" | "not-yet" | "gone";
export interface PictureWatchDeps {
  readonly ask: (sha256: string) => Promise<PictureAnswer>;
  readonly nowMs: () => number;
  /** Calls back after so many ms. */
  readonly later: (ms: number, call: () => void) => void;
  /** Nobody looks at a hidden page. */
  readonly isHidden: () => boolean;
}
export interface PictureWatch {
  /** Asks for this picture until it is here or gone; the returned function stops. */
  readonly watch: (sha256: string, onHere: () => void) => () => void;
}

const TICK_MS = 500;
/** Questions of one tick: a whole feed that waits takes a few seconds, not a hundred requests at once. */
export const ASKED_AT_ONCE_MAX = 6;
const FIRST_WAIT_MS = 800;
const WAIT_MAX_MS = 30_000;

interface Awaited {
  readonly callbacks: Set<() => void>;
  tries: number;
  dueMs: number;
}

/** Wait before try number `tries` (from 0), ms: doubled each time, at most 30 s. */
export function askAgainMs(tries: number): number {
  return Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
}

/** Watches any number of pictures with one timer, which rests while none is awaited. */
export function makePictureWatch(deps: PictureWatchDeps): PictureWatch {
  const awaited = new Map<string, Awaited>();
  let ticking = false;

  const tick = async (): Promise<void> => {
    const now = deps.nowMs();
    const due = [...awaited].filter(([, one]) => one.dueMs <= now).sort(([, a], [, b]) => a.dueMs - b.dueMs);
    if (!deps.isHidden()) await Promise.all(due.slice(0, ASKED_AT_ONCE_MAX).map(([sha256, one]) => askOnce(sha256, one)));
    ticking = awaited.size > 0;
    if (ticking) deps.later(TICK_MS, () => void tick());
  };
  const askOnce = async (sha256: string, one: Awaited): Promise<void> => {
    const answer = await deps.ask(sha256);
    one.tries++;
    one.dueMs = deps.nowMs() + askAgainMs(one.tries);
    if (answer === "not-yet") return;
    awaited.delete(sha256);
    if (answer === "here") for (const call of one.callbacks) call();
  };

  return {
    watch(sha256, onHere) {
      const one = awaited.get(sha256) ?? { callbacks: new Set(), tries: 0, dueMs: deps.nowMs() + askAgainMs(0) };
      one.callbacks.add(onHere);
      awaited.set(sha256, one);
      if (!ticking) {
        ticking = true;
        deps.later(TICK_MS, () => void tick());
      }
      return () => {
        one.callbacks.delete(onHere);
        if (one.callbacks.size === 0 && awaited.get(sha256) === one) awaited.delete(sha256);
      };
    },
  };
}

/** Pictures that came while this page was open, though what the page was told of them says otherwise. */
const came = signal<ReadonlySet<string>>(new Set());
const CAME_MAX = 5_000;

/** Where the picture is as far as this page knows by now. */
export function pictureState(image: ImageView): ImageView["state"] {
  return isAwaited(image.state) && came.value.has(image.sha256) ? "stored" : image.state;
}

/** True for a picture that may still come by itself. */
export function isAwaited(state: ImageView["state"]): boolean {
  return state === "on-edge" || state === "on-its-way";
}

async function askProgram(sha256: string): Promise<PictureAnswer> {
  try {
    const { status } = await fetch(imageAddress(sha256), { method: "HEAD", credentials: "same-origin" });
    return status === 200 ? "here" : status === 410 ? "gone" : "not-yet";
  } catch {
    return "not-yet";
  }
}

const pictures = makePictureWatch({
  ask: askProgram,
  nowMs: () => performance.now(),
  later: (ms, call) => void setTimeout(call, ms),
  isHidden: () => document.visibilityState === "hidden",
});

/** Watches the picture while its frame is in sight; the returned function stops. */
export function watchWhileInSight(frame: Element, sha256: string, onHere: () => void): () => void {
  let stop: (() => void) | undefined;
  const here = () => {
    came.value = new Set([...came.peek(), sha256].slice(-CAME_MAX));
    onHere();
  };
  const observer = new IntersectionObserver((entries) => {
    const inSight = entries.at(-1)?.isIntersecting === true;
    if (inSight) stop ??= pictures.watch(sha256, here);
    else {
      stop?.();
      stop = undefined;
    }
  });
  observer.observe(frame);
  return () => {
    observer.disconnect();
    stop?.();
  };
}

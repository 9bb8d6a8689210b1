/**
 * Keeps the screen on while the page is in front. With HTTPS the browser's wake lock does it. On a Pi's plain http address browsers do not
 * offer that, so a video that shows and plays nothing runs behind the page: a phone stays awake while a video with a sound track plays.
 * Browsers let it start with a tap only, so the first tap anywhere starts it.
 */
import { signal } from "@preact/signals";

export type Awake = "wake-lock" | "video" | "after-a-tap" | "cannot";
/** How the screen is kept on at the moment. */
export const awake = signal<Awake>("after-a-tap");

/** Changes of the video's picture; a stream that stands still counts as ended for some browsers. */
const REDRAW_MS = 1_000;

/** Starts it for as long as somebody is signed in; the returned function lets the screen go dark again. */
export function keepScreenOn(): () => void {
  return isSecureContext && "wakeLock" in navigator ? holdWakeLock() : playSilentVideo();
}

function holdWakeLock(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const ask = async () => {
    if (over || document.visibilityState === "hidden") return;
    // Refused on low battery, and released by the browser whenever the page is hidden: asked for again when it returns.
    lock = await navigator.wakeLock.request("screen").catch(() => undefined);
    awake.value = lock === undefined ? "cannot" : "wake-lock";
    if (over) void lock?.release();
  };
  const onShow = () => void ask();
  document.addEventListener("visibilitychange", onShow);
  void ask();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", onShow);
    void lock?.release();
  };
}

function playSilentVideo(): () => void {
  let stopVideo: (() => void) | undefined;
  let over = false;
  awake.value = "after-a-tap";
  const onTap = async () => {
    const made = silentVideo();
    if (made === undefined) {
      awake.value = "cannot";
      return;
    }
    const plays = await made.video.play().then(
      () => true,
      () => false,
    );
    if (over || !plays) return made.stop();
    awake.value = "video";
    removeEventListener("click", onTap, true);
    stopVideo = made.stop;
  };
  const onShow = () => {
    // A phone pauses it with the page.
    if (document.visibilityState === "visible")
      void document
        .querySelector<HTMLVideoElement>("video.keeps-awake")
        ?.play()
        .catch(() => {});
  };
  addEventListener("click", onTap, true);
  document.addEventListener("visibilitychange", onShow);
  return () => {
    over = true;
    removeEventListener("click", onTap, true);
    document.removeEventListener("visibilitychange", onShow);
    stopVideo?.();
  };
}

/** A black picture and a sound track of nothing, made by the browser: no file to load. undefined where it cannot. */
function silentVideo(): { video: HTMLVideoElement; stop: () => void } | undefined {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16;
  const paper = canvas.getContext("2d");
  if (paper === null || typeof canvas.captureStream !== "function" || typeof AudioContext === "undefined") return undefined;
  const redraw = () => paper.fillRect(0, 0, 16, 16);
  redraw();
  const sound = new AudioContext();
  const nothing = sound.createMediaStreamDestination();
  const timer = setInterval(redraw, REDRAW_MS);
  const video = document.createElement("video");
  video.className = "keeps-awake";
  video.setAttribute("playsinline", "");
  video.setAttribute("aria-hidden", "true");
  video.tabIndex = -1;
  video.srcObject = new MediaStream([...canvas.captureStream().getTracks(), ...nothing.stream.getTracks()]);
  document.body.append(video);
  return {
    video,
    stop: () => {
      clearInterval(timer);
      video.pause();
      video.remove();
      void sound.close();
    },
  };
}

/** Sound on alert, made by the browser itself. Browsers allow it only after a tap, so the page asks for one and says so. */
import { signal } from "@preact/signals";

export const soundOn = signal(false);
let audio: AudioContext | undefined;
/** Two rising tones, twice: heard across a parking lot, over in a second. */
const TONES: readonly (readonly [startS: number, hertz: number])[] = [
  [0, 740],
  [0.18, 988],
  [0.5, 740],
  [0.68, 988],
];
const TONE_S = 0.16;

/** Called from a tap. */
export async function turnSoundOn(): Promise<void> {
  audio ??= new AudioContext();
  await audio.resume();
  soundOn.value = audio.state === "running";
  if (soundOn.value) playAlertSound();
}

export function turnSoundOff(): void {
  soundOn.value = false;
}

/** Plays it when sound is on; silently nothing otherwise. */
export function playAlertSound(): void {
  if (audio === undefined || !soundOn.value) return;
  const from = audio.currentTime + 0.02;
  for (const [start, hertz] of TONES) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.type = "triangle";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from + start);
    volume.gain.linearRampToValueAtTime(0.5, from + start + 0.02);
    volume.gain.linearRampToValueAtTime(0, from + start + TONE_S);
    tone.connect(volume).connect(audio.destination);
    tone.start(from + start);
    tone.stop(from + start + TONE_S);
  }
}

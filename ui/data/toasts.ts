/** Short notes at the edge of the page: what was done, and the way back. */
import { signal } from "@preact/signals";

export interface Toast {
  readonly id: number;
  readonly words: string;
  readonly undo: (() => void) | undefined;
}
const TOASTS_MAX = 3;
/** Long enough to read; with "Undo", long enough to reach for it. */
const TOAST_MS = 3_500;
const TOAST_UNDO_MS = 8_000;
let last = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export const toasts = signal<readonly Toast[]>([]);

/** Shows a note; with `undo` it offers to take the act back. */
export function showToast(words: string, undo?: () => void): void {
  const id = ++last;
  toasts.value = [...toasts.value.slice(1 - TOASTS_MAX), { id, words, undo }];
  timers.set(
    id,
    setTimeout(() => dropToast(id), undo === undefined ? TOAST_MS : TOAST_UNDO_MS),
  );
}

export function dropToast(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

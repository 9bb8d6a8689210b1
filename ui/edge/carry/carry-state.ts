/** What waits for a stick, asked when the page is opened and each second while a file is being made; and receipts that come back. */
import { signal } from "@preact/signals";
import type { BundleWaitingAnswer } from "../../../shared/api/site-api.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { CARRY } from "../../words/carry-words.ts";
import { api } from "../site-session.ts";

export const waiting = notLoaded<BundleWaitingAnswer>();
export type ReceiptState =
  | { readonly kind: "none" }
  | { readonly kind: "reading" }
  | { readonly kind: "taken" | "refused"; readonly words: string; readonly file: string };
export const receipt = signal<ReceiptState>({ kind: "none" });

/** What the edge takes as a receipt (shared/bundle). */
const RECEIPT_BYTES_MAX = 2 * 1024 * 1024;
const ASK_AGAIN_MS = 1_000;
/** A tapped download begins within that; then the answers themselves say whether it goes on. */
const BEGINS_WITHIN_MS = 10_000;

export function loadWaiting(): Promise<void> {
  return load(waiting, () => api.get<BundleWaitingAnswer>("/bundle/waiting"));
}

let followUntilMs = 0;
/** A file was asked for: its progress is followed until it is made. */
export function fileWasAsked(): void {
  followUntilMs = Date.now() + BEGINS_WITHIN_MS;
}

/** Asks now, and each second while a file is made; the returned function stops. */
export function followWaiting(): () => void {
  void loadWaiting();
  const timer = setInterval(() => {
    const isMade = waiting.peek().value?.making !== null && waiting.peek().value !== undefined;
    if (isMade || Date.now() < followUntilMs) void loadWaiting();
  }, ASK_AGAIN_MS);
  return () => clearInterval(timer);
}

/** Central's receipt, for the site to check and believe. */
export async function bringReceipt(file: File): Promise<void> {
  if (file.size > RECEIPT_BYTES_MAX) {
    receipt.value = { kind: "refused", words: CARRY.receiptTooLarge, file: file.name };
    return;
  }
  receipt.value = { kind: "reading" };
  const bytes = new Uint8Array(await file.arrayBuffer());
  const answer = await api.send<{ words: string }>("POST", "/bundle/receipt", { receipt: toBase64(bytes) });
  receipt.value = answer.ok
    ? { kind: "taken", words: answer.value.words, file: file.name }
    : { kind: "refused", words: answer.problem.words, file: file.name };
  await loadWaiting();
}

/** In pieces: a call takes no million arguments. */
function toBase64(bytes: Uint8Array): string {
  const PIECE = 32_768;
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

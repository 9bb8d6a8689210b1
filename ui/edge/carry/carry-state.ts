/** What waits for a stick, asked when the page is opened and each second while a file is being made; and what comes back from central. */
import { signal } from "@preact/signals";
import type { BundleWaitingAnswer } from "../../../shared/api/site-api.ts";
import type { Answer } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { uploadFile } from "../../data/upload-file.ts";
import { CARRY } from "../../words/carry-words.ts";
import { api, askSite } from "../site-session.ts";

export const waiting = notLoaded<BundleWaitingAnswer>();
export type BroughtState =
  | { readonly kind: "none" }
  | { readonly kind: "reading" }
  | { readonly kind: "sending"; readonly sent: number; readonly bytes: number }
  | { readonly kind: "taken" | "refused"; readonly words: string; readonly file: string };
export const brought = signal<BroughtState>({ kind: "none" });

/** What the edge takes as a receipt (shared/bundle); a larger file can only be the other kind. */
const RECEIPT_BYTES_MAX = 2 * 1024 * 1024;
/** The first bytes of central's file for a site (shared/bundle). */
const DOWN_MAGIC = "ALPRDWN1";
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

/** Central's file or its receipt, for the site to check and believe: by what it begins with, whatever its name. */
export async function bringAnswer(file: File): Promise<void> {
  brought.value = { kind: "reading" };
  const first = new TextDecoder().decode(await file.slice(0, DOWN_MAGIC.length).arrayBuffer());
  const answer = first === DOWN_MAGIC || file.size > RECEIPT_BYTES_MAX ? await sendDown(file) : await sendReceipt(file);
  const words = answer.ok ? answer.value.words : answer.problem.kind === "unreachable" ? CARRY.answerBroken : answer.problem.words;
  brought.value = { kind: answer.ok ? "taken" : "refused", words, file: file.name };
  await loadWaiting();
}

async function sendReceipt(file: File): Promise<Answer<{ words: string }>> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return api.send("POST", "/bundle/receipt", { receipt: toBase64(bytes) });
}

function sendDown(file: File): Promise<Answer<{ words: string }>> {
  const told = (sent: number) => {
    brought.value = { kind: "sending", sent, bytes: file.size };
  };
  told(0);
  return uploadFile<{ words: string }>("/api/bundle/down", file, told, () => void askSite()).answer;
}

/** In pieces: a call takes no million arguments. */
function toBase64(bytes: Uint8Array): string {
  const PIECE = 32_768;
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

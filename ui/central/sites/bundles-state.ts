/** Files of sites that are brought in: one after the other, each with its progress; they go on while other pages are open. */
import { signal } from "@preact/signals";
import type { BundleImportAnswer } from "../../../shared/api/central-api.ts";
import type { Answer } from "../../data/api-client.ts";
import { downloadFile } from "../../data/download-file.ts";
import { uploadFile } from "../../data/upload-file.ts";
import { BUNDLES } from "../../words/bundle-words.ts";
import { checkSession } from "../session-state.ts";
import { loadCollectors } from "./collectors-state.ts";

export type BundleNow =
  | { readonly kind: "waiting" }
  | { readonly kind: "sending"; readonly sent: number }
  | { readonly kind: "done"; readonly answer: BundleImportAnswer }
  | { readonly kind: "refused"; readonly words: string };
export interface BroughtBundle {
  readonly id: number;
  readonly file: File;
  readonly now: BundleNow;
}

const FILES_MAX = 50;
export const bundles = signal<readonly BroughtBundle[]>([]);
let last = 0;
let cancelRunning: (() => void) | null = null;
let isStopped = false;

const put = (id: number, now: BundleNow): void => {
  bundles.value = bundles.peek().map((one) => (one.id === id ? { ...one, now } : one));
};

/** Adds files behind those that wait. */
export function bringBundles(files: readonly File[]): void {
  const added = files.map((file): BroughtBundle => ({ id: ++last, file, now: { kind: "waiting" } }));
  bundles.value = [...bundles.peek(), ...added].slice(-FILES_MAX);
  if (cancelRunning === null) void sendNext();
}

export function stopBundle(id: number): void {
  const one = bundles.peek().find((bundle) => bundle.id === id);
  if (one?.now.kind === "sending") {
    isStopped = true;
    cancelRunning?.();
  } else bundles.value = bundles.peek().filter((bundle) => bundle.id !== id);
}

async function sendNext(): Promise<void> {
  const next = bundles.peek().find((one) => one.now.kind === "waiting");
  if (next === undefined) return;
  put(next.id, { kind: "sending", sent: 0 });
  isStopped = false;
  const upload = uploadFile<BundleImportAnswer>(
    "/api/v1/bundles",
    next.file,
    (sent) => put(next.id, { kind: "sending", sent }),
    () => void checkSession(),
  );
  cancelRunning = upload.cancel;
  addEventListener("beforeunload", keepOpen);
  const answer = await upload.answer;
  removeEventListener("beforeunload", keepOpen);
  cancelRunning = null;
  if (answer.ok) put(next.id, { kind: "done", answer: answer.value });
  else {
    const cut = isStopped ? BUNDLES.stopped : BUNDLES.broken;
    put(next.id, { kind: "refused", words: answer.problem.kind === "unreachable" ? cut : answer.problem.words });
  }
  if (answer.ok) void loadCollectors();
  await sendNext();
}

/** The browser asks before the page with an upload is closed. */
function keepOpen(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** The signed receipt as a file for the stick. */
export function receiptBlob(answer: BundleImportAnswer): Blob {
  return new Blob([Uint8Array.from(atob(answer.receipt), (letter) => letter.charCodeAt(0))], { type: "application/octet-stream" });
}

/** Central's file for the site whose bundle this was, saved by the browser. */
export function saveAnswer({ collector_id, receipt }: BundleImportAnswer): Promise<Answer<{ name: string }>> {
  return downloadFile(`/api/v1/collectors/${collector_id}/down`, { lists: "changed", receipt }, () => void checkSession());
}

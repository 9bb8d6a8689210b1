/** What stands where data would stand: nothing yet, something went wrong, or it is on its way. */
import type { Problem } from "../data/api-client.ts";
import { type ComponentChildren, html, useEffect, useState } from "../html.ts";
import { STATES } from "../words/state-words.ts";

export function EmptyState({ title, text, children }: { title: string; text?: string; children?: ComponentChildren }) {
  return html`<div class="flex flex-col items-center text-center gap-2 px-6 py-12">
    <p class="heading">${title}</p>
    ${text ? html`<p class="quiet max-w-[46ch]">${text}</p>` : null}
    ${children}
  </div>`;
}

export function ErrorState({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return html`<div role="alert" class="flex flex-col items-center text-center gap-3 px-6 py-12">
    <p class="heading">${problem.kind === "unreachable" ? STATES.unreachable : problem.kind === "refused" ? STATES.refused : STATES.failed}</p>
    <p class="quiet max-w-[46ch]">${problem.words}</p>
    ${onRetry && problem.kind !== "refused" ? html`<button type="button" class="button" onClick=${onRetry}>${STATES.retry}</button>` : null}
  </div>`;
}

/** One line above content that is old because asking again failed. */
export function StaleNote({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  return html`<div role="alert" class="row flex-wrap px-4 py-2 border-0 border-b border-solid border-line bg-raised quiet">
    <span>${problem.words} ${STATES.stale}</span><button type="button" class="link-button" onClick=${onRetry}>${STATES.retry}</button>
  </div>`;
}

/** Rows without content keep the layout; after 300 ms words say what is awaited. */
export function LoadingRows({ rows = 6, height = 72, awaited }: { rows?: number; height?: number; awaited: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return html`<div aria-busy="true">
    <p class="quiet px-4 py-2 min-h-[36px]" role="status">${late ? awaited : ""}</p>
    ${Array.from(
      { length: rows },
      (_, at) => html`<div key=${at} class="row px-4 border-0 border-t border-solid border-line" style=${`height:${height}px`}>
      <div class="skeleton" style="width:112px;height:${Math.min(56, height - 16)}px"></div><div class="skeleton" style="width:${30 + ((at * 7) % 25)}%;height:16px"></div>
    </div>`,
    )}
  </div>`;
}

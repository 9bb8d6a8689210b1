/** Text to be copied whole: selectable, scrolls instead of wrapping, with a button where the browser allows it. */
import { showToast } from "../data/toasts.ts";
import { html } from "../html.ts";
import { ADMIN } from "../words/sites-page-words.ts";

export function CopyLine({ text, label }: { text: string; label?: string }) {
  // On plain http away from loopback there is no clipboard; the text can be selected by hand.
  const copy =
    navigator.clipboard === undefined ? undefined : () => navigator.clipboard.writeText(text).then(() => showToast(ADMIN.copied));
  return html`<div class="stack gap-1 min-w-0">${label ? html`<span class="quiet">${label}</span>` : null}
    <div class="row min-w-0"><code class="copy-text" tabindex="0">${text}</code>${copy === undefined ? null : html`<button type="button" class="button small" aria-label=${label ? `${ADMIN.copy}: ${label}` : ADMIN.copy} onClick=${copy}>${ADMIN.copy}</button>`}</div></div>`;
}

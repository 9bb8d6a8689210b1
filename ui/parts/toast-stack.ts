/** Where the short notes show. */
import { dropToast, toasts } from "../data/toasts.ts";
import { html } from "../html.ts";
import { STATES } from "../words/state-words.ts";

export function ToastStack() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map(
      ({ id, words, undo }) => html`<div key=${id} class="toast enter"><span class="flex-1">${words}</span>
        ${
          undo === undefined
            ? null
            : html`<button type="button" class="link-button" onClick=${() => {
                dropToast(id);
                undo();
              }}>${STATES.undo}</button>`
        }</div>`,
    )}
  </div>`;
}

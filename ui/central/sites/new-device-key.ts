/** A device key nobody confirmed: what it means, and confirming it, which is asked twice because it ends the doubt for good. */
import type { CollectorView } from "../../../shared/api/central-api.ts";
import { showToast } from "../../data/toasts.ts";
import { html, useState } from "../../html.ts";
import { Dialog } from "../../parts/dialog.ts";
import { KEYS } from "../../words/sites-page-words.ts";
import { STATES } from "../../words/state-words.ts";
import { confirmKeys } from "./collectors-state.ts";

export function NewDeviceKey({ collector }: { collector: CollectorView }) {
  const [asking, setAsking] = useState(false);
  const [words, setWords] = useState("");
  const confirm = async () => {
    const answer = await confirmKeys(collector.id);
    if (!answer.ok) return setWords(answer.problem.words);
    setAsking(false);
    showToast(KEYS.confirmed(collector.site));
  };
  return html`<section class="panel p-4 flex flex-wrap items-center gap-4" style="border-color:var(--attention)" aria-label=${KEYS.title}>
    <div class="flex-1 min-w-[240px]"><h2 class="heading text-attention">${KEYS.title}</h2><p>${KEYS.text}</p></div>
    <button type="button" class="button" onClick=${() => setAsking(true)}>${KEYS.confirm}</button>
    ${
      asking
        ? html`<${Dialog} title=${KEYS.confirm} onClose=${() => setAsking(false)}><div class="flex flex-col gap-4"><p>${KEYS.question(collector.site)}</p>
      <p role="alert" class="text-critical empty:hidden">${words}</p>
      <div class="row justify-end"><button type="button" class="button" onClick=${() => setAsking(false)}>${STATES.cancel}</button><button type="button" class="button primary" onClick=${confirm}>${KEYS.yes}</button></div></div><//>`
        : null
    }
  </section>`;
}

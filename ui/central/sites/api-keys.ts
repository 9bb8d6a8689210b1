/** A collector's API keys: prefixes are shown, a new key once. Revoking asks first and says what happens at the edge. */
import type { CollectorView } from "../../../shared/api/central-api.ts";
import { showToast } from "../../data/toasts.ts";
import { html, useState } from "../../html.ts";
import { CopyLine } from "../../parts/copy-line.ts";
import { Dialog } from "../../parts/dialog.ts";
import { TimeText } from "../../parts/time-text.ts";
import { SITES } from "../../words/sites-page-words.ts";
import { STATES } from "../../words/state-words.ts";
import { api } from "../session-state.ts";
import { loadCollectors } from "./collectors-state.ts";

type Key = CollectorView["api_keys"][number];

export function ApiKeys({ collector }: { collector: CollectorView }) {
  const [made, setMade] = useState("");
  const [revoking, setRevoking] = useState<Key | undefined>(undefined);
  const create = async () => {
    const answer = await api.send<{ key: string }>("POST", `/collectors/${collector.id}/api-keys`);
    if (!answer.ok) return showToast(answer.problem.words);
    setMade(answer.value.key);
    void loadCollectors();
  };
  const revoke = async (key: Key) => {
    const answer = await api.send("DELETE", `/collectors/${collector.id}/api-keys/${key.id}`);
    if (!answer.ok) return showToast(answer.problem.words);
    setRevoking(undefined);
    void loadCollectors();
  };
  return html`<section class="stack"><div class="row justify-between"><h2 class="heading">${SITES.keys}</h2><button type="button" class="button small" onClick=${create}>${SITES.newKey}</button></div>
    ${made === "" ? null : html`<div class="panel p-4 stack"><p class="font-medium">${SITES.keyOnce}</p><${CopyLine} text=${made} /></div>`}
    <ul class="panel overflow-hidden">${collector.api_keys.map(
      (
        key,
      ) => html`<li key=${key.id} class="entry-row"><code class="flex-1">${key.prefix}…</code><span class="tiny">${SITES.created} <${TimeText} at=${key.created_at} zone=${collector.time_zone} show="day" /></span>
        ${key.revoked_at === null ? html`<button type="button" class="button small" onClick=${() => setRevoking(key)}>${SITES.revoke}</button>` : html`<span class="tag">${SITES.revoked}</span>`}</li>`,
    )}</ul>
    ${
      revoking === undefined
        ? null
        : html`<${Dialog} title=${SITES.revoke} onClose=${() => setRevoking(undefined)}><div class="flex flex-col gap-4"><p>${SITES.revokeText(revoking.prefix)}</p>
      <div class="row justify-end"><button type="button" class="button" onClick=${() => setRevoking(undefined)}>${STATES.cancel}</button><button type="button" class="button danger" onClick=${() => revoke(revoking)}>${SITES.revoke}</button></div></div><//>`
    }
  </section>`;
}

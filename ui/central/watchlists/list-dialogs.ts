/** Making and deleting a list; deleting names the list and what goes with it. */
import type { WatchlistView } from "../../../shared/api/views.ts";
import type { WatchlistKind } from "../../../shared/model/watchlist.ts";
import { html, type InputEventOf, useState } from "../../html.ts";
import { Dialog } from "../../parts/dialog.ts";
import { Segmented } from "../../parts/segmented.ts";
import { STATES } from "../../words/state-words.ts";
import { KIND_OPTIONS, KIND_WORDS, WATCHLISTS } from "../../words/watchlist-words.ts";
import { session } from "../session-state.ts";
import { createWatchlist, deleteWatchlist } from "./watchlists-state.ts";

const DIFFERENCES = [
  ["0", "0"],
  ["1", "1"],
  ["2", "2"],
] as const;

export function NewListDialog({ onClose, onCreated }: { onClose: () => void; onCreated: (list: WatchlistView) => void }) {
  const [form, setForm] = useState({ name: "", kind: "shared" as WatchlistKind, critical: false, differences: "1" });
  const [words, setWords] = useState("");
  const set = (change: Partial<typeof form>) => setForm((was) => ({ ...was, ...change }));
  const submit = async (event: Event) => {
    event.preventDefault();
    const now = session.value;
    const answer = await createWatchlist({
      name: form.name.trim(),
      kind: form.kind,
      critical: form.critical,
      differences_max: Number(form.differences),
      // Somebody of some sites may only make lists for those.
      sites: now.kind === "in" ? now.me.sites : [],
    });
    if (!answer.ok) return setWords(answer.problem.words);
    onClose();
    onCreated(answer.value);
  };
  return html`<${Dialog} title=${WATCHLISTS.newList} onClose=${onClose}><form class="flex flex-col gap-4" onSubmit=${submit}>
    <label class="field"><span>${WATCHLISTS.name}</span><input class="input" required autofocus maxlength="80" value=${form.name} onInput=${(event: InputEventOf) => set({ name: event.currentTarget.value })} /></label>
    <div class="field"><span>${WATCHLISTS.kind}</span><${Segmented} name="kind" label=${WATCHLISTS.kind} value=${form.kind} options=${KIND_OPTIONS} onChange=${(kind: WatchlistKind) => set({ kind })} wide /><small>${KIND_WORDS[form.kind]}</small></div>
    <div class="field"><span>${WATCHLISTS.differences}</span><${Segmented} name="differences" label=${WATCHLISTS.differences} value=${form.differences} options=${DIFFERENCES} onChange=${(differences: string) => set({ differences })} /><small>${WATCHLISTS.differencesHint}</small></div>
    <label class="row min-h-[44px] cursor-pointer"><input type="checkbox" checked=${form.critical} onChange=${(event: InputEventOf) => set({ critical: event.currentTarget.checked })} /><span><span class="font-medium">${WATCHLISTS.critical}</span> <span class="tiny block">${WATCHLISTS.criticalHint}</span></span></label>
    <p role="alert" class="text-critical empty:hidden">${words}</p>
    <button class="button primary">${WATCHLISTS.create}</button></form><//>`;
}

export function DeleteListDialog({ list, onClose, onDeleted }: { list: WatchlistView; onClose: () => void; onDeleted: () => void }) {
  const [words, setWords] = useState("");
  const remove = async () => {
    const answer = await deleteWatchlist(list);
    if (answer.ok) onDeleted();
    else setWords(answer.problem.words);
  };
  return html`<${Dialog} title=${WATCHLISTS.deleteList} onClose=${onClose}><div class="flex flex-col gap-4">
    <p>${WATCHLISTS.deleteListText(list.name, list.entries)}</p><p role="alert" class="text-critical empty:hidden">${words}</p>
    <div class="row justify-end"><button type="button" class="button" onClick=${onClose}>${STATES.cancel}</button><button type="button" class="button danger" onClick=${remove}>${WATCHLISTS.deleteList}</button></div></div><//>`;
}

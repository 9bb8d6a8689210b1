/** Adding or changing an entry: plate, reason and expiry are required; expiry is chosen, not typed. */
import type { EntryView, WatchlistView } from "../../../shared/api/views.ts";
import { html, type InputEventOf, useState } from "../../html.ts";
import { Dialog } from "../../parts/dialog.ts";
import { Segmented } from "../../parts/segmented.ts";
import { readPattern } from "../../words/pattern-words.ts";
import { EXPIRIES, SITE } from "../../words/site-page-words.ts";
import { STATES } from "../../words/state-words.ts";
import { WATCHLISTS } from "../../words/watchlist-words.ts";
import { addListEntry, changeListEntry } from "./watchlists-state.ts";

export interface EntryDialogProps {
  list: WatchlistView;
  /** Given: the entry is changed. */
  entry?: EntryView | undefined;
  pattern?: string | undefined;
  onClose: () => void;
}
const HOUR_MS = 3_600_000;

export function EntryDialog({ list, entry, pattern, onClose }: EntryDialogProps) {
  const [form, setForm] = useState({
    pattern: entry?.pattern ?? pattern ?? "",
    reason: entry?.reason ?? "",
    hours: entry === undefined ? "168" : "",
    vehicle: entry?.vehicle ?? "",
    note: "",
  });
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<typeof form>) => setForm((was) => ({ ...was, ...change }));
  const text = (name: "reason" | "vehicle" | "note") => (event: InputEventOf) => set({ [name]: event.currentTarget.value });
  const submit = async (event: Event) => {
    event.preventDefault();
    const input = readPattern(form.pattern);
    if (!input.ok) return setWords(input.words);
    const fields = {
      pattern: input.pattern,
      reason: form.reason.trim(),
      vehicle: form.vehicle.trim(),
      ...(form.hours === "" ? {} : { expires_at: new Date(Date.now() + Number(form.hours) * HOUR_MS).toISOString() }),
      ...(form.note.trim() === "" ? {} : { note: form.note.trim() }),
    };
    setBusy(true);
    const answer =
      entry === undefined
        ? await addListEntry(list.id, { ...fields, expires_at: fields.expires_at! })
        : await changeListEntry(entry, fields);
    setBusy(false);
    if (answer.ok) onClose();
    else setWords(answer.problem.words);
  };
  return html`<${Dialog} title=${`${entry === undefined ? WATCHLISTS.addEntry : WATCHLISTS.editEntry} · ${list.name}`} onClose=${onClose}><form class="flex flex-col gap-4" onSubmit=${submit}>
    <label class="field"><span>${WATCHLISTS.pattern}</span><input class="input plate-input" style="font-size:1.25rem;min-height:48px" required autofocus maxlength="14" autocomplete="off" spellcheck=${false} placeholder=${SITE.plateExample} value=${form.pattern} onInput=${(event: InputEventOf) => set({ pattern: event.currentTarget.value })} /><small>${WATCHLISTS.patternHint}</small></label>
    <label class="field"><span>${WATCHLISTS.reason}</span><input class="input" required minlength="3" maxlength="200" value=${form.reason} onInput=${text("reason")} /></label>
    <div class="field"><span>${WATCHLISTS.expiry}</span><${Segmented} name="hours" label=${WATCHLISTS.expiry} value=${form.hours} options=${EXPIRIES} onChange=${(hours: string) => set({ hours })} wide /></div>
    <label class="field"><span>${WATCHLISTS.vehicle}</span><input class="input" maxlength="80" placeholder=${SITE.vehicleExample} value=${form.vehicle} onInput=${text("vehicle")} /></label>
    <label class="field"><span>${WATCHLISTS.note}</span><input class="input" maxlength="500" value=${form.note} onInput=${text("note")} /></label>
    <p role="alert" class="text-critical empty:hidden">${words}</p>
    <button class="button primary" disabled=${busy}>${busy ? STATES.saving : entry === undefined ? WATCHLISTS.addEntry : STATES.save}</button></form><//>`;
}

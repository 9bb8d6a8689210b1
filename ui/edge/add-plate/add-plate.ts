/** Add a plate with few taps: reason and expiry are chosen, only the plate is typed. Works with no uplink. */

import { html, type InputEventOf, useState } from "../../html.ts";
import { Segmented } from "../../parts/segmented.ts";
import { readPattern } from "../../words/pattern-words.ts";
import { EXPIRIES, REASONS, SITE } from "../../words/site-page-words.ts";
import { addEntry, lists, listsToAddTo } from "../lists/lists-state.ts";

const EMPTY = { plate: "", reason: "", own: "", hours: "168", vehicle: "", list: "" };

export function AddPlate() {
  const [form, setForm] = useState(EMPTY);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const choices = listsToAddTo(lists.value.value ?? []);
  const set = (change: Partial<typeof EMPTY>) => setForm((was) => ({ ...was, ...change }));
  const submit = async (event: Event) => {
    event.preventDefault();
    const input = readPattern(form.plate);
    const reason = (form.own.trim() || form.reason).trim();
    const list = form.list || choices[0]?.id;
    if (!input.ok) return setWords(input.words);
    if (reason === "") return setWords(SITE.reasonMissing);
    if (list === undefined) return setWords(SITE.noListsText);
    setBusy(true);
    const vehicle = form.vehicle.trim();
    const answer = await addEntry(list, {
      plate: input.pattern,
      reason,
      expires_hours: Number(form.hours),
      ...(vehicle === "" ? {} : { vehicle }),
    });
    setBusy(false);
    setWords(answer.ok ? "" : answer.problem.words);
    if (answer.ok) setForm(EMPTY);
  };
  return html`<section class="site-section" aria-label=${SITE.add}>
    <h2 class="heading">${SITE.add}</h2>
    <form class="site-card p-4 flex flex-col gap-4" onSubmit=${submit}>
      <label class="field"><span>${SITE.plate}</span>
        <input class="input plate-input" style="font-size:1.375rem;min-height:56px" maxlength="14" autocomplete="off" autocapitalize="characters" spellcheck=${false} placeholder=${SITE.plateExample} value=${form.plate} onInput=${(event: InputEventOf) => set({ plate: event.currentTarget.value })} />
        <small>${SITE.platePattern}</small></label>
      <fieldset class="field"><legend>${SITE.reason}</legend>
        <div class="chips mt-1">${REASONS.map((reason) => html`<label key=${reason} class="chip"><input type="radio" name="reason" checked=${form.reason === reason} onChange=${() => set({ reason, own: "" })} />${reason}</label>`)}</div></fieldset>
      <label class="field"><span>${SITE.reasonOwn}</span><input class="input" maxlength="200" value=${form.own} onInput=${(event: InputEventOf) => set({ own: event.currentTarget.value, reason: "" })} /></label>
      <div class="field"><span>${SITE.forHowLong}</span><${Segmented} name="expiry" label=${SITE.forHowLong} value=${form.hours} options=${EXPIRIES} onChange=${(hours: string) => set({ hours })} wide /></div>
      <label class="field"><span>${SITE.vehicle}</span><input class="input" maxlength="80" placeholder=${SITE.vehicleExample} value=${form.vehicle} onInput=${(event: InputEventOf) => set({ vehicle: event.currentTarget.value })} /></label>
      ${choices.length > 1 ? html`<label class="field"><span>${SITE.list}</span><select class="input" value=${form.list || choices[0]?.id} onChange=${(event: InputEventOf<HTMLSelectElement>) => set({ list: event.currentTarget.value })}>${choices.map((list) => html`<option key=${list.id} value=${list.id}>${list.name}</option>`)}</select></label>` : null}
      <p role="alert" class="text-critical empty:hidden">${words}</p>
      <button class="button primary large" disabled=${busy}>${busy ? SITE.adding : SITE.addAction}</button>
    </form>
  </section>`;
}

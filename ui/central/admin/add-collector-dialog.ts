/** Add a collector: name and place in, then its id, its key (once) and the command for the Raspberry Pi. */
import { html, useState } from "../../html.ts";
import { CopyLine } from "../../parts/copy-line.ts";
import { Dialog } from "../../parts/dialog.ts";
import { ADMIN } from "../../words/sites-page-words.ts";
import { addCollector, type MadeCollector, type NewCollector } from "./admin-state.ts";
import { edgeCommand } from "./edge-command.ts";

const SITE_NAME_MAX = 80;

export function AddCollectorDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<(MadeCollector & { wanted: NewCollector }) | undefined>(undefined);
  const [words, setWords] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(data.get(name) ?? "").trim();
    const number = (name: string) => (field(name) === "" ? null : Number(field(name)));
    const site = { name: field("name"), time_zone: field("time_zone"), latitude: number("latitude"), longitude: number("longitude") };
    const wanted = { name: site.name, site };
    const answer = await addCollector(wanted);
    if (answer.ok) setMade({ ...answer.value, wanted });
    else setWords(answer.problem.words);
  };
  if (made !== undefined) {
    return html`<${Dialog} title=${ADMIN.ready(made.wanted.name)} onClose=${onClose} wide><div class="flex flex-col gap-4">
      <${CopyLine} label=${ADMIN.key} text=${made.api_key} /><${CopyLine} label=${ADMIN.id} text=${made.collector.id} />
      <${CopyLine} label=${ADMIN.command} text=${edgeCommand(made, made.wanted, location.origin)} />
      <button type="button" class="button primary self-end" onClick=${onClose}>${ADMIN.done}</button></div><//>`;
  }
  return html`<${Dialog} title=${ADMIN.addCollector} onClose=${onClose}><form class="flex flex-col gap-4" onSubmit=${submit}>
    <p class="quiet">${ADMIN.collectorText}</p>
    <label class="field"><span>${ADMIN.siteName}</span><input class="input" name="name" required autofocus maxlength=${SITE_NAME_MAX} autocomplete="off" /></label>
    <label class="field"><span>${ADMIN.timeZone}</span><input class="input" name="time_zone" required value=${Intl.DateTimeFormat().resolvedOptions().timeZone} autocomplete="off" /></label>
    <div class="grid grid-cols-2 gap-4">
      <label class="field"><span>${ADMIN.latitude}</span><input class="input" name="latitude" type="number" step="any" min="-90" max="90" autocomplete="off" /></label>
      <label class="field"><span>${ADMIN.longitude}</span><input class="input" name="longitude" type="number" step="any" min="-180" max="180" autocomplete="off" /></label></div>
    <p role="alert" class="text-critical empty:hidden">${words}</p>
    <button class="button primary">${ADMIN.create}</button></form><//>`;
}

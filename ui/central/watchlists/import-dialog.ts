/** Taking in a list from others: a CSV file, why, and until when. What was not taken is named by line, and the rest stands. */
import type { WatchlistView } from "../../../shared/api/views.ts";
import { html, type InputEventOf, useState } from "../../html.ts";
import { Dialog } from "../../parts/dialog.ts";
import { Segmented } from "../../parts/segmented.ts";
import { EXPIRIES } from "../../words/site-page-words.ts";
import { IMPORT, WATCHLISTS } from "../../words/watchlist-words.ts";
import { type ImportAnswer, importEntries } from "./watchlists-state.ts";

const HOUR_MS = 3_600_000;
/** What central takes, less the JSON around it. */
const FILE_BYTES_MAX = 900_000;
const LINES_SHOWN_MAX = 50;

export function ImportDialog({ list, onClose }: { list: WatchlistView; onClose: () => void }) {
  const [file, setFile] = useState<{ name: string; csv: string; rows: number } | undefined>(undefined);
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState("168");
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<ImportAnswer | undefined>(undefined);
  const choose = async (event: InputEventOf) => {
    const chosen = event.currentTarget.files?.[0];
    setWords("");
    setFile(undefined);
    if (chosen === undefined) return;
    if (chosen.size > FILE_BYTES_MAX) return setWords(IMPORT.tooLarge);
    const csv = await chosen.text();
    const lines = csv.split("\n").filter((line) => line.trim() !== "");
    setFile({ name: chosen.name, csv, rows: Math.max(0, lines.length - 1) });
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (file === undefined) return setWords(IMPORT.chooseFirst);
    setBusy(true);
    setWords("");
    const answer = await importEntries(list.id, {
      csv: file.csv,
      reason: reason.trim(),
      expires_at: new Date(Date.now() + Number(hours) * HOUR_MS).toISOString(),
    });
    setBusy(false);
    if (answer.ok) setDone(answer.value);
    else setWords(answer.problem.words);
  };
  if (done !== undefined) return html`<${Outcome} list=${list} done=${done} onClose=${onClose} />`;
  return html`<${Dialog} title=${`${IMPORT.title} · ${list.name}`} onClose=${onClose}><form class="flex flex-col gap-4" onSubmit=${submit}>
    <label class="field"><span>${IMPORT.file}</span><input class="input" style="padding-top:7px" type="file" accept=".csv,text/csv,text/plain" onChange=${choose} /><small>${IMPORT.fileHint}</small></label>
    ${file === undefined ? null : html`<p class="quiet" role="status">${IMPORT.rows(file.rows, file.name)}</p>`}
    <label class="field"><span>${IMPORT.reason}</span><input class="input" required minlength="3" maxlength="200" value=${reason} onInput=${(event: InputEventOf) => setReason(event.currentTarget.value)} /><small>${IMPORT.reasonHint}</small></label>
    <div class="field"><span>${WATCHLISTS.expiry}</span><${Segmented} name="hours" label=${WATCHLISTS.expiry} value=${hours} options=${EXPIRIES} onChange=${setHours} wide /><small>${IMPORT.expiryHint}</small></div>
    <p role="alert" class="text-critical empty:hidden">${words}</p>
    <button class="button primary" disabled=${busy || file === undefined}>${busy ? IMPORT.busy : IMPORT.action}</button></form><//>`;
}

function Outcome({ list, done, onClose }: { list: WatchlistView; done: ImportAnswer; onClose: () => void }) {
  return html`<${Dialog} title=${`${IMPORT.title} · ${list.name}`} onClose=${onClose}><div class="flex flex-col gap-4">
    <p class="heading" role="status">${IMPORT.added(done.added)}</p>
    ${
      done.refused.length === 0
        ? null
        : html`<div class="stack"><p>${IMPORT.refused(done.refused.length)}</p>
      <ul class="panel overflow-y-auto" style="max-height:40vh">${done.refused.slice(0, LINES_SHOWN_MAX).map((one) => html`<li key=${one.line} class="entry-row"><span class="tag">${IMPORT.line(one.line)}</span><span class="flex-1">${one.why}</span></li>`)}</ul>
      ${done.refused.length > LINES_SHOWN_MAX ? html`<p class="tiny">${IMPORT.more(done.refused.length - LINES_SHOWN_MAX)}</p>` : null}</div>`
    }
    <button type="button" class="button primary self-end" onClick=${onClose}>${IMPORT.close}</button></div><//>`;
}

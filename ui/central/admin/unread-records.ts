/** Records that are kept but not understood; nothing at all when there are none. */
import type { UnreadRecordView } from "../../../shared/api/central-api.ts";
import { html, useEffect, useState } from "../../html.ts";
import { StaleNote } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { UNREAD } from "../../words/sites-page-words.ts";
import { loadUnread, readAgain, unread } from "./unread-state.ts";

export function UnreadRecords() {
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    void loadUnread();
  }, []);
  const { value, problem } = unread.value;
  if (problem === undefined && (value === undefined || value.open === 0)) return null;
  const again = async () => {
    setBusy(true);
    await readAgain();
    setBusy(false);
  };
  return html`<section class="stack" aria-label=${UNREAD.title}><div class="row justify-between"><h2 class="heading">${UNREAD.title}</h2>
      <button type="button" class="button" disabled=${busy} onClick=${again}>${busy ? UNREAD.reading : UNREAD.again}</button></div>
    <p class="quiet max-w-[76ch]">${UNREAD.text}</p>
    <div class="panel overflow-hidden">
      ${problem === undefined ? null : html`<${StaleNote} problem=${problem} onRetry=${loadUnread} />`}
      ${value === undefined ? null : html`<ul>${value.records.map((one) => html`<${UnreadRow} key=${`${one.rid} ${one.seq}`} record=${one} />`)}</ul>`}
      ${value !== undefined && value.open > value.records.length ? html`<p class="quiet px-4 py-2">${UNREAD.more(value.records.length, value.open)}</p>` : null}
    </div></section>`;
}

function UnreadRow({ record }: { record: UnreadRecordView }) {
  return html`<li class="entry-row"><div class="flex-1 min-w-[200px] stack gap-1">
    <p class="row flex-wrap"><a href=${`/sites/${record.collector_id}`} class="font-semibold">${record.site}</a><span class="tiny"><${TimeText} at=${record.at} zone=${record.time_zone} show="both" /></span></p>
    <p class="max-w-[76ch]">${UNREAD.record(record.kind, record.version, record.seq)}: ${record.why}</p></div></li>`;
}

/** The open notices, of all sites or of one collector; nothing at all when there are none. */
import type { NoticeView } from "../../../shared/api/central-api.ts";
import { showToast } from "../../data/toasts.ts";
import { html } from "../../html.ts";
import { StaleNote } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { NOTICES } from "../../words/notice-words.ts";
import { may } from "../session-state.ts";
import { acknowledgeNotice, loadNotices, notices } from "./notices-state.ts";

const TONE: Readonly<Record<NoticeView["level"], string>> = { info: "", warning: "attention", alarm: "critical" };

export function NoticesPanel({ collector }: { collector?: string }) {
  const { value, problem } = notices.value;
  const shown = (value?.notices ?? []).filter((one) => collector === undefined || one.collector_id === collector);
  const hidden = collector === undefined && value !== undefined && value.open > value.notices.length;
  if (shown.length === 0 && problem === undefined) return null;
  return html`<section class="stack" aria-label=${NOTICES.title}><h2 class="heading">${NOTICES.title}</h2>
    <div class="panel overflow-hidden">
      ${problem === undefined ? null : html`<${StaleNote} problem=${problem} onRetry=${loadNotices} />`}
      <ul>${shown.map((one) => html`<${NoticeRow} key=${one.id} notice=${one} />`)}</ul>
      ${hidden ? html`<p class="quiet px-4 py-2">${NOTICES.more(value.notices.length, value.open)}</p>` : null}
    </div></section>`;
}

function NoticeRow({ notice }: { notice: NoticeView }) {
  const read = async () => {
    const answer = await acknowledgeNotice(notice);
    if (!answer.ok) showToast(answer.problem.words);
  };
  return html`<li class="entry-row"><div class="flex-1 min-w-[200px] stack gap-1">
      <p class="row flex-wrap"><span class=${`tag ${TONE[notice.level]}`}>${NOTICES.level[notice.level]}</span>${
        notice.site === null || notice.collector_id === null
          ? null
          : html`<a href=${`/sites/${notice.collector_id}`} class="font-semibold">${notice.site}</a>`
      }<span class="tiny"><${TimeText} at=${notice.raised_at} zone=${notice.time_zone} show="both" /></span></p>
      <p class="max-w-[76ch]">${notice.words}</p></div>
    ${may("work-alerts") ? html`<button type="button" class="button small" aria-label=${NOTICES.acknowledgeOf(notice.words)} onClick=${read}>${NOTICES.acknowledge}</button>` : null}</li>`;
}

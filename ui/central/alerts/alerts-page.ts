/** Alerts: the queue at the left, the open alert beside it (on a phone: one or the other). A, V, E, D work on the open one. */
import { useLocation, useRoute } from "preact-iso";
import type { AlertItemView } from "../../../shared/api/views.ts";
import { load } from "../../data/loaded.ts";
import { readFields } from "../../data/url-state.ts";
import { html, type InputEventOf, useEffect } from "../../html.ts";
import { AlertRow } from "../../parts/alert-row.ts";
import { EmptyState, ErrorState, LoadingRows, StaleNote } from "../../parts/state-panel.ts";
import { ALERTS, STATE_WORDS } from "../../words/alert-words.ts";
import { SEARCH } from "../../words/search-words.ts";
import { api } from "../session-state.ts";
import { inQueue, loadMoreAlerts, loadQueue, QUEUE_FILTERS, type QueueFilter, queue, single } from "./alerts-state.ts";
import { OpenAlert } from "./open-alert.ts";

/** From here on the queue and the open alert stand side by side. */
const WIDE = "(min-width: 1100px)";
const FILTER_WORDS: Readonly<Record<QueueFilter, string>> = { open: ALERTS.open, all: ALERTS.all, ...STATE_WORDS };

export function AlertsPage() {
  const { params } = useRoute();
  const { route, query } = useLocation();
  const filter = QUEUE_FILTERS.find((one) => one === readFields(`?show=${query.show ?? ""}`, ["show"]).show) ?? "open";
  const id = params.id;
  useEffect(() => {
    void loadQueue(filter);
  }, [filter]);
  const { value, problem, loading } = queue.value;
  const items = value?.items ?? [];
  const listed = items.find((item) => item.id === id);
  const missing = id !== undefined && value !== undefined && listed === undefined;
  useEffect(() => {
    if (!missing) return;
    single.value = { value: undefined, problem: undefined, loading: false };
    void load(single, () => api.get<AlertItemView>(`/alerts/${id}`));
  }, [missing, id]);
  // With room for both, the newest one is open: nobody has to click to see why the page rang. The address says which, and back leaves the page.
  const newest = items.find((item) => inQueue(item, filter));
  useEffect(() => {
    if (id === undefined && newest !== undefined && matchMedia(WIDE).matches) route(address(newest), true);
  }, [id, newest?.id, filter]);
  const opened = listed ?? (missing ? single.value.value : undefined);
  const show = (next: QueueFilter) => route(`/alerts${next === "open" ? "" : `?show=${next}`}`, true);
  const address = (item: AlertItemView) => `/alerts/${item.id}${filter === "open" ? "" : `?show=${filter}`}`;

  return html`<div class="h-full grid grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(340px,420px)_minmax(0,1fr)] grid-rows-[minmax(0,1fr)]">
    <section class=${`${id === undefined ? "flex" : "hidden lg:flex"} flex-col min-h-0 bg-surface lg:border-0 lg:border-r lg:border-solid lg:border-line`} aria-label=${ALERTS.title}>
      <header class="row justify-between px-4 py-2 border-0 border-b border-solid border-line">
        <h1 class="title">${ALERTS.title}</h1>
        <select class="input" style="width:auto" aria-label=${ALERTS.title} value=${filter} onChange=${(event: InputEventOf<HTMLSelectElement>) => show(event.currentTarget.value as QueueFilter)}>
          ${QUEUE_FILTERS.map((one) => html`<option key=${one} value=${one} selected=${one === filter}>${FILTER_WORDS[one]}${countOf(one)}</option>`)}
        </select>
      </header>
      ${problem !== undefined && value !== undefined ? html`<${StaleNote} problem=${problem} onRetry=${() => loadQueue(filter)} />` : null}
      <div class="flex-1 min-h-0 overflow-y-auto">
        ${value === undefined && problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${() => loadQueue(filter)} />` : null}
        ${value === undefined && problem === undefined && loading ? html`<${LoadingRows} rows=${7} height=${104} awaited=${SEARCH.awaited} />` : null}
        ${value !== undefined && items.length === 0 ? html`<${EmptyState} title=${ALERTS.emptyTitle} text=${ALERTS.emptyText} />` : null}
        <ul>${items.map((item) => html`<li key=${item.id}><${AlertRow} item=${item} href=${address(item)} selected=${item.id === id} /></li>`)}</ul>
        ${value !== undefined && value.cursor !== null ? html`<button type="button" class="button plain w-full" onClick=${loadMoreAlerts}>${SEARCH.more}</button>` : null}
      </div>
    </section>
    <section class=${`${id === undefined ? "hidden lg:block" : "block"} min-h-0 overflow-y-auto`} aria-label=${ALERTS.pick}>
      ${
        opened !== undefined
          ? html`<${OpenAlert} key=${opened.id} item=${opened} backTo=${`/alerts${filter === "open" ? "" : `?show=${filter}`}`} />`
          : single.value.problem !== undefined && missing
            ? html`<${ErrorState} problem=${single.value.problem} />`
            : id === undefined
              ? null
              : html`<${EmptyState} title=${SEARCH.awaited} />`
      }
    </section>
  </div>`;
}

function countOf(filter: QueueFilter): string {
  const counts = queue.value.value?.counts;
  if (counts === undefined || filter === "all") return "";
  const n = filter === "open" ? counts.new + counts.acknowledged + counts.verified : counts[filter];
  return ` (${n})`;
}
